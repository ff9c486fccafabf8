import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { callOf } from '../../src/secrets/managers.ts';
import { commandReference, parseReference } from '../../src/secrets/parse-reference.ts';
import type { Reference } from '../../src/secrets/reference.ts';
import { type ReferenceContext, resolveReference } from '../../src/secrets/resolve-reference.ts';
import { findCanaries, makeCanary } from '../support/canaries.ts';
import {
  installProgram,
  type ProgramCall,
  type ProgramReply,
  readCalls,
} from '../support/programs.ts';

const canary = makeCanary('of a manager');
const SECRET = canary.text;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gormes-managers-'));
  for (const name of ['bin', 'calls', 'work', 'user']) mkdirSync(join(dir, name));
  for (const name of ['work/s.yaml', 'work/s.age', 'user/id.txt']) {
    writeFileSync(join(dir, name), 'x');
  }
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function reference(written: string | readonly string[]): Reference {
  if (typeof written !== 'string') return commandReference(written);
  const parsed = parseReference(written);
  if ('problem' in parsed) throw new Error(`no reference: ${parsed.problem.code}`);
  return parsed.reference;
}

interface Answer {
  readonly secret: string | undefined;
  readonly error: GormesError | undefined;
  readonly calls: readonly ProgramCall[];
}

/** Looks a reference up with one program on the PATH, and sees that the secret went nowhere else. */
async function lookUp(
  written: string | readonly string[],
  programs: Readonly<Record<string, ProgramReply>>,
  more: Partial<ReferenceContext> & { readonly env?: never } = {},
): Promise<Answer> {
  const folders = { bin: join(dir, 'bin'), calls: join(dir, 'calls') };
  for (const [name, reply] of Object.entries(programs)) installProgram(folders, name, reply);
  const context: ReferenceContext = {
    env: () => undefined,
    baseDir: join(dir, 'work'),
    userHome: join(dir, 'user'),
    processEnv: { PATH: folders.bin, SOPS_AGE_KEY_FILE: join(dir, 'user/id.txt') },
    permission: 'granted',
    ...more,
  };
  let secret: string | undefined;
  let error: GormesError | undefined;
  try {
    const resolved = await resolveReference(deps, reference(written), context, 'p/label');
    secret = resolved.secret.reveal();
  } catch (thrown) {
    if (!(thrown instanceof GormesError)) throw thrown;
    error = thrown;
  }
  const calls = readCalls(folders.calls);
  const told = [error?.message, error?.hint, error?.stack, JSON.stringify(calls)].join('\n');
  expect(findCanaries(told, [canary])).toEqual([]);
  return { secret, error, calls };
}

const deps: Parameters<typeof resolveReference>[0] = {
  signal: new AbortController().signal,
  terminal: {
    interactive: false,
    ask: unasked,
    askSecret: unasked,
    confirm: unasked,
    readStdin: unasked,
  },
};

async function unasked(): Promise<never> {
  throw new Error('nobody is to be asked');
}

describe('what is run and read', () => {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  test.each<[written: string, program: string, stdout: string, argv: readonly string[]]>([
    ['op://ai/open router/key', 'op', SECRET, ['read', '--no-newline', 'op://ai/open router/key']],
    ['pass:ai/key', 'pass', `${SECRET}\nuser: me\n`, ['show', '--', 'ai/key']],
    ['gopass:ai/key', 'gopass', `${SECRET}\n`, ['show', '--password', '--', 'ai/key']],
    ['bw:open router', 'bw', SECRET, ['get', 'password', 'open router', '--nointeraction']],
    [
      'bw:item#api key',
      'bw',
      json({
        fields: [{ name: 'x' }, { name: 'api key', value: SECRET }],
        login: { password: 'p' },
      }),
      ['get', 'item', 'item', '--nointeraction'],
    ],
    [
      'bw:item#username',
      'bw',
      json({ login: { username: SECRET } }),
      ['get', 'item', 'item', '--nointeraction'],
    ],
    [
      'bw:item#notes',
      'bw',
      json({ notes: `${SECRET}\n`, login: null }),
      ['get', 'item', 'item', '--nointeraction'],
    ],
    ['vault:secret/ai#key', 'vault', SECRET, ['kv', 'get', '-field=key', 'secret/ai']],
    [
      'sops:s.yaml#ai.keys.0',
      'sops',
      SECRET,
      ['--decrypt', '--extract', '["ai"]["keys"][0]', '{dir}/work/s.yaml'],
    ],
    [
      'age:s.age',
      'age',
      `${SECRET}\n`,
      ['--decrypt', '--identity', '{dir}/user/id.txt', '{dir}/work/s.age'],
    ],
    [
      'age:~/id.txt#~/id.txt',
      'age',
      SECRET,
      ['--decrypt', '--identity', '{dir}/user/id.txt', '{dir}/user/id.txt'],
    ],
    ['keyring:ai/me/you', 'secret-tool', SECRET, ['lookup', 'service', 'ai', 'username', 'me/you']],
    [
      'aws-sm:prod/key',
      'aws',
      json({ Name: 'prod/key', SecretString: SECRET }),
      ['secretsmanager', 'get-secret-value', '--secret-id=prod/key', '--output=json'],
    ],
    [
      'aws-sm:prod/key#api',
      'aws',
      json({ SecretString: JSON.stringify({ api: SECRET, other: 1 }) }),
      ['secretsmanager', 'get-secret-value', '--secret-id=prod/key', '--output=json'],
    ],
    [
      'gcp-sm:key',
      'gcloud',
      SECRET,
      ['secrets', 'versions', 'access', 'latest', '--secret=key', '--quiet'],
    ],
    [
      'gcp-sm:projects/p/secrets/key/versions/7#api',
      'gcloud',
      json({ api: SECRET }),
      ['secrets', 'versions', 'access', '7', '--secret=key', '--project=p', '--quiet'],
    ],
  ])('%s', async (written, program, stdout, argv) => {
    const { secret, error, calls } = await lookUp(written, { [program]: { stdout } });
    expect(error).toBeUndefined();
    expect(secret).toBe(SECRET);
    const expected = argv.map((word) => word.replace('{dir}', dir));
    expect(calls).toMatchObject([{ name: program, argv: expected }]);
  });

  test.each([
    ['a line break of Unix', `${SECRET}\n`],
    ['a line break of Windows', `${SECRET}\r\n`],
    ['none', SECRET],
  ])('of a command all is read, with %s at its end', async (_name, stdout) => {
    const { secret, calls } = await lookUp(['mine', 'a b'], { mine: { stdout } });
    expect(secret).toBe(SECRET);
    expect(calls).toMatchObject([{ argv: ['a b'] }]);
  });

  test('the other program named gopass is asked in its own way', async () => {
    const file = join(dir, 'bin/gopass');
    // Debian's gopass 1.5 refuses flags that it does not know, with code 1.
    writeFileSync(
      file,
      `#!/bin/sh\n[ "$2" = --password ] && { echo "Error: flag provided but not defined: -password." >&2; exit 1; }\necho "${SECRET}"; echo user: me\n`,
      { mode: 0o700 },
    );
    const { secret } = await lookUp('gopass:ai/key', {});
    expect(secret).toBe(SECRET);
  });

  test('on macOS a keyring is the keychain', () => {
    const place = { baseDir: '/w', userHome: '/u', processEnv: {}, platform: 'darwin' } as const;
    expect(callOf('keyring', 'ai/me', place).argv).toEqual([
      'security',
      'find-generic-password',
      '-s',
      'ai',
      '-a',
      'me',
      '-w',
    ]);
    expect(callOf('age', 'f', place).argv).toContain(
      '/u/Library/Application Support/sops/age/keys.txt',
    );
  });

  test('without SOPS_AGE_KEY_FILE the identity is where sops keeps it', () => {
    const place = { baseDir: '/w', userHome: '/u', platform: 'linux' } as const;
    const identity = (processEnv: Record<string, string>): string | undefined =>
      callOf('age', 'f', { ...place, processEnv }).argv[3];
    expect(identity({})).toBe('/u/.config/sops/age/keys.txt');
    expect(identity({ XDG_CONFIG_HOME: '/x' })).toBe('/x/sops/age/keys.txt');
    expect(identity({ XDG_CONFIG_HOME: 'x' })).toBe('/u/.config/sops/age/keys.txt');
  });
});

/** One reference for each scheme and its program. */
const SCHEMES: readonly [written: string, program: string][] = [
  ['op://v/i/f', 'op'],
  ['pass:e', 'pass'],
  ['gopass:e', 'gopass'],
  ['bw:i', 'bw'],
  ['bw:i#f', 'bw'],
  ['vault:p#f', 'vault'],
  ['sops:s.yaml#k', 'sops'],
  ['age:s.age', 'age'],
  ['keyring:s/u', 'secret-tool'],
  ['aws-sm:i', 'aws'],
  ['gcp-sm:s', 'gcloud'],
];

describe('every scheme', () => {
  test.each(SCHEMES)('%s without its program says what to install', async (written, program) => {
    const { error, calls } = await lookUp(written, {});
    expect(error).toMatchObject({ code: 'reference_tool_missing', exitCode: 1 });
    expect(error?.message).toBe(
      `${written} can't be read: there is no program ${program} on the PATH`,
    );
    expect(error?.hint).toMatch(/^install /);
    expect(calls).toEqual([]);
  });

  test.each(SCHEMES)(
    '%s with a failure that nobody knows says the code only',
    async (written, program) => {
      const { error } = await lookUp(written, {
        [program]: { exitCode: 77, stdout: SECRET, stderr: `panic: ${SECRET}` },
      });
      expect(error).toMatchObject({ code: 'reference_failed' });
      expect(error?.message).toBe(`${written} can't be read: ${program} failed with code 77`);
    },
  );

  test.each(SCHEMES)('%s that is too large is refused', async (written, program) => {
    const { error } = await lookUp(written, { [program]: { stdout: 'x'.repeat(65 * 1024) } });
    expect(error).toMatchObject({ code: 'reference_too_large' });
  });

  test.each(SCHEMES.filter(([written]) => !/^(bw:i#f|aws)/.test(written)))(
    '%s that is empty is refused',
    async (written, program) => {
      for (const stdout of ['', '\n', '  \n']) {
        const { error } = await lookUp(written, { [program]: { stdout } });
        expect(error).toMatchObject({ code: 'reference_empty' });
      }
    },
  );

  test.each(SCHEMES.filter(([written]) => !/^(pass:|bw:i#f|aws)/.test(written)))(
    '%s with several lines is refused',
    async (written, program) => {
      const { error } = await lookUp(written, { [program]: { stdout: `${SECRET}\nmore\n` } });
      expect(error).toMatchObject({ code: 'reference_failed' });
    },
  );

  test.each(SCHEMES)(
    '%s gets no variable that is none of its business',
    async (written, program) => {
      const processEnv = {
        PATH: join(dir, 'bin'),
        HOME: '/h',
        LANG: 'de_DE.UTF-8',
        SOPS_AGE_KEY_FILE: join(dir, 'user/id.txt'),
        OPENROUTER_API_KEY: SECRET,
        GITHUB_TOKEN: SECRET,
        HERMES_HOME: '/hermes',
        LC_MESSAGES: 'de_DE.UTF-8',
      };
      const { calls } = await lookUp(written, { [program]: { stdout: 'x' } }, { processEnv });
      expect(calls.length).toBeGreaterThan(0);
      for (const { env } of calls) {
        expect(env).toMatchObject({ HOME: '/h', LANG: 'de_DE.UTF-8', LC_MESSAGES: 'C' });
        for (const name of ['OPENROUTER_API_KEY', 'GITHUB_TOKEN', 'HERMES_HOME']) {
          expect(env).not.toHaveProperty(name);
        }
      }
    },
  );
});

test.each<[written: string, name: string, foreign: string]>([
  ['op://v/i/f', 'OP_SERVICE_ACCOUNT_TOKEN', 'BW_SESSION'],
  ['op://v/i/f', 'OP_SESSION_my', 'AWS_SECRET_ACCESS_KEY'],
  ['pass:e', 'PASSWORD_STORE_DIR', 'OP_ACCOUNT'],
  ['gopass:e', 'GOPASS_HOMEDIR', 'OP_ACCOUNT'],
  ['bw:i', 'BW_SESSION', 'BW_CLEANEXIT'],
  ['vault:p#f', 'VAULT_TOKEN', 'AWS_SECRET_ACCESS_KEY'],
  ['sops:s.yaml#k', 'SOPS_AGE_KEY', 'BW_SESSION'],
  ['sops:s.yaml#k', 'AWS_PROFILE', 'OP_ACCOUNT'],
  ['aws-sm:i', 'AWS_SESSION_TOKEN', 'VAULT_TOKEN'],
  ['gcp-sm:s', 'GOOGLE_APPLICATION_CREDENTIALS', 'VAULT_TOKEN'],
  ['gcp-sm:s', 'HTTPS_PROXY', 'GOOGLE_API_KEY'],
  ['keyring:s/u', 'DBUS_SESSION_BUS_ADDRESS', 'HTTPS_PROXY'],
  ['age:s.age', 'XDG_CONFIG_HOME', 'SOPS_AGE_KEY'],
])('%s gets %s and not %s', async (written, own, foreign) => {
  const program = SCHEMES.find(([text]) => text === written)?.[1] ?? '';
  const processEnv = {
    PATH: join(dir, 'bin'),
    SOPS_AGE_KEY_FILE: join(dir, 'user/id.txt'),
    [own]: 'own',
    [foreign]: 'foreign',
  };
  const { calls } = await lookUp(written, { [program]: { stdout: 'x' } }, { processEnv });
  expect(calls[0]?.env).toMatchObject({ [own]: 'own' });
  expect(calls[0]?.env).not.toHaveProperty(foreign);
});

// What the programs say, by their documentation and sources; the codes are theirs.
test.each<[written: string, reply: ProgramReply, code: string, hint: string | undefined]>([
  [
    'op://v/i/f',
    {
      exitCode: 1,
      stderr:
        '[ERROR] 2026/01/01 10:00:00 could not read secret: error initializing client: You are not currently signed in. Please run `op signin --help`',
    },
    'not_logged_in',
    'op signin',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] No accounts configured for use with 1Password CLI.' },
    'not_logged_in',
    'op signin',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] (401) (Unauthorized), Invalid token' },
    'not_logged_in',
    'op signin',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] authorization prompt dismissed, please try again' },
    'locked',
    'unlock the 1Password app',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] could not read secret: "i" isn\'t an item in the "v" vault.' },
    'not_found',
    'op item list',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] "v" isn\'t a vault in this account.' },
    'not_found',
    'op item list',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: "[ERROR] item 'v/i' does not have a field 'f'" },
    'not_found',
    'op item list',
  ],
  [
    'op://v/i/f',
    { exitCode: 1, stderr: '[ERROR] More than one item matches "i".' },
    'ambiguous',
    'use the id of the item in place of its name',
  ],
  [
    'pass:e',
    { exitCode: 1, stderr: 'Error: e is not in the password store.' },
    'not_found',
    'pass ls',
  ],
  [
    'pass:e',
    { exitCode: 2, stderr: 'gpg: decryption failed: No secret key' },
    'locked',
    expect.stringContaining('gpg'),
  ],
  ['pass:folder', { stdout: 'folder\n└── key\n' }, 'not_found', 'pass ls'],
  ['pass:folder/', { stdout: 'folder\n└── key\n' }, 'not_found', 'pass ls'],
  ['gopass:e', { exitCode: 10 }, 'not_found', 'gopass ls'],
  ['gopass:e', { exitCode: 11 }, 'locked', expect.stringContaining('gpg')],
  ['gopass:e', { exitCode: 6 }, 'not_logged_in', 'gopass setup'],
  ['gopass:folder', { stdout: 'folder/\n└── key\n' }, 'failed', undefined],
  [
    'gopass:e',
    { exitCode: 1, stderr: 'Error: flag provided but not defined: -password.' },
    'failed',
    'see what it says: gopass show e',
  ],
  ['bw:i', { exitCode: 1, stderr: 'You are not logged in.' }, 'not_logged_in', 'bw login'],
  [
    'bw:i',
    { exitCode: 1, stderr: 'Vault is locked.' },
    'locked',
    'export BW_SESSION="$(bw unlock --raw)"',
  ],
  ['bw:i', { exitCode: 1, stderr: 'Not found.' }, 'not_found', 'bw sync, then bw list items'],
  [
    'bw:i',
    { exitCode: 1, stderr: 'No password available for this login.' },
    'empty',
    expect.any(String),
  ],
  [
    'bw:i',
    {
      exitCode: 1,
      stderr: 'More than one result was found. Try getting a specific object by `id` instead.',
    },
    'ambiguous',
    expect.any(String),
  ],
  [
    'bw:i#f',
    { stdout: '{"fields":[{"name":"g","value":"x"}],"login":{"f2":"x"}}' },
    'not_found',
    expect.any(String),
  ],
  ['bw:i#f', { stdout: '{"fields":[{"name":"f","value":null}]}' }, 'not_found', expect.any(String)],
  ['bw:i#f', { stdout: `not json ${SECRET}` }, 'failed', expect.any(String)],
  ['bw:i#toString', { stdout: '{"login":{}}' }, 'not_found', expect.any(String)],
  [
    'vault:p#f',
    { exitCode: 1, stderr: 'Field "f" not present in secret' },
    'not_found',
    expect.any(String),
  ],
  [
    'vault:p#f',
    { exitCode: 2, stderr: 'No value found at secret/data/p' },
    'not_found',
    expect.any(String),
  ],
  [
    'vault:p#f',
    {
      exitCode: 2,
      stderr:
        'Error making API request.\n\nURL: GET https://v/v1/x\nCode: 403. Errors:\n\n* permission denied',
    },
    'not_logged_in',
    'vault login',
  ],
  [
    'vault:p#f',
    { exitCode: 2, stderr: 'Code: 503. Errors:\n\n* Vault is sealed' },
    'locked',
    'vault operator unseal',
  ],
  [
    'vault:p#f',
    { exitCode: 2, stderr: 'dial tcp 127.0.0.1:8200: connect: connection refused' },
    'failed',
    'see what it says: vault kv get -field=f p',
  ],
  [
    'sops:s.yaml#k',
    { exitCode: 128, stderr: 'Failed to get the data key' },
    'locked',
    expect.stringContaining('SOPS_AGE_KEY_FILE'),
  ],
  ['sops:s.yaml#k', { exitCode: 111 }, 'locked', expect.any(String)],
  ['sops:s.yaml#k', { exitCode: 100 }, 'not_found', expect.any(String)],
  ['sops:s.yaml#k', { exitCode: 2 }, 'not_found', expect.any(String)],
  ['sops:s.yaml#k', { exitCode: 51, stderr: 'MAC mismatch' }, 'failed', expect.any(String)],
  ['sops:none.yaml#k', {}, 'not_found', undefined],
  [
    'age:s.age',
    { exitCode: 1, stderr: 'age: error: no identity matched any of the recipients' },
    'locked',
    expect.stringContaining('age:FILE#IDENTITY'),
  ],
  [
    'age:s.age',
    { exitCode: 1, stderr: 'age: error: failed to read header' },
    'failed',
    expect.any(String),
  ],
  ['age:none.age', {}, 'not_found', undefined],
  ['age:s.age#none.txt', {}, 'locked', expect.stringContaining('age:FILE#IDENTITY')],
  ['keyring:s/u', { exitCode: 1 }, 'not_found', expect.any(String)],
  [
    'keyring:s/u',
    { exitCode: 1, stderr: 'secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY' },
    'locked',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    { exitCode: 253, stderr: 'Unable to locate credentials.' },
    'not_logged_in',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    { exitCode: 255, stderr: 'Unable to locate credentials.' },
    'not_logged_in',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    { exitCode: 255, stderr: 'The SSO session associated with this profile has expired' },
    'not_logged_in',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    {
      exitCode: 254,
      stderr:
        "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
    },
    'not_found',
    'aws secretsmanager list-secrets',
  ],
  [
    'aws-sm:i',
    {
      exitCode: 254,
      stderr: 'An error occurred (AccessDeniedException) when calling the GetSecretValue operation',
    },
    'not_logged_in',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    {
      exitCode: 254,
      stderr: 'An error occurred (ExpiredTokenException) when calling the GetSecretValue operation',
    },
    'not_logged_in',
    expect.any(String),
  ],
  [
    'aws-sm:i',
    { exitCode: 254, stderr: 'An error occurred (InternalServiceError)' },
    'failed',
    expect.any(String),
  ],
  ['aws-sm:i', { stdout: '{"SecretBinary":"AAAA"}' }, 'not_found', expect.any(String)],
  ['aws-sm:i', { stdout: '{"SecretString":""}' }, 'empty', undefined],
  [
    'aws-sm:i#k',
    { stdout: '{"SecretString":"{\\"j\\":\\"x\\"}"}' },
    'not_found',
    expect.any(String),
  ],
  ['aws-sm:i#k', { stdout: '{"SecretString":"no json"}' }, 'failed', expect.any(String)],
  [
    'aws-sm:i#k',
    { stdout: '{"SecretString":"{\\"k\\":{\\"deep\\":1}}"}' },
    'failed',
    expect.any(String),
  ],
  [
    'gcp-sm:s',
    {
      exitCode: 1,
      stderr:
        'ERROR: (gcloud.secrets.versions.access) NOT_FOUND: Secret [projects/1/secrets/s] not found or has no versions.',
    },
    'not_found',
    'gcloud secrets list',
  ],
  [
    'gcp-sm:s',
    {
      exitCode: 1,
      stderr: 'ERROR: (gcloud.secrets.versions.access) PERMISSION_DENIED: Permission denied',
    },
    'not_logged_in',
    'gcloud auth login',
  ],
  [
    'gcp-sm:s',
    {
      exitCode: 1,
      stderr:
        'ERROR: (gcloud.secrets.versions.access) You do not currently have an active account selected.',
    },
    'not_logged_in',
    'gcloud auth login',
  ],
])('%s %j is %s', async (written, reply, code, hint) => {
  const scheme = written.slice(0, written.indexOf(':'));
  const program = SCHEMES.find(([text]) => text.startsWith(`${scheme}:`))?.[1] ?? '';
  const { error } = await lookUp(written, { [program]: reply });
  expect(error).toMatchObject({ code: `reference_${code}`, exitCode: 1 });
  expect(error?.hint).toEqual(hint);
});

describe('a command', () => {
  test.each<[name: string, argv: readonly string[], code: string]>([
    ['that is not there', ['none'], 'reference_tool_missing'],
    ['that fails', ['mine', 'fail'], 'reference_failed'],
    ['that can not be started', ['./plain'], 'reference_failed'],
  ])('%s is an error', async (_name, argv, code) => {
    writeFileSync(join(dir, 'work/plain'), '', { mode: 0o600 });
    const { error } = await lookUp(argv, { mine: { exitCode: 3, stderr: SECRET } });
    expect(error).toMatchObject({ code });
  });

  test('starts in the directory of its declaration', async () => {
    writeFileSync(join(dir, 'work/get'), `#!/bin/sh\nread -r line < s.yaml; echo "${SECRET}"\n`, {
      mode: 0o700,
    });
    expect(await lookUp(['./get'], {})).toMatchObject({ secret: SECRET });
  });

  test('is not taken from there without a path', async () => {
    writeFileSync(join(dir, 'work/get'), '#!/bin/sh\necho bad\n', { mode: 0o700 });
    const processEnv = { PATH: `.:${join(dir, 'bin')}:` };
    const { error } = await lookUp(['get'], {}, { processEnv });
    expect(error).toMatchObject({ code: 'reference_tool_missing' });
  });
});

describe('without permission', () => {
  const refusal = new GormesError('untrusted', 'a file is not trusted', { exitCode: 5, hint: 'h' });

  test.each([...SCHEMES, ['command', 'mine']])('%s starts nothing', async (written, program) => {
    const { error, calls } = await lookUp(
      written === 'command' ? ['mine'] : written,
      { [program]: { stdout: SECRET } },
      { permission: refusal },
    );
    expect(error).toMatchObject({ code: 'untrusted', exitCode: 5, hint: 'h' });
    expect(calls).toEqual([]);
  });

  test('that nobody asked for, a program is a bug', async () => {
    await expect(lookUp('pass:e', { pass: {} }, { permission: 'unasked' })).rejects.toThrow(
      'without a permission',
    );
  });
});

describe('what a reference can not say', () => {
  test.each([
    'pass:-c',
    'gopass:--clip',
    'bw:--session=x',
    'vault:-address=http://evil#f',
    'keyring:-x/u',
    'keyring:s/-u',
    'sops:f#a"]["b',
    'gcp-sm:projects/-x/secrets/s',
    'gcp-sm:a/b',
    'age:f#',
  ])('%s', (written) => {
    expect(parseReference(written)).toMatchObject({ problem: { code: 'bad_reference' } });
  });
});
