import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDeclaration } from '../../src/config/find-declaration.ts';
import { readDeclaration } from '../../src/config/read-declaration.ts';

let root: string;
const cwd = process.cwd();

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'gormes-find-')));
});

afterEach(() => {
  process.chdir(cwd);
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text = 'version: 1\n'): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function find(from: string, env: Record<string, string> = {}) {
  const dir = join(root, from);
  mkdirSync(dir, { recursive: true });
  return findDeclaration({ cwd: dir, env, userHome: join(root, 'home') });
}

describe('the declaration is found', () => {
  test.each([
    'gormes.auth.yaml',
    'gormes.auth.yml',
    'gormes.auth.json',
    '.config/gormes.auth.yaml',
    '.config/gormes.auth.yml',
    '.config/gormes.auth.json',
  ])('as %s, in the working directory and from below', async (name) => {
    const path = write(`repo/${name}`);
    expect(await find('repo')).toBe(path);
    expect(await find('repo/a/b')).toBe(path);
  });

  test('nearest first, and .yaml before the others', async () => {
    write('repo/gormes.auth.yaml');
    write('repo/a/.config/gormes.auth.yaml');
    write('repo/a/gormes.auth.json');
    const nearest = write('repo/a/gormes.auth.yaml');
    expect(await find('repo/a/b')).toBe(nearest);
  });

  test('also when it is empty', async () => {
    const path = write('repo/gormes.auth.yaml', '');
    expect(await find('repo')).toBe(path);
  });

  test('else below XDG_CONFIG_HOME, by default ~/.config', async () => {
    const path = write('home/.config/gormes/auth.yaml');
    expect(await find('repo')).toBe(path);
    const other = write('xdg/gormes/auth.yml');
    expect(await find('repo', { XDG_CONFIG_HOME: join(root, 'xdg') })).toBe(other);
    expect(await find('repo', { XDG_CONFIG_HOME: 'relative' })).toBe(path);
  });

  test('or the person is told how to name one', async () => {
    await expect(find('repo')).rejects.toMatchObject({
      code: 'no_declaration',
      exitCode: 3,
      hint: expect.stringContaining('-f FILE'),
    });
  });

  test('and a directory of that name is passed over', async () => {
    const path = write('repo/gormes.auth.yaml');
    mkdirSync(join(root, 'repo/a/gormes.auth.yaml'), { recursive: true });
    expect(await find('repo/a')).toBe(path);
  });
});

describe('what a checkout may hold', () => {
  // A package.json would keep cosmiconfig from looking further: these come without one.
  test.each(['config.js', 'config.cjs', 'config.mjs', 'config.ts'])(
    '.config/%s is not run',
    async (name) => {
      const marker = join(root, 'ran');
      const code = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '');\nmodule.exports = {};\n`;
      const scripts = ['gormes.auth.js', 'gormes.auth.cjs', '.gormesrc.js', 'gormes.config.js'];
      for (const script of [`.config/${name}`, ...scripts]) write(`repo/${script}`, code);
      const path = write('repo/gormes.auth.yaml');
      process.chdir(join(root, 'repo'));
      expect(await find('repo')).toBe(path);
      expect(process.cwd()).toBe(join(root, 'repo'));
      expect(existsSync(marker)).toBe(false);
    },
  );

  test.each(['package.json', 'package.yaml', '.config/config.json', '.config/config.yaml'])(
    '%s does not change where we look',
    async (name) => {
      write(`repo/${name}`, '{"cosmiconfig": {"searchPlaces": ["evil.yaml"], "loaders": {}}}');
      write('repo/evil.yaml');
      const path = write('repo/gormes.auth.yaml');
      process.chdir(join(root, 'repo'));
      expect(await find('repo')).toBe(path);
    },
  );

  test('a link to a device is refused, not read', async () => {
    mkdirSync(join(root, 'repo'));
    symlinkSync('/dev/zero', join(root, 'repo/gormes.auth.yaml'));
    await expect(find('repo')).rejects.toMatchObject({
      code: 'declaration_unreadable',
      exitCode: 3,
    });
  });

  test('a huge file is refused, not read', async () => {
    write('repo/gormes.auth.yaml', 'x'.repeat(2 * 1024 * 1024));
    await expect(find('repo')).rejects.toMatchObject({ code: 'declaration_unreadable' });
  });
});

describe('a declaration that is named', () => {
  const context = () => ({
    cwd: root,
    env: {},
    userHome: undefined,
    readStdin: () => Promise.resolve('version: 1\n# é\n'),
  });

  test('is read, relative to the working directory', async () => {
    const path = write('x/y.yaml', 'version: 1\n');
    const input = await readDeclaration('x/y.yaml', context());
    expect(input.path).toBe(path);
    expect(Buffer.from(input.bytes).toString()).toBe('version: 1\n');
  });

  test('is standard input for -', async () => {
    const input = await readDeclaration('-', context());
    expect(input.path).toBe('-');
    expect(Buffer.from(input.bytes).toString()).toBe('version: 1\n# é\n');
  });

  test.each([
    ['does not exist', 'x.yaml'],
    ['is a directory', '.'],
    ['is a device', '/dev/zero'],
  ])('and %s is an error with exit 3', async (_name, file) => {
    await expect(readDeclaration(file, context())).rejects.toMatchObject({
      code: 'declaration_unreadable',
      exitCode: 3,
    });
  });
});
