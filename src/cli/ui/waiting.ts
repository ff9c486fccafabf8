import type { Http, Wait, Waiting } from '../../base/deps.ts';
import type { Streams } from '../streams.ts';

/** What takes less is not worth a line that comes and goes. */
const SHOW_AFTER_MS = 1000;

/**
 * Says on a terminal what is waited for, once a wait has taken a second: one line on stderr that goes
 * when it is over (`Streams.status`). Of several it says the one that has taken longest. A person at a
 * question is not disturbed, and what is no terminal sees nothing.
 *
 * @param isShown asked when a line is due
 */
export function createWaiting(streams: Pick<Streams, 'status'>, isShown: () => boolean): Waiting {
  const late: { what: string }[] = [];
  const draw = (): void => {
    if (isShown()) streams.status(late[0]?.what);
  };
  return (what, afterMs = SHOW_AFTER_MS): Wait => {
    const wait = { what };
    const show = (): void => {
      late.push(wait);
      draw();
    };
    // Nobody is kept from ending by it.
    const timer = setTimeout(show, afterMs).unref();
    return {
      say: (text) => {
        wait.what = text;
        if (late[0] === wait) draw();
      },
      end: () => {
        clearTimeout(timer);
        const index = late.indexOf(wait);
        if (index < 0) return;
        late.splice(index, 1);
        draw();
      },
    };
  };
}

/** The same client; while it waits for an answer, the host is told. */
export function waitingHttp(send: Http, waiting: Waiting): Http {
  return async (request) => {
    const host = URL.canParse(request.url) ? new URL(request.url).host : 'an answer';
    const wait = waiting(`Waiting for ${host}…`);
    try {
      return await send(request);
    } finally {
      wait.end();
    }
  };
}
