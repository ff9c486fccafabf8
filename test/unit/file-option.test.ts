import { expect, test } from 'vitest';
import { fileOption, fileWord } from '../../src/apply/file-option.ts';

test.each([
  ['the declaration of this directory', '/w/gormes.auth.yaml', ''],
  ['another file here', '/w/team.yaml', ' -f team.yaml'],
  ['one of that name elsewhere', '/w/a/gormes.auth.yaml', ' -f a/gormes.auth.yaml'],
  ['one far away, by the shorter name', '/etc/auth.yaml', ' -f /etc/auth.yaml'],
  ['a name that a shell would take apart', "/w/it's mine.yaml", " -f 'it'\\''s mine.yaml'"],
  ['standard input', undefined, ' -f -'],
])('%s', (_name, path, option) => {
  expect(fileOption('/w', path)).toBe(option);
});

test('as an argument, where a command takes one', () => {
  expect(fileWord('/w', '/w/gormes.auth.yml')).toBeUndefined();
  expect(fileWord('/w', '/w/x/auth.yaml')).toBe('x/auth.yaml');
});
