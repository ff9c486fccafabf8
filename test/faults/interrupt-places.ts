import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { codexSim } from '../internet/codex.ts';
import { googleSim } from '../internet/google.ts';
import type { SimReply } from '../internet/simulator.ts';
import { fakeJwt } from '../internet/xai.ts';
import { shownAddress } from '../support/browser.ts';
import { declare } from '../support/declaration.ts';
import { untilWatched, untilWritten } from '../support/processes.ts';
import { type Running, type RunOptions, startWorld, type World } from '../support/world.ts';

/** A command that waits for something, until the test lets it go on. */
export interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly running: Running;
  /** Gives the command what it waits for. */
  readonly release: () => Promise<void> | void;
  /** That what it was to do has been done. */
  readonly done: () => void;
}

export interface WaitingPlace {
  readonly name: string;
  /** Resolves when the command waits. */
  readonly begin: () => Promise<Scene>;
  /** What is being waited for comes to an end, whatever the signal. */
  readonly finishes?: true;
  /** The end of standard input is what it waits for: the exit code then. */
  readonly endOfInput?: number;
  /** The signal is for the program that it runs, and ends us as it ends that. */
  readonly forwards?: true;
}

/** A server's answer that waits until the test sends it. */
function heldAnswer(reply: SimReply) {
  let send = (): void => undefined;
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  let come = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    come = resolve;
  });
  const handle = async (): Promise<SimReply> => {
    come();
    await sent;
    return reply;
  };
  return { handle, asked, send };
}

function scene(world: World, running: Running, rest: Pick<Scene, 'release' | 'done'>): Scene {
  return { world, running, ...rest, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const HOLD: RunOptions = { holdInput: true };

// Not a shell: dash loses a signal that comes while it forks.
const STUBBORN = `import { existsSync, writeFileSync } from 'node:fs';
process.on('SIGTERM', () => {});
setInterval(() => {
  if (!existsSync('go')) return;
  process.stdout.write('fake-key-of-a-program');
  process.exit(0);
}, 20);
writeFileSync('pid', String(process.pid));
`;

const program: WaitingPlace = {
  name: 'a program that is asked for a secret and ignores SIGTERM',
  begin: async () => {
    const world = await startWorld();
    world.write('stubborn.mjs', STUBBORN);
    world.write('k', world.canary('a key'));
    declare(
      world,
      'providers: { xai: { credentials: { a: { api_key: "file:k" }, b: { api_key: { command: [node, stubborn.mjs] } } } } }\n',
    );
    const running = world.start(['auth', 'apply', '--yes', '--allow-commands'], HOLD);
    await untilWritten(join(world.cwd, 'pid'));
    return scene(world, running, {
      release: () => void world.write('go', 'go'),
      done: () => expect(world.home.pool('xai')).toHaveLength(2),
    });
  },
};

const browser: WaitingPlace = {
  name: 'a login that waits for the browser',
  begin: async () => {
    const clientSecret = 'fake-client-secret';
    const sim = googleSim({ clientSecret, email: 'me@example.com', project: 'p1' });
    const world = await startWorld({
      hosts: sim.hosts,
      env: { HERMES_GEMINI_CLIENT_SECRET: clientSecret },
    });
    const args = ['auth', 'add', 'google-gemini-cli', '--no-browser'];
    const running = world.start(args, HOLD);
    const address = await shownAddress(running);
    return scene(world, running, {
      release: async () => void (await fetch(sim.authorize(address))),
      done: () => expect(world.home.pool('google-gemini-cli')).toHaveLength(1),
    });
  },
};

const lock: WaitingPlace = {
  name: 'the lock of the home',
  begin: async () => {
    const world = await startWorld();
    world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
    world.home.write('auth.lock', '');
    const holding = ['sh', '-c', 'echo held; read line'];
    const holder = spawn('flock', [world.home.path('auth.lock'), ...holding], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (holder.stdout) await once(holder.stdout, 'data');
    const running = world.start(['auth', 'remove', 'xai', 'a'], HOLD);
    await running.printed('Waiting for the lock ');
    const rest = {
      release: () => void holder.stdin?.end('\n'),
      done: () => expect(world.home.pool('xai')).toEqual([]),
    };
    return {
      ...scene(world, running, rest),
      [Symbol.asyncDispose]: async () => {
        holder.stdin?.end('\n');
        await world[Symbol.asyncDispose]();
      },
    };
  },
};

const request: WaitingPlace = {
  name: 'a provider that is asked about a key',
  begin: async () => {
    const answer = heldAnswer({ body: { type: 'user', name: 'alice' } });
    const world = await startWorld({ hosts: { 'huggingface.co': answer.handle } });
    world.home.seed({ huggingface: [{ label: 'mine', key: world.canary('key', 'hf_') }] });
    const running = world.start(['auth', 'check', 'huggingface'], HOLD);
    await answer.asked;
    return scene(world, running, { release: answer.send, done: () => undefined });
  },
};

const refresh: WaitingPlace = {
  name: 'the answer to a single-use refresh token',
  finishes: true,
  begin: async () => {
    const sim = codexSim();
    const token = `first-refresh-${'f'.repeat(20)}`;
    sim.tokens.accept(token);
    const right = sim.hosts['auth.openai.com'];
    const held = heldAnswer({});
    const world = await startWorld({
      hosts: {
        'auth.openai.com': async (asked) => {
          await held.handle();
          return typeof right === 'function' ? right(asked) : {};
        },
      },
    });
    const key = world.secret('expired access token', fakeJwt({ exp: 1000, jti: 'expired' }));
    const raw = { refresh_token: world.secret('refresh token', token) };
    world.home.seed({
      'openai-codex': [{ label: 'team', key, type: 'oauth', source: 'manual:device_code', raw }],
    });
    const running = world.start(['auth', 'token', 'openai-codex'], {
      ...HOLD,
      allowSecretOnStdout: true,
    });
    await held.asked;
    return scene(world, running, {
      release: held.send,
      done: () => {
        const [row] = world.home.pool('openai-codex');
        expect(row?.refresh_token).toBe(sim.tokens.issued[0]?.refreshToken);
      },
    });
  },
};

const input: WaitingPlace = {
  name: 'a key on standard input',
  endOfInput: 1,
  begin: async () => {
    const world = await startWorld();
    const running = world.start(['auth', 'add', 'xai', '--api-key', '-'], HOLD);
    await untilWatched(running.child.pid ?? 0, 0);
    return scene(world, running, {
      release: () => void running.child.stdin?.end('fake-key\n'),
      done: () => expect(world.home.pool('xai')).toHaveLength(1),
    });
  },
};

const exec: WaitingPlace = {
  name: 'a program under exec',
  forwards: true,
  begin: async () => {
    const world = await startWorld();
    world.home.seed({ openrouter: [{ label: 'work', key: world.canary('work') }] });
    const script = `const fs = require('node:fs'); fs.writeFileSync('pid', 'x'); setInterval(() => { if (fs.existsSync('go')) process.exit(0); }, 20);`;
    const args = ['auth', 'exec', 'openrouter', '--', 'node', '-e', script];
    const running = world.start(args, { ...HOLD, allowSecretInChildEnv: true });
    await untilWritten(join(world.cwd, 'pid'));
    return scene(world, running, {
      release: () => void world.write('go', 'go'),
      done: () => undefined,
    });
  },
};

/** Places in which a command waits, without a terminal. */
export const WAITING: readonly WaitingPlace[] = [
  program,
  browser,
  lock,
  request,
  refresh,
  input,
  exec,
];
