// biome-ignore-all lint/style/noRestrictedImports: the user's cache is written here, and nothing of a home
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type Module from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Script } from 'node:vm';

/** What Node's class of modules does with the text of a file; not among its types. */
interface Compiling {
  _compile(this: NodeJS.Module, content: string, filename: string): unknown;
}

/**
 * Has Node 20, which keeps no compiled code, load our chunks with what V8 made of them in an earlier
 * run of the same command: V8 compiles a function when it is first called, and loads all that is kept,
 * so that what another command needs would only be in the way. A chunk's name holds the hash of its
 * content, so what is kept is of that content; V8 itself refuses what another version of it has made.
 *
 * What a run that succeeds had to compile is written when it ends.
 *
 * @param dir where the code stands, in a folder for each command. It must belong to the user alone:
 *   who writes there chooses what is run
 * @param command the words of the command
 */
export function keepChunksCompiled(dir: string, command: string): void {
  const { mainModule } = process;
  const vm = process.getBuiltinModule?.('node:vm');
  if (mainModule === undefined || vm === undefined) return;
  const Modules = mainModule.constructor as typeof Module;
  const chunks = join(dirname(mainModule.filename), 'chunks');
  const kept = join(dir, `v8-${process.versions.v8}-${process.arch}`, command.replace(' ', '-'));
  const fresh = new Map<string, Script>();

  const modules = Modules.prototype as unknown as Compiling;
  const compile = modules._compile;
  modules._compile = function (content, filename) {
    if (dirname(filename) !== chunks) return compile.call(this, content, filename);
    const name = basename(filename);
    const cachedData = readKept(join(kept, name));
    const script = new vm.Script(Modules.wrap(content), { filename, cachedData });
    if (cachedData === undefined || script.cachedDataRejected) fresh.set(name, script);
    const load = (id: string): unknown => this.require(id);
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, load, this, filename, chunks);
  };
  process.on('exit', (code) => {
    if (code === 0 && fresh.size > 0) writeKept(kept, fresh);
  });
}

function writeKept(kept: string, fresh: ReadonlyMap<string, Script>): void {
  try {
    mkdirSync(kept, { recursive: true, mode: 0o700 });
    const before = readdirSync(kept);
    for (const [name, script] of fresh) {
      write(join(kept, name), script.createCachedData());
      for (const old of before) {
        if (old !== name && withoutHash(old) === withoutHash(name)) unlinkSync(join(kept, old));
      }
    }
  } catch {
    // The next run compiles again.
  }
}

/** The name of a chunk that is the same after its content has changed. */
function withoutHash(name: string): string {
  return name.slice(0, -'-12345678.js'.length);
}

function readKept(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, after a loss of power too: V8 looks at the length and not at the content. */
function write(path: string, bytes: Buffer): void {
  const temp = `${path}.${process.pid}`;
  const fd = openSync(temp, 'wx', 0o600);
  try {
    const written = writeSync(fd, bytes);
    fsyncSync(fd);
    if (written === bytes.length) renameSync(temp, path);
    else unlinkSync(temp);
  } catch (error) {
    unlinkSync(temp);
    throw error;
  } finally {
    closeSync(fd);
  }
}
