import type { Hosts } from './internet.ts';
import { type Handler, refuseUnless, type SimReply } from './simulator.ts';
import { Detours } from './token-book.ts';

export interface CopilotOptions {
  /** GitHub token → the Copilot token that it is exchanged for. Others are unauthorised. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Unix seconds; default in 30 minutes. 0 is what some accounts get. */
  readonly expiresAt?: number;
  readonly api?: string | null;
}

/** GitHub's exchange for a Copilot token (oauth-flows §11). */
export interface CopilotSim {
  readonly hosts: Hosts;
  readonly detours: Detours<'exchange'>;
  readonly exchanges: number;
}

export function copilotSim(options: CopilotOptions): CopilotSim {
  const detours = new Detours<'exchange'>();
  let exchanges = 0;
  const handle: Handler = (request): SimReply => {
    refuseUnless(request.method === 'GET', 'GET');
    refuseUnless(request.path === '/copilot_internal/v2/token', 'the exchange');
    refuseUnless([...request.query].length === 0 && request.body === '', 'no query and no body');
    const { headers } = request;
    refuseUnless(headers['user-agent'] === 'GitHubCopilotChat/0.26.7', 'the agent of Copilot Chat');
    refuseUnless(headers['editor-version'] === 'vscode/1.104.1', 'the editor version');
    refuseUnless(headers.accept === 'application/json', 'Accept: application/json');
    const github = /^token (\S+)$/.exec(headers.authorization ?? '')?.[1];
    refuseUnless(github !== undefined, 'Authorization: token');
    exchanges += 1;
    const detour = detours.take('exchange');
    if (detour) return detour;
    const token = Object.hasOwn(options.tokens, github) ? options.tokens[github] : undefined;
    if (token === undefined) return { status: 401, body: { message: 'Bad credentials' } };
    return {
      body: {
        token,
        expires_at: options.expiresAt ?? Math.floor(Date.now() / 1000) + 1800,
        ...(options.api === null
          ? {}
          : { endpoints: { api: options.api ?? 'https://api.individual.githubcopilot.com' } }),
      },
    };
  };
  return {
    hosts: { 'api.github.com': handle },
    detours,
    get exchanges() {
      return exchanges;
    },
  };
}
