import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import {
  isGuardedBySelf,
  isTrusted,
  loadTrust,
  saveTrust,
  type TrustSubject,
  trustFile,
  withTrust,
} from '../../src/secrets/trust.ts';

const SUBJECT: TrustSubject = {
  path: '/d/gormes.auth.yaml',
  files: [
    { path: '/d/gormes.auth.yaml', sha256: 'aa' },
    { path: '/d/auth.d/x.yaml', sha256: 'bb' },
  ],
  programs: ['op://v/i/f', 'command:["mine","a"]'],
};
const TRUSTED = withTrust(new Map(), SUBJECT, 1);

describe('a word holds for', () => {
  const [main, part] = SUBJECT.files;
  test.each<[name: string, subject: TrustSubject, trusted: boolean]>([
    ['what it was given for', SUBJECT, true],
    ['the files in another order', { ...SUBJECT, files: [...SUBJECT.files].reverse() }, true],
    ['fewer programs', { ...SUBJECT, programs: ['op://v/i/f'] }, true],
    ['a program that was not shown', { ...SUBJECT, programs: ['op://v/i/g'] }, false],
    ['a command with another word', { ...SUBJECT, programs: ['command:["mine","b"]'] }, false],
    ['another path', { ...SUBJECT, path: '/e/gormes.auth.yaml' }, false],
    [
      'another content',
      {
        ...SUBJECT,
        files: [{ path: '/d/gormes.auth.yaml', sha256: 'ab' }, ...(part ? [part] : [])],
      },
      false,
    ],
    [
      'another content of a part',
      { ...SUBJECT, files: [...(main ? [main] : []), { path: '/d/auth.d/x.yaml', sha256: 'bc' }] },
      false,
    ],
    [
      'one more part',
      { ...SUBJECT, files: [...SUBJECT.files, { path: '/d/y', sha256: 'cc' }] },
      false,
    ],
    ['one part less', { ...SUBJECT, files: main ? [main] : [] }, false],
  ])('%s: %#', (_name, subject, trusted) => {
    expect(isTrusted(TRUSTED, subject)).toBe(trusted);
  });

  test('programs of both homes, while the content is the same', () => {
    const other = { ...SUBJECT, programs: ['pass:x'] };
    const both = withTrust(TRUSTED, other, 2);
    expect(isTrusted(both, SUBJECT)).toBe(true);
    expect(isTrusted(both, other)).toBe(true);
  });

  test('no program of an earlier content', () => {
    const changed = {
      ...SUBJECT,
      files: [{ path: SUBJECT.path, sha256: 'new' }],
      programs: ['pass:x'],
    };
    const list = withTrust(TRUSTED, changed, 2);
    expect(isTrusted(list, { ...changed, programs: SUBJECT.programs })).toBe(false);
    expect(isTrusted(list, SUBJECT)).toBe(false);
  });
});

describe('the list', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'gormes-trust-'));
    file = join(dir, 'gormes/trust.json');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('absent is empty', () => {
    expect(loadTrust(file).size).toBe(0);
  });

  test('is read as it was written, and ours alone', () => {
    saveTrust({ random: realRandom }, file, TRUSTED);
    expect(loadTrust(file)).toEqual(TRUSTED);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'gormes')).mode & 0o777).toBe(0o700);
  });

  test.each([0o620, 0o602, 0o666])('that others may write (%o) says nothing', (mode) => {
    saveTrust({ random: realRandom }, file, TRUSTED);
    chmodSync(file, mode);
    expect(() => loadTrust(file)).toThrow(expect.objectContaining({ code: 'trust_list_unsafe' }));
  });

  test.each([
    '',
    '[]',
    '{}',
    '{"version":2,"declarations":{}}',
    '{"version":1}',
    '{"version":1,"declarations":[]}',
    '{"version":1,"declarations":{"/d":true}}',
    '{"version":1,"declarations":{"/d":{"files":[],"programs":[]}}}',
    '{"version":1,"declarations":{"/d":{"files":[{}],"programs":[],"trusted_at":1}}}',
    '{"version":1,"declarations":{"/d":{"files":[],"programs":[1],"trusted_at":1}}}',
    '{"version":1,"declarations":{"/d":{"files":"all","programs":[],"trusted_at":1}}}',
  ])('%s is not understood, and trusts nobody', (text) => {
    saveTrust({ random: realRandom }, file, new Map());
    writeFileSync(file, text);
    expect(() => loadTrust(file)).toThrow(
      expect.objectContaining({ code: 'trust_list_not_understood' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('that is no file is refused', () => {
    saveTrust({ random: realRandom }, file, new Map());
    rmSync(file);
    symlinkSync('/dev/zero', file);
    expect(() => loadTrust(file)).toThrow(expect.objectContaining({ code: 'not_a_file' }));
  });
});

test.each([
  [{}, '/home/me', '/home/me/.local/state/gormes/trust.json'],
  [{ XDG_STATE_HOME: '/s' }, '/home/me', '/s/gormes/trust.json'],
  [{ XDG_STATE_HOME: 'relative' }, '/home/me', '/home/me/.local/state/gormes/trust.json'],
  [{ XDG_STATE_HOME: '' }, '/home/me', '/home/me/.local/state/gormes/trust.json'],
  [{ XDG_STATE_HOME: '/s' }, undefined, '/s/gormes/trust.json'],
])('with %j it is at its place', (env, userHome, expected) => {
  expect(trustFile(env, userHome)).toBe(expected);
});

test('without any home there is no list', () => {
  expect(() => trustFile({}, undefined)).toThrow(
    expect.objectContaining({ code: 'no_trust_list' }),
  );
});

test.each([
  ['/home/me/.local/state/gormes/trust.json', '/home/me/repo', false],
  ['/home/me/repo/.state/gormes/trust.json', '/home/me/repo', true],
  ['/home/me/.local/state/gormes/trust.json', '/home/me', false],
  ['/home/me/.local/state/gormes/trust.json', '/', false],
  ['/home/me/.local/state/gormes/trust.json', '/home/me/.local/state', true],
])('%s beside a declaration in %s: %s', (file, directory, expected) => {
  expect(isGuardedBySelf(file, directory, '/home/me')).toBe(expected);
});
