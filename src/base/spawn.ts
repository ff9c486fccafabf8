import { execFile } from 'node:child_process';
import type { SpawnOptions } from './deps.ts';

/**
 * The real part behind `Deps.spawn`. Nothing of the child's output or of Node's error, which holds
 * it, is passed on but standard output of a success.
 */
export function spawnProgram(
  [program, ...args]: readonly [string, ...string[]],
  options: SpawnOptions,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        env: definedOnly(options.env),
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: options.limitBytes,
        encoding: 'utf8',
        shell: false,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    );
    child.stdin?.end();
  });
}

function definedOnly(env: SpawnOptions['env']): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}
