import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Waits for a file that a program writes; it must hold something. */
export async function untilWritten(file: string): Promise<string> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text !== '') return text;
    await nextTurn();
  }
}

/** Waits until a process is gone, as one is soon after a signal; a zombie is. */
export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await nextTurn();
}

/** Waits until a process of Node waits for something on one of its descriptors. */
export async function untilWatched(pid: number, fd: number): Promise<void> {
  const line = new RegExp(`^tfd:\\s+${fd}\\b`, 'm');
  const dir = `/proc/${pid}/fdinfo`;
  while (!readdirSync(dir).some((open) => line.test(infoOf(`${dir}/${open}`)))) await nextTurn();
}

function infoOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // closed meanwhile
  }
}

/** Everything that a process has started and that lives, and what that has started. */
export function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return []; // gone meanwhile
  }
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
