import { codexSim } from '../internet/codex.ts';
import { googleSim } from '../internet/google.ts';
import type { Hosts } from '../internet/internet.ts';
import { type McpSim, startMcp } from '../internet/mcp.ts';
import { nousSim } from '../internet/nous.ts';
import { type OidcServer, startOidc } from '../internet/oidc.ts';
import type { SimRequest } from '../internet/simulator.ts';
import { fakeJwt } from '../internet/xai.ts';
import { zai } from '../internet/zai.ts';
import { shownAddress } from '../support/browser.ts';
import type { Run, Running, RunOptions, World } from '../support/world.ts';
import type { NetworkFault } from './network-faults.ts';

/** What a run must come to. */
export interface Outcome {
  readonly exitCode: number;
  /** In what it prints: host or server, and the class of the cause. */
  readonly says: RegExp;
  /** Requests that met the fault. */
  readonly requests: number;
}

/** One thing that the program does over the network, right up to the request that meets a fault. */
export interface Flow {
  readonly name: string;
  readonly host: string;
  /** It looks at the time after which a server wants to be asked again. */
  readonly heedsRetryAfter?: true;
  /** Tries to connect while nothing can have left. */
  readonly tries: (why: string) => number;
  /** The field that matters most in a right answer. */
  readonly field: string;
  readonly meets: (request: SimRequest) => boolean;
  readonly outcome: (fault: NetworkFault) => Outcome;
  readonly begin: (servers: Servers) => Stage;
}

export interface Stage {
  readonly hosts: Hosts;
  readonly env?: Readonly<Record<string, string>>;
  readonly prepare: (world: World) => unknown;
  readonly run: (world: World, options: RunOptions) => Promise<Run>;
}

/** What is too slow to be started for each case. */
export interface Servers {
  readonly oidc: OidcServer;
  readonly mcp: McpSim;
}

const RESOURCE = 'https://mcp.example/mcp';

export async function startServers(): Promise<Servers & AsyncDisposable> {
  const oidc = await startOidc({ resource: RESOURCE });
  const accepts = (token: string) => oidc.accepts(token, RESOURCE);
  const mcp = await startMcp({ issuer: oidc.issuer, accepts, tools: ['search'] });
  return {
    oidc,
    mcp,
    [Symbol.asyncDispose]: async () => {
      await mcp[Symbol.asyncDispose]();
      await oidc[Symbol.asyncDispose]();
    },
  };
}

/** Only what a moment may mend is tried again, twice. */
const thrice = (why: string): number => (why === 'tls' || why === 'timeout' ? 1 : 3);
const once = (): number => 1;

/** A login: nothing is stored, and every failure is exit code 1. */
function loginOutcome(
  host: string,
  server: RegExp,
  codes: { readonly status: string; readonly body: string },
): Flow['outcome'] {
  return (fault) => {
    const failed = { exitCode: 1, requests: 1 };
    switch (fault.kind) {
      case 'connect':
        return { ...failed, says: noAnswer(host, fault.why), requests: 0 };
      case 'lost':
        return { ...failed, says: noAnswer(host, fault.why) };
      case 'status':
        return { ...failed, says: errorLine(server, codes.status) };
      case 'body':
        return { ...failed, says: errorLine(server, codes.body) };
      default:
        return fault satisfies never;
    }
  };
}

function errorLine(server: RegExp, code: string): RegExp {
  return new RegExp(`^error: [^\\n]*${server.source}[^\\n]* \\[${code}\\]$`, 'm');
}

const CAUSES: Readonly<Record<string, string>> = {
  dns: 'its name does not resolve',
  refused: 'it refused the connection',
  tls: 'its TLS certificate or protocol is not trusted',
  proxy: 'the proxy did not let the request through',
  timeout: 'nothing within (?:8|10|15|20) s',
  reset: 'the connection broke off',
  oversize: 'it is larger than 1 MiB',
};

function noAnswer(host: string, why: string): RegExp {
  const code = why === 'timeout' ? 'network_timeout' : 'network_failed';
  return new RegExp(`^error: no answer from ${host}: ${CAUSES[why]}[^\\n]* \\[${code}\\]$`, 'm');
}

const refresh: Flow = {
  name: 'refresh of a single-use token',
  host: 'auth.openai.com',
  heedsRetryAfter: true,
  tries: (why) => (why === 'timeout' ? 1 : 3),
  field: 'access_token',
  meets: ({ path, body }) => path === '/oauth/token' && body.includes('refresh_token'),
  outcome: (fault) => {
    const failed = (reason: string) => errorLine(new RegExp(`\\(${reason}\\)`), 'refresh_failed');
    const lost = (reason: string) =>
      errorLine(new RegExp(`\\(${reason}\\): its refresh token may be spent`), 'refresh_uncertain');
    const code = 'why' in fault && fault.why === 'timeout' ? 'network_timeout' : 'network_failed';
    switch (fault.kind) {
      case 'connect':
        return { exitCode: 1, says: failed(`${code}: auth.openai.com ${fault.why}`), requests: 0 };
      case 'lost':
        return { exitCode: 5, says: lost(`${code}: auth.openai.com ${fault.why}`), requests: 1 };
      case 'status':
        return fault.status === 429 || fault.mayWait
          ? { exitCode: 1, says: failed(`http_${fault.status}`), requests: fault.mayWait ? 2 : 1 }
          : { exitCode: 5, says: lost(`http_${fault.status}`), requests: 1 };
      case 'body':
        return { exitCode: 5, says: lost('HTTP 200: the answer [a-zA-Z ]+'), requests: 1 };
      default:
        return fault satisfies never;
    }
  },
  begin: () => {
    const sim = codexSim();
    const refreshToken = `first-refresh-${'f'.repeat(20)}`;
    sim.tokens.accept(refreshToken);
    return {
      hosts: sim.hosts,
      prepare: (world) =>
        world.home.seed({
          'openai-codex': [
            {
              label: 'team',
              key: world.secret('expired access token', fakeJwt({ exp: 1000, jti: 'expired' })),
              type: 'oauth',
              source: 'manual:device_code',
              raw: { refresh_token: world.secret('refresh token', refreshToken) },
            },
          ],
        }),
      run: (world, options) =>
        world.gormes(['auth', 'token', 'openai-codex'], { ...options, allowSecretOnStdout: true }),
    };
  },
};

const device: Flow = {
  name: 'login by device code',
  host: 'portal.nousresearch.com',
  tries: thrice,
  field: 'access_token',
  meets: ({ path }) => path === '/api/oauth/token',
  outcome: loginOutcome('portal\\.nousresearch\\.com', /Nous Portal/, {
    status: 'login_failed',
    body: 'login_failed',
  }),
  begin: () => ({
    hosts: nousSim({ interval: 1, pending: 0 }).hosts,
    prepare: () => undefined,
    run: (world, options) => world.gormes(['auth', 'add', 'nous'], options),
  }),
};

const browser: Flow = {
  name: 'login by browser',
  host: 'oauth2.googleapis.com',
  tries: thrice,
  field: 'access_token',
  meets: ({ path }) => path === '/token',
  outcome: loginOutcome('oauth2\\.googleapis\\.com', /Google/, {
    status: 'login_failed',
    body: 'login_failed',
  }),
  begin: () => {
    const clientSecret = 'fake-client-secret';
    const sim = googleSim({ clientSecret, email: 'me@example.com', project: 'p1' });
    return {
      hosts: sim.hosts,
      env: { HERMES_GEMINI_CLIENT_SECRET: clientSecret },
      prepare: () => undefined,
      run: async (world, options) => {
        const args = ['auth', 'add', 'google-gemini-cli', '--no-browser'];
        return comeBack(world.start(args, options), async (url) => sim.authorize(url));
      },
    };
  },
};

const check: Flow = {
  name: 'check of a key',
  host: 'huggingface.co',
  heedsRetryAfter: true,
  tries: once,
  field: 'name',
  meets: () => true,
  outcome: (fault) => {
    const line = (text: string) => new RegExp(`^  mine +${text}`, 'm');
    const unknown = (text: string) => line(`unknown +${text}`);
    switch (fault.kind) {
      case 'connect':
      case 'lost': {
        const says = unknown(`no answer from huggingface\\.co: ${CAUSES[fault.why]}`);
        return { exitCode: 0, says, requests: fault.kind === 'lost' ? 1 : 0 };
      }
      case 'status': {
        const says =
          fault.status === 429
            ? line('limited +rate limit \\(429\\)')
            : unknown(`the provider answered ${fault.status}`);
        return { exitCode: 0, says, requests: 1 };
      }
      case 'body': {
        // The key was taken; what else the answer says is left out where it makes no sense.
        const says =
          fault.shape === 'no JSON'
            ? unknown('its answer is no JSON')
            : line('valid(?:$| +as second-of-two$)');
        return { exitCode: 0, says, requests: 1 };
      }
      default:
        return fault satisfies never;
    }
  },
  begin: () => ({
    hosts: { 'huggingface.co': () => ({ body: { type: 'user', name: 'alice' } }) },
    prepare: (world) =>
      world.home.seed({ huggingface: [{ label: 'mine', key: world.canary('key', 'hf_') }] }),
    run: (world, options) => world.gormes(['auth', 'check', 'huggingface'], options),
  }),
};

const detection: Flow = {
  name: 'detection of an endpoint',
  host: 'api.z.ai',
  tries: () => 2, // two of its endpoints
  field: 'choices',
  meets: ({ path }) => path.endsWith('/chat/completions'),
  // The key is stored all the same: which endpoint takes it is found out by the first use, too.
  outcome: (fault) => {
    const none = (why: string) =>
      new RegExp(`^None answered with this key${why}; using https:`, 'm');
    switch (fault.kind) {
      case 'connect':
      case 'lost': {
        const says = none(` \\(no answer from api\\.z\\.ai: ${CAUSES[fault.why]}[^\\n]*\\)`);
        return { exitCode: 0, says, requests: fault.kind === 'connect' ? 0 : 2 };
      }
      case 'status': // each model is asked for
        return { exitCode: 0, says: none(''), requests: 5 };
      case 'body':
        return {
          exitCode: 0,
          says: none(' \\(the answer of api\\.z\\.ai is no completion\\)'),
          requests: 2,
        };
      default:
        return fault satisfies never;
    }
  },
  begin: () => {
    const key = 'zai-key-0123456789abcdef';
    return {
      hosts: zai({ keys: { [key]: [] } }),
      prepare: (world) => world.secret('key', key),
      run: (world, options) =>
        world.gormes(['auth', 'add', 'zai', '--label', 'mine', '--api-key', '-'], {
          ...options,
          input: `${key}\n`,
        }),
    };
  },
};

const CONFIG = `mcp_servers:\n  linear:\n    url: ${RESOURCE}\n    auth: oauth\n`;

function mcpStage({ oidc, mcp }: Servers): Stage {
  return {
    hosts: { ...oidc.hosts, ...mcp.hosts },
    prepare: (world) => world.home.write('config.yaml', CONFIG),
    run: (world, options) =>
      comeBack(world.start(['mcp', 'login', 'linear'], options), (url) => oidc.browse(url)),
  };
}

const discovery: Flow = {
  name: 'discovery of an MCP server',
  host: 'mcp.example',
  tries: once,
  field: 'resource',
  meets: ({ path }) => path.startsWith('/.well-known/'),
  outcome: loginOutcome('mcp\\.example', /linear/, {
    status: 'mcp_unreachable',
    body: '(?:mcp_unreachable|mcp_untrusted)',
  }),
  begin: mcpStage,
};

const mcpLogin: Flow = {
  name: 'login at an MCP server',
  host: 'as.example',
  tries: once,
  field: 'access_token',
  meets: ({ path }) => path === '/token',
  outcome: loginOutcome('as\\.example', /linear \(as\.example\)/, {
    status: 'login_failed',
    body: 'login_failed',
  }),
  begin: mcpStage,
};

export const FLOWS: readonly Flow[] = [
  refresh,
  device,
  browser,
  check,
  detection,
  discovery,
  mcpLogin,
];

/** Opens the address that a login shows, as a browser does; a login may end before it shows one. */
async function comeBack(running: Running, goTo: (url: string) => Promise<string>): Promise<Run> {
  const address = await shownAddress(running).catch(() => undefined);
  if (address !== undefined) {
    // The page tells how it ends, and so it comes late, or with the end of the program not at all.
    await fetch(await goTo(address)).then(
      (page) => page.text(),
      () => undefined,
    );
  }
  return running.done;
}
