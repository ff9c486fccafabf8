import { existsSync, readFileSync } from 'node:fs';

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

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
