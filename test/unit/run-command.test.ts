import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childEnv } from '../../src/secrets/child-env.ts';
import {
  type CommandLimits,
  type CommandResult,
  runCommand,
} from '../../src/secrets/run-command.ts';
import { untilGone, untilWritten } from '../support/processes.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gormes-command-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NEVER = new AbortController().signal;
/** Short, so that what runs into a limit does so soon; no test asserts on time. */
const SHORT: CommandLimits = { timeoutMs: 300, killAfterMs: 200, outputBytes: 1024 };
const LONG: CommandLimits = { timeoutMs: 20_000, killAfterMs: 200, outputBytes: 1024 };

async function sh(
  script: string,
  limits: CommandLimits = LONG,
  signal: AbortSignal = NEVER,
): Promise<CommandResult> {
  const env = { PATH: '/usr/bin:/bin', DIR: dir };
  return await runCommand(['sh', '-c', script], { cwd: dir, env, signal, limits });
}

function plain(result: CommandResult): unknown {
  if (result.state === 'stopped') return result.why;
  const { exitCode, stdout, stderr } = result;
  return { exitCode, stdout: stdout.reveal(), stderr: stderr.reveal() };
}

/** Waits until the process that wrote its id into a file is gone. */
async function untilEnded(): Promise<void> {
  await untilGone(Number(readFileSync(join(dir, 'pid'), 'utf8')));
}

test.each<[name: string, script: string, expected: unknown]>([
  ['output', 'echo out; echo err >&2', { exitCode: 0, stdout: 'out\n', stderr: 'err\n' }],
  ['an exit code', 'exit 7', { exitCode: 7, stdout: '', stderr: '' }],
  ['standard input that is closed', 'cat; echo end', { exitCode: 0, stdout: 'end\n', stderr: '' }],
  [
    'the last byte of what just fits',
    'head -c 1024 /dev/zero | tr "\\0" x',
    {
      exitCode: 0,
      stdout: 'x'.repeat(1024),
      stderr: '',
    },
  ],
  [
    'much on standard error',
    'yes | head -c 500000 >&2; echo ok',
    {
      exitCode: 0,
      stdout: 'ok\n',
      stderr: expect.any(String),
    },
  ],
  ['one byte too many', 'head -c 1025 /dev/zero', 'too_large'],
  ['output without end', 'exec yes', 'too_large'],
  [
    'output without end that ignores SIGTERM',
    'trap "" TERM PIPE; while :; do echo y; done 2>/dev/null',
    'too_large',
  ],
  ['bytes that are no text', 'printf "\\377\\376"', 'not_text'],
  ['death by a signal', 'kill -9 $$', 'killed'],
])('%s', async (_name, script, expected) => {
  expect(plain(await sh(script))).toEqual(expected);
});

test.each<[name: string, script: string]>([
  ['sleeps', 'exec sleep 1000'],
  ['ignores SIGTERM', 'trap "" TERM; while :; do sleep 1000; done'],
  ['stops itself', 'kill -STOP $$'],
  ['forks and waits', 'sleep 1000 & wait'],
  ['complains for ever', 'exec yes >&2'],
])('a program that %s is ended at its limit', async (_name, script) => {
  expect(plain(await sh(`echo $$ > pid; ${script}`, SHORT))).toBe('slow');
  await untilEnded();
});

describe('what a program leaves behind', () => {
  test.each<[name: string, script: string]>([
    ['a child that holds the output', 'sleep 1000 & echo $! > pid; echo secret'],
    [
      'a child that closed everything',
      'sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > pid; echo secret',
    ],
    [
      'a child that ignores SIGTERM',
      '(trap "" TERM; echo $(exec sh -c "echo \\$PPID") > pid; while :; do sleep 1000; done) >/dev/null 2>&1 & while ! [ -s pid ]; do :; done; echo secret',
    ],
    [
      'a child that ignores SIGTERM and holds the output',
      'sh -c \'trap "" TERM; echo $$ > pid; while :; do sleep 1000; done\' & while ! [ -s pid ]; do :; done; echo secret',
    ],
  ])('%s is ended, and the output counts', async (_name, script) => {
    expect(plain(await sh(script))).toMatchObject({ exitCode: 0, stdout: 'secret\n' });
    await untilEnded();
  });

  test('a child that left the group can not hold us up', async () => {
    const script =
      "setsid sh -c 'echo $$ > pid; exec sleep 1000' & while ! [ -s pid ]; do :; done; echo secret";
    expect(plain(await sh(script))).toMatchObject({ exitCode: 0, stdout: 'secret\n' });
    process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL');
  });
});

describe('an interruption', () => {
  test('ends a program that ignores SIGTERM', async () => {
    const interrupt = new AbortController();
    const run = sh(
      'trap "" TERM; echo $$ > pid; while :; do sleep 1000; done',
      LONG,
      interrupt.signal,
    );
    await untilWritten(join(dir, 'pid'));
    interrupt.abort();
    expect(plain(await run)).toBe('interrupted');
    await untilEnded();
  });

  test('before the start starts nothing', async () => {
    expect(plain(await sh('echo $$ > pid', LONG, AbortSignal.abort()))).toBe('interrupted');
    expect(existsSync(join(dir, 'pid'))).toBe(false);
  });
});

test.each<[name: string, program: string, expected: string]>([
  ['no such program', 'no-such-program', 'missing'],
  ['no such path', './no-such-program', 'missing'],
  ['a file that is no program', './not-executable', 'not_executable'],
])('%s', async (_name, program, expected) => {
  writeFileSync(join(dir, 'not-executable'), '#!/bin/sh\n', { mode: 0o600 });
  const options = { cwd: dir, env: { PATH: '/usr/bin:/bin' }, signal: NEVER };
  expect(plain(await runCommand([program], options))).toBe(expected);
});

test('words reach the program as they are, and no shell sees them', async () => {
  const words = ['a b', '$(touch owned)', '; touch owned', '*', "it's", ''];
  const argv = ['printf', '%s\\n', ...words] as const;
  const options = { cwd: dir, env: { PATH: '/usr/bin:/bin' }, signal: NEVER };
  expect(plain(await runCommand(argv, options))).toMatchObject({ stdout: `${words.join('\n')}\n` });
});

test('a program gets the environment that it is given and nothing else', async () => {
  const result = plain(await sh('env'));
  expect(result).toMatchObject({ stdout: expect.stringContaining(`DIR=${dir}\n`) });
  expect(result).not.toMatchObject({ stdout: expect.stringMatching(/^(HOME|USER|NODE_ENV)=/m) });
});

test('a program gets none of our open files', async () => {
  const fd = openSync(join(dir, 'open'), 'w');
  try {
    const result = plain(await sh('ls -l /proc/self/fd'));
    expect(result).not.toMatchObject({ stdout: expect.stringContaining(join(dir, 'open')) });
  } finally {
    closeSync(fd);
  }
});

test('neither the result nor its parts show what the program printed', async () => {
  const result = await sh('echo secret-of-the-program; echo secret-of-the-program >&2');
  expect(JSON.stringify(result)).not.toContain('secret-of');
});

describe('the environment of a program', () => {
  const ours = {
    PATH: '.:/usr/bin::bin:/bin',
    HOME: '/h',
    XDG_RUNTIME_DIR: '/run/user/1',
    LC_ALL: 'C.UTF-8',
    GNUPGHOME: '/g',
    SSH_AUTH_SOCK: '/s',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/b',
    OPENROUTER_API_KEY: 'secret',
    HERMES_HOME: '/hermes',
    AWS_SECRET_ACCESS_KEY: 'secret',
    OP_SESSION_me: 'secret',
    NODE_OPTIONS: '--require=x',
    LD_PRELOAD: 'x',
    EMPTY: undefined,
  };

  test('is what finds files, agents and the person', () => {
    expect(childEnv(ours)).toEqual({
      PATH: '/usr/bin:/bin',
      HOME: '/h',
      XDG_RUNTIME_DIR: '/run/user/1',
      LC_ALL: 'C.UTF-8',
      GNUPGHOME: '/g',
      SSH_AUTH_SOCK: '/s',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/b',
    });
  });

  test('and what its row names', () => {
    const env = childEnv(ours, ['OP_*'], { LC_MESSAGES: 'C', HOME: '/other' });
    expect(env).toMatchObject({ OP_SESSION_me: 'secret', LC_MESSAGES: 'C', HOME: '/other' });
    expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  test('has a path where there is none', () => {
    expect(childEnv({})).toEqual({ PATH: '/usr/local/bin:/usr/bin:/bin' });
  });
});
