// Builds dist-binary/gormes, or the file that is named: the program, its runtime and the native part
// in one, for machines like this one (docs/decisions/0004-binary-by-bun.md). After scripts/build.mjs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const path = (name) => join(root, name);
const outfile = resolve(process.argv[2] ?? path('dist-binary/gormes'));
const CPUS = { x64: 'x64', arm64: 'aarch64' };

/** The compiler, from the registry; what is installed is what scripts/binary/package-lock.json names. */
function findBun() {
  const dir = path('node_modules/.cache/gormes-binary');
  const name = `@oven/bun-${process.platform}-${CPUS[process.arch]}`;
  const program = join(dir, 'node_modules', name, 'bin/bun');
  const { optionalDependencies } = JSON.parse(readFileSync(path('scripts/binary/package.json')));
  const manifest = join(dir, 'node_modules', name, 'package.json');
  const isThere =
    existsSync(manifest) &&
    JSON.parse(readFileSync(manifest)).version === optionalDependencies[name];
  if (!isThere) {
    mkdirSync(dir, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(path(`scripts/binary/${file}`), join(dir, file));
    }
    const args = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  if (!existsSync(program)) throw new Error(`there is no ${name}: the binary can't be built here`);
  return program;
}

/** koffi's native part for this machine. */
function findKoffi() {
  const require = createRequire(import.meta.url);
  const name = `@koromix/koffi-${process.platform}-${process.arch}`;
  const dir = dirname(require.resolve(`${name}/package.json`));
  return join(dir, `${process.platform}_${process.arch}`, 'koffi.node');
}

const staging = mkdtempSync(join(tmpdir(), 'gormes-binary-'));
try {
  // Beside the bundle stands a koffi of our own, which is what it then finds.
  cpSync(path('dist'), join(staging, 'dist'), { recursive: true });
  const koffi = join(staging, 'node_modules/koffi');
  mkdirSync(koffi, { recursive: true });
  cpSync(path('scripts/binary/koffi.mjs'), join(koffi, 'index.mjs'));
  cpSync(findKoffi(), join(koffi, 'koffi.bin'));
  mkdirSync(dirname(outfile), { recursive: true });
  rmSync(outfile, { force: true });
  const args = ['build', '--compile', '--bytecode', '--minify', '--format=cjs'];
  // The folder that it is started in may be a stranger's: bunfig.toml names code to run.
  const closed = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  execFileSync(findBun(), [...args, ...closed, '--outfile', outfile, 'dist/gormes.js'], {
    cwd: staging,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
} finally {
  rmSync(staging, { recursive: true, force: true });
}
