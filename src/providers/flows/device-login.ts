import type { LoginContext } from '../oauth.ts';
import { type DeviceCode, judgeDeviceReply, SLOW_DOWN_MS } from './device-reply.ts';
import { loginDenied, loginExpired, loginFailed } from './login-errors.ts';
import type { Server } from './server.ts';
import { judgeTokenReply, type Refusal, type Tokens } from './token-reply.ts';

/** What one poll found; `slow_down` may name the new interval. */
export type PollResult<T> =
  | { readonly kind: 'pending' }
  | { readonly kind: 'slow_down'; readonly intervalMs?: number | undefined }
  | { readonly kind: 'done'; readonly value: T };

/**
 * A device code login at a server that speaks the standard (RFC 8628).
 *
 * @throws GormesError `login_denied`, `login_expired`, `login_failed`, or what HTTP throws
 */
export async function deviceCodeLogin(
  context: LoginContext,
  server: Server,
  scope: string,
): Promise<Tokens> {
  const { requestDeviceCode, requestTokensByDevice } = await import('./standard-requests.ts');
  const { provider } = server;
  const reply = await requestDeviceCode(context, server, scope);
  const verdict = judgeDeviceReply(reply, context.clock.now());
  if (verdict.kind === 'unusable') throw loginFailed(provider, verdict.why);
  if (verdict.kind === 'refused') throw refusedLogin(provider, verdict.refusal);
  const { code } = verdict;
  showDeviceCode(context, code);
  return pollUntilDone(context, provider, code, async () => {
    const answer = await requestTokensByDevice(context, server, code.deviceCode);
    return judgePoll(provider, judgeTokenReply(answer, context.clock.now()));
  });
}

export function showDeviceCode(context: Pick<LoginContext, 'show'>, code: DeviceCode): void {
  context.show({
    kind: 'device_code',
    url: code.verificationUri,
    completeUrl: code.verificationUriComplete,
    userCode: code.userCode,
    expiresAt: code.expiresAt,
    intervalMs: code.intervalMs,
  });
}

/**
 * Polls until there is an answer or the code has run out. Waits before each poll, the first one
 * included: nobody confirms a code in no time. Never asks more often than told (RFC 8628 §3.5).
 *
 * @param poll throws to end the login
 * @throws GormesError `login_expired`, what `poll` throws, or the reason of the signal
 */
export async function pollUntilDone<T>(
  context: Pick<LoginContext, 'clock' | 'signal'>,
  provider: string,
  code: Pick<DeviceCode, 'intervalMs' | 'expiresAt'>,
  poll: () => Promise<PollResult<T>>,
): Promise<T> {
  let { intervalMs } = code;
  for (;;) {
    const left = code.expiresAt - context.clock.now();
    await sleep(context, Math.max(0, Math.min(intervalMs, left)));
    if (context.clock.now() >= code.expiresAt) throw loginExpired(provider);
    const result = await poll();
    if (result.kind === 'done') return result.value;
    if (result.kind === 'slow_down') {
      intervalMs = Math.max(intervalMs + SLOW_DOWN_MS, result.intervalMs ?? 0);
    }
  }
}

/** `setTimeout` takes no longer delay; a server that asks for more is waited for in parts. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

async function sleep(context: Pick<LoginContext, 'clock' | 'signal'>, ms: number): Promise<void> {
  try {
    await context.clock.sleep(Math.min(ms, LONGEST_SLEEP_MS), context.signal);
  } catch (error) {
    context.signal.throwIfAborted(); // the reason, not the timer's own error
    throw error;
  }
}

/**
 * The meaning of an answer to a poll: only `authorization_pending` and `slow_down` go on
 * (RFC 8628 §3.5).
 *
 * @throws GormesError `login_denied`, `login_expired`, `login_failed`
 */
export function judgePoll(
  provider: string,
  verdict: ReturnType<typeof judgeTokenReply>,
): PollResult<Tokens> {
  switch (verdict.kind) {
    case 'tokens':
      return { kind: 'done', value: verdict.tokens };
    case 'unusable':
      throw loginFailed(provider, verdict.why);
    case 'refused':
      if (verdict.refusal.code === 'authorization_pending') return { kind: 'pending' };
      if (verdict.refusal.code === 'slow_down') return { kind: 'slow_down' };
      throw refusedLogin(provider, verdict.refusal);
    default:
      return verdict satisfies never;
  }
}

/** The error of a refusal at any endpoint of a login. */
export function refusedLogin(provider: string, refusal: Refusal) {
  const { code, status, description } = refusal;
  if (code === 'access_denied') return loginDenied(provider, description);
  if (code === 'expired_token') return loginExpired(provider);
  return loginFailed(provider, `it answered ${code ?? `HTTP ${status}`}`, { detail: description });
}
