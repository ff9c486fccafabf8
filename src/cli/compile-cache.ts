// biome-ignore lint/style/noRestrictedImports: the user's cache is made here, and nothing of a home
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepChunksCompiled } from './kept-chunks.ts';

/** Of `node:module`; the types are those of the oldest Node that is supported. */
interface CompileCache {
  readonly enableCompileCache?: (dir: string) => unknown;
}

/**
 * Keeps the compiled code of what is loaded from here on, for the next start: compiling is a large
 * part of one. Node does that itself from 22.1 on. The code stands in the user's own cache, not in
 * Node's default below `/tmp`, where another user could put code in its place. Node's own switch,
 * `NODE_DISABLE_COMPILE_CACHE`, stops it. Never fails: without it a start is slower, and that is all.
 *
 * @param command the words of the command that is run, if it is one
 */
export function keepCompiledCode(
  env: Readonly<Record<string, string | undefined>>,
  command: string | undefined,
): void {
  const caches = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : undefined);
  if (caches === undefined || env.NODE_DISABLE_COMPILE_CACHE) return;
  const dir = join(caches, 'gormes', 'compiled');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!isOurs(dir)) return;
    if (Number.parseInt(process.versions.node, 10) < 22)
      keepChunksCompiled(dir, command ?? 'other');
    else (process.getBuiltinModule('node:module') as CompileCache).enableCompileCache?.(dir);
  } catch {
    // No cache, then.
  }
}

/** With `sudo` the cache may be another user's, who must not choose what root runs. */
function isOurs(dir: string): boolean {
  const { uid, mode } = lstatSync(dir);
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}
