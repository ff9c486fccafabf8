import type { HttpReply, HttpRequest } from '../../base/deps.ts';
import { NetworkError } from '../../base/network-error.ts';
import type { SendContext } from './server.ts';

/** Pauses before the second and the third try; more tries help nobody (reliability.md E1). */
const PAUSES_MS = [500, 1500];

/**
 * Sends a request of a login; again, at most twice, while nothing of it can have left this machine.
 * For a refresh use `refreshGrant`, which never tries again.
 *
 * @throws what HTTP throws, or the reason of the signal
 */
export async function sendLogin(
  context: SendContext,
  request: Omit<HttpRequest, 'signal'>,
): Promise<HttpReply> {
  for (const pause of PAUSES_MS) {
    try {
      return await context.http({ ...request, signal: context.signal });
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await context.clock.sleep(pause, context.signal);
  }
  return context.http({ ...request, signal: context.signal });
}

/** A failure to connect that a moment may mend; a wrong certificate or character it does not. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof NetworkError &&
    !error.maybeSent &&
    error.why !== 'tls' &&
    error.why !== 'unsendable' &&
    error.why !== 'timeout' // ten seconds each; the login would seem to hang
  );
}
