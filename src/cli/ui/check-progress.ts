import type { CheckProgress } from '../../apply/check-credentials.ts';
import { plural } from '../../base/text.ts';

/** One line on stderr that counts up on a terminal, and is printed once elsewhere; none when quiet. */
export function createProgress(
  stream: NodeJS.WriteStream,
  isQuiet: boolean,
): CheckProgress & { end(): void } {
  if (isQuiet) return { begin: () => {}, done: () => {}, end: () => {} };
  let count = 0;
  let done = 0;
  const draw = (): void => {
    if (stream.isTTY) stream.write(`\rChecked ${done} of ${plural(count, 'credential')} `);
  };
  return {
    begin: (total) => {
      count = total;
      if (!stream.isTTY && total > 0) stream.write(`Checking ${plural(total, 'credential')}…\n`);
      draw();
    },
    done: () => {
      done += 1;
      draw();
    },
    end: () => {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
