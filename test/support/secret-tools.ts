/**
 * Secret managers of Debian with throw-away keys: a gpg home with a password store, an age identity,
 * an unlocked keyring on a session bus of its own. Nothing of the person who runs the tests is used.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class PasswordStore implements AsyncDisposable {
  /** Short: the path of gpg-agent's socket has a limit. */
  readonly #root = mkdtempSync(join(tmpdir(), 'gpg-'));
  readonly env: Readonly<Record<string, string>> = {
    GNUPGHOME: join(this.#root, 'gnupg'),
    PASSWORD_STORE_DIR: join(this.#root, 'store'),
  };

  constructor() {
    for (const name of ['gnupg', 'empty']) mkdirSync(join(this.#root, name), { mode: 0o700 });
    const key = ['--batch', '--passphrase', '', '--quick-gen-key', 'throw-away', 'future-default'];
    this.#run('gpg', [...key, 'default', 'never']);
    this.#run('pass', ['init', 'throw-away']);
  }

  /** The same store for somebody who lacks its key. */
  get envWithoutKey(): Readonly<Record<string, string>> {
    return { ...this.env, GNUPGHOME: join(this.#root, 'empty') };
  }

  insert(name: string, text: string): void {
    this.#run('pass', ['insert', '--multiline', '--force', name], text);
  }

  #run(program: string, args: readonly string[], input = ''): void {
    const env = { ...process.env, ...this.env };
    execFileSync(program, [...args], { env, input, stdio: ['pipe', 'ignore', 'ignore'] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const home of [this.env, this.envWithoutKey]) {
      const env = { ...process.env, ...home };
      execFileSync('gpgconf', ['--kill', 'all'], { env, stdio: 'ignore' });
    }
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** Encrypts a text for a new identity, and writes both. */
export function encryptWithAge(identityFile: string, file: string, text: string): void {
  const identity = execFileSync('age-keygen', {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  writeFileSync(identityFile, identity, { mode: 0o600 });
  const recipient = /public key: (age1\w+)/.exec(identity)?.[1] ?? '';
  execFileSync('age', ['--encrypt', '--recipient', recipient, '--output', file], { input: text });
}

/** A session bus on which an unlocked gnome-keyring answers; ends when its standard input does. */
export class Keyring implements AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly #root: string;
  readonly #session: ChildProcess;

  private constructor(root: string, session: ChildProcess, address: string) {
    this.#root = root;
    this.#session = session;
    this.env = { DBUS_SESSION_BUS_ADDRESS: address };
  }

  static async start(): Promise<Keyring> {
    const root = mkdtempSync(join(tmpdir(), 'keyring-'));
    const script =
      'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && echo "at $DBUS_SESSION_BUS_ADDRESS" && cat';
    const session = spawn('dbus-run-session', ['--', 'sh', '-c', script], {
      env: { PATH: process.env.PATH, HOME: root, XDG_RUNTIME_DIR: root },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const address = await new Promise<string>((resolve, reject) => {
      let printed = '';
      session.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const found = /^at (.+)\n/.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      });
      session.on('error', reject);
      session.on('exit', () => reject(new Error('the session bus ended')));
    });
    return new Keyring(root, session, address);
  }

  store(service: string, user: string, secret: string): void {
    const env = { PATH: process.env.PATH, HOME: this.#root, ...this.env };
    const args = ['store', '--label=test', 'service', service, 'username', user];
    execFileSync('secret-tool', args, { env, input: secret });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#session.once('exit', resolve));
    this.#session.stdin?.end();
    await ended;
    rmSync(this.#root, { recursive: true, force: true });
  }
}
