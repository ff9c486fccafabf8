import { expect, test } from 'vitest';
import { isSameSite, secureUrl } from '../../src/providers/flows/same-site.ts';

test.each([
  ['mcp.linear.app', 'linear.app', true],
  ['mcp.linear.app', 'api.linear.app', true],
  ['a.co.uk', 'b.co.uk', false],
  ['x.a.co.uk', 'a.co.uk', true],
  ['a.github.io', 'b.github.io', false],
  ['x.a.workers.dev', 'a.workers.dev', true],
  ['workers.dev', 'a.workers.dev', false],
  ['example.com', 'example.org', false],
  ['evil-example.com', 'example.com', false],
  ['localhost', 'localhost', true],
  ['localhost', 'x.localhost', false],
  ['127.0.0.1', '127.0.0.2', false],
  ['10.0.0.1', '11.0.0.1', false],
  ['[::1]', '[::2]', false],
  ['com', 'a.com', false],
])('%s and %s: %s', (a, b, same) => {
  expect(isSameSite(a, b)).toBe(same);
  expect(isSameSite(b, a)).toBe(same);
});

test.each([
  ['https://a.example/x', 'https://a.example/x'],
  ['HTTPS://A.example', 'https://a.example/'],
  ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
  ['http://localhost/x', 'http://localhost/x'],
  ['http://a.example', undefined],
  ['https://u@a.example', undefined],
  ['javascript:x', undefined],
  ['', undefined],
  [7, undefined],
  [`https://a.example/${'x'.repeat(2048)}`, undefined],
])('%s is kept as %s', (given, kept) => {
  expect(secureUrl(given)).toBe(kept);
});
