import { describe, expect, test } from 'vitest';
import { findKeys, findMasked, looksRandom } from '../../src/config/looks-like-key.ts';

// Put together here, so that no scanner takes this file for a leak.
const tail = '0123456789abcdefABCDEFGHIJKLMNOPQRST';
const KEYS = [
  `sk-${tail}`,
  `sk-proj-${tail}`,
  `sk-ant-api03-${tail}`,
  `sk-or-v1-${tail}`,
  `ghp_${tail}`,
  `gho_${tail}`,
  `github_pat_${tail}`,
  `AIza${tail}`,
  `xai-${tail}`,
  `hf_${tail}`,
  `gsk_${tail}`,
  `ya29.${tail}`,
  `AKIA${'ABCDEFGHIJKLMNOP'}`,
  `eyJ${tail}.eyJ${tail}.${tail}`,
  '-----BEGIN RSA PRIVATE KEY-----',
];

describe('what vendors give out is a key', () => {
  test.each(KEYS)('%s', (key) => {
    expect(findKeys(key)).toEqual([{ start: 0, end: key.length }]);
    expect(findKeys(`say "${key}" here`)).toEqual([{ start: 5, end: 5 + key.length }]);
    expect(findMasked(key)[0]).toMatchObject({ start: 0 });
  });
});

test.each([
  'sk-test',
  'sk-my-label-for-the-work-account',
  'task-0123456789abcdef0123',
  'xai-work',
  'op://ai/openrouter/key',
  'op://ai/sk-ant-work/credential',
  'https://openrouter.ai/api/v1',
  'https://docs.example/sk-proxy/v1/models',
  'AKIA',
  'env:GITHUB_TOKEN',
  'file:~/.secrets/hf_token',
  'eyJ.eyJ',
  'anthropic/claude-sonnet-4.5',
])('%s is no key', (text) => {
  expect(findKeys(text)).toEqual([]);
});

test.each([
  ['mixed letters and digits', 'a8Kd02LsPq9ZmX4vB7nTyR1wE6uIo3Gh', true],
  ['a UUID', '123e4567-e89b-12d3-a456-426614174000', false],
  ['a hash', '0123456789abcdef0123456789abcdef01234567', false],
  ['an item id', 'abcdefghijklmnopqrstuvwxyz', false],
  ['words', 'MyVaultItemForTheOpenRouterAccount1', true],
  ['repetition', 'Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1Aa1', false],
  ['a path', '/Users/Alice/Secrets/Of/The/Work/Account1', false],
  ['a short one', 'a8Kd02LsPq9ZmX4v', false],
])('randomness: %s', (_name, text, expected) => {
  expect(looksRandom(text)).toBe(expected);
});

test.each(['sk-or-v1-', 'sk-ant-api03-', 'sk-proj-'])(
  'a key that a slip glued to a word is not printed: %s',
  (prefix) => {
    const key = prefix + '0123456789abcdef'.repeat(3);
    expect(findMasked(`limits${key}: x`)).toEqual([{ start: 6, end: 6 + key.length }]);
  },
);
