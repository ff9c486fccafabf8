import { createServer } from 'node:net';
import type { Running } from './world.ts';

/** The address that a run asks the person to open: the next one that stands alone on a line of stderr. */
export function shownAddress(running: Running): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    running.child.stderr?.on('data', (chunk: string) => {
      text += chunk;
      const address = addressIn(text);
      if (address !== undefined) resolve(address);
    });
    running.child.on('close', () => reject(new Error(`no address was shown, but: ${text}`)));
  });
}

/** The last address that stands alone on a line. */
export function addressIn(text: string): string | undefined {
  return [...text.matchAll(/^\s*(https?:\/\/\S+)\r?\n/gm)].at(-1)?.[1];
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
