// biome-ignore lint/style/noRestrictedImports: the user's cache is made here, and nothing of a home
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of `node:module`; the types are those of the oldest Node that is supported. */
interface CompileCache {
  readonly enableCompileCache?: (dir: string) => unknown;
}

/**
 * Has Node keep the compiled code of what is loaded from here on, for the next start: compiling is
 * a large part of one. It stands in the user's own cache, not in Node's default below `/tmp`, where
 * another user could put code in its place. Node switches it off by `NODE_DISABLE_COMPILE_CACHE`.
 * Never fails: without it a start is slower, and that is all.
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  // Node 20 has no such cache, and loading the module only to see that takes a millisecond.
  if (Number.parseInt(process.versions.node, 10) < 22) return;
  const { enableCompileCache } = process.getBuiltinModule('node:module') as CompileCache;
  const caches = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : undefined);
  if (enableCompileCache === undefined || caches === undefined) return;
  const dir = join(caches, 'gormes', 'compiled');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    enableCompileCache(dir);
  } catch {
    // No cache, then.
  }
}
