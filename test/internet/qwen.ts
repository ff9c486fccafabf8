import type { Hosts } from './internet.ts';
import { formFields, type Handler, refuseUnless } from './simulator.ts';
import { Detours, TokenBook, type TokenLooks } from './token-book.ts';
import { refused } from './xai.ts';

const CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';

export interface QwenOptions extends TokenLooks {
  /** Default 21600; null leaves it out. */
  readonly expiresIn?: number | null;
  readonly resourceUrl?: string;
}

/** Qwen's token endpoint, for refreshes only (oauth-flows §7). */
export interface QwenSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<'refresh'>;
  readonly refreshes: number;
}

export function qwenSim(options: QwenOptions = {}): QwenSim {
  const tokens = new TokenBook(options, 'qwen');
  const detours = new Detours<'refresh'>();
  let refreshes = 0;
  const handle: Handler = (request) => {
    refuseUnless(request.method === 'POST', 'POST');
    refuseUnless(request.path === '/api/v1/oauth2/token', 'the token endpoint');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.accept === 'application/json', 'Accept: application/json');
    const fields = formFields(request, ['grant_type', 'refresh_token', 'client_id']);
    refuseUnless(fields.grant_type === 'refresh_token', 'the grant refresh_token');
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    refreshes += 1;
    const next = tokens.rotate(fields.refresh_token ?? '');
    const detour = detours.take('refresh');
    if (detour) return detour;
    if (typeof next === 'string') return refused('invalid_grant');
    return {
      body: {
        access_token: next.accessToken,
        refresh_token: next.refreshToken,
        token_type: 'Bearer',
        ...(options.resourceUrl ? { resource_url: options.resourceUrl } : {}),
        ...(options.expiresIn === null ? {} : { expires_in: options.expiresIn ?? 21_600 }),
      },
    };
  };
  return {
    hosts: { 'chat.qwen.ai': handle },
    tokens,
    detours,
    get refreshes() {
      return refreshes;
    },
  };
}
