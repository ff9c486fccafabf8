import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findHome, parseProfileName } from '../../src/pool/home.ts';

const user = realpathSync(mkdtempSync(join(tmpdir(), 'gormes-home-')));
const native = join(user, '.hermes');
const other = join(user, 'other');
for (const root of [native, other]) {
  mkdirSync(join(root, 'profiles', 'work'), { recursive: true });
  mkdirSync(join(root, 'profiles', 'lab'), { recursive: true });
}
writeFileSync(join(other, 'active_profile'), 'work\n');
afterAll(() => rmSync(user, { recursive: true, force: true }));

const nothing = { home: undefined, profile: undefined };

test.each([
  ['~/.hermes by default', {}, nothing, native, undefined],
  ['HERMES_HOME', { HERMES_HOME: ` ${join(user, 'x')} ` }, nothing, join(user, 'x'), undefined],
  ['an empty HERMES_HOME', { HERMES_HOME: ' ' }, nothing, native, undefined],
  [
    'GORMES_HOME before it',
    { GORMES_HOME: join(user, 'g'), HERMES_HOME: join(user, 'x') },
    nothing,
    join(user, 'g'),
    undefined,
  ],
  [
    '--home before both',
    { GORMES_HOME: join(user, 'g') },
    { ...nothing, home: join(user, 'h') },
    join(user, 'h'),
    undefined,
  ],
  [
    'the active profile of the root',
    { HERMES_HOME: other },
    nothing,
    join(other, 'profiles/work'),
    'work',
  ],
  [
    'not under supervision',
    { HERMES_HOME: other, HERMES_S6_SUPERVISED_CHILD: '1' },
    nothing,
    other,
    undefined,
  ],
  ['not with --home', {}, { ...nothing, home: other }, other, undefined],
  [
    '-p before the active profile',
    { HERMES_HOME: other },
    { ...nothing, profile: 'lab' },
    join(other, 'profiles/lab'),
    'lab',
  ],
  [
    '-p default is the root',
    { HERMES_HOME: other },
    { ...nothing, profile: 'default' },
    other,
    undefined,
  ],
  [
    'a profile home as it is',
    { HERMES_HOME: join(other, 'profiles/lab') },
    nothing,
    join(other, 'profiles/lab'),
    'lab',
  ],
  [
    '-p from within a profile',
    { HERMES_HOME: join(other, 'profiles/lab') },
    { ...nothing, profile: 'default' },
    other,
    undefined,
  ],
  [
    '-p in the native home',
    {},
    { ...nothing, profile: 'work' },
    join(native, 'profiles/work'),
    'work',
  ],
])('the home is %s', (_name, env, choice, dir, profile) => {
  expect(findHome(env, user, choice)).toMatchObject({ dir, profile });
});

test('a profile that is not there is refused in the words of Hermes, and not made', () => {
  expect(() => findHome({}, user, { ...nothing, profile: 'gone' })).toThrow(
    expect.objectContaining({
      hermes: "Error: Profile 'gone' does not exist. Create it with: hermes profile create gone",
    }),
  );
});

test('without a user and a variable there is no home', () => {
  expect(() => findHome({}, undefined, nothing)).toThrow('no home directory');
});

test.each([
  ['work', 'work'],
  [' Work ', 'work'],
  ['a-b_9', 'a-b_9'],
  ['default', 'default'],
  ['', undefined],
  ['-x', undefined],
  ['_x', undefined],
  ['a/b', undefined],
  ['..', undefined],
  ['root', undefined],
  ['sudo', undefined],
  ['a'.repeat(64), 'a'.repeat(64)],
  ['a'.repeat(65), undefined],
])('"%s" as a profile name is %s', (given, name) => {
  expect(parseProfileName(given)).toBe(name);
});
