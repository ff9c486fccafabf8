import type { Deps, Http } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { escapeControls, listOf } from '../base/text.ts';
import type {
  Announcement,
  Grant,
  LoginContext,
  LoginOption,
  LoginOptions,
  OAuthDriver,
} from '../providers/oauth.ts';
import type { ProviderRow } from '../providers/provider.ts';

/** Options of the connection, for every provider. */
export interface LoginNetwork {
  readonly insecure?: boolean | undefined;
  readonly caBundle?: string | undefined;
  /** Milliseconds for one request; not the time that a person has. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a person has; default: as the flow says. */
  readonly waitMs?: number | undefined;
}

/** How a login talks to a person. Made by the command: the terminal is its. */
export interface LoginIo {
  /** Announces for one address; several logins may be under way. */
  readonly show: (address: string, announcement: Announcement) => void;
  /** One pasted line without echo; undefined where nobody can paste. */
  readonly paste: ((address: string, signal: AbortSignal) => Promise<Secret>) | undefined;
}

export interface LoginRequest {
  readonly address: string;
  readonly row: ProviderRow;
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
  /** The account that must come out of it; undefined for any. */
  readonly account: string | undefined;
  /** `.env` before the environment. */
  readonly env: (name: string) => string | undefined;
  /** `providers.<id>` as it stands; undefined where there is none. */
  readonly stored: JsonObject | undefined;
}

/** The driver of a provider. Throws `type_not_offered` where there is none. */
export async function getDriver(row: ProviderRow): Promise<OAuthDriver> {
  if (row.driver === undefined) {
    throw new GormesError('type_not_offered', `${row.name} has no OAuth login`, {
      hint: `gormes auth add ${row.id} --type api-key`,
    });
  }
  return await row.driver();
}

/**
 * Lets a person log in and returns the grant; stores nothing. The account is checked here, before
 * anything is written.
 *
 * @throws `option_not_taken` (exit 64), `account_mismatch`, and what a driver throws
 */
export async function logIn(deps: Deps, io: LoginIo, request: LoginRequest): Promise<Grant> {
  const { row, options, account } = request;
  const driver = await getDriver(row);
  refuseForeignOptions(row, driver, options);
  const { paste } = io;
  const context: LoginContext = {
    clock: deps.clock,
    random: deps.random,
    http: await httpFor(deps, request.network),
    signal: deps.signal,
    show: (announcement) => io.show(request.address, announcement),
    paste: paste && ((signal) => paste(request.address, signal)),
    env: request.env,
    userHome: deps.userHome,
    options,
    stored: request.stored,
    waitMs: request.network.waitMs,
  };
  const grant = withTls(await driver.login(context), request.network);
  if (account !== undefined && grant.account !== undefined && grant.account !== account) {
    throw new GormesError(
      'account_mismatch',
      `logged in as ${escapeControls(grant.account)}, but ${request.address} is declared for ${escapeControls(account)}`,
      { hint: 'log in with the other account, or change account: in the declaration' },
    );
  }
  if (account !== undefined && grant.account === undefined) {
    deps.notice(
      `${row.name} does not tell which account logged in; ${escapeControls(account)} is expected`,
    );
  }
  return grant;
}

/** The stored login of a provider, for settings that hold until others are given. */
export function storedLogin(logins: JsonObject, provider: string): JsonObject | undefined {
  const stored = Object.hasOwn(logins, provider) ? logins[provider] : undefined;
  return isJsonObject(stored) ? stored : undefined;
}

/** How the login trusted the server is kept with it, so that a refresh does the same (pool-store §2.1). */
function withTls(grant: Grant, { insecure, caBundle }: LoginNetwork): Grant {
  if (insecure === undefined && caBundle === undefined) return grant;
  const tls = { insecure: insecure ?? false, ca_bundle: caBundle ?? null };
  return { ...grant, facts: { ...grant.facts, tls } };
}

async function httpFor(deps: Deps, { insecure, caBundle, timeoutMs }: LoginNetwork): Promise<Http> {
  const http = await deps.http({ insecure, caBundle });
  if (timeoutMs === undefined) return http;
  return (request) => http({ ...request, timeoutMs });
}

const OPTION_NAMES: Readonly<Record<LoginOption, string>> = {
  portalUrl: '--portal-url',
  inferenceUrl: '--inference-url',
  clientId: '--client-id',
  redirectUri: '--redirect-uri',
  scopes: '--scope',
  minKeyTtlMs: '--min-key-ttl-seconds',
};

/** An option that would be ignored is a mistake that nobody sees, so it is refused. */
function refuseForeignOptions(row: ProviderRow, driver: OAuthDriver, options: LoginOptions): void {
  const names = Object.keys(OPTION_NAMES) as LoginOption[];
  const foreign = names.filter(
    (name) => options[name] !== undefined && !driver.takes.includes(name),
  );
  if (foreign.length === 0) return;
  const given = listOf(foreign.map((name) => OPTION_NAMES[name]));
  throw new GormesError('option_not_taken', `a login to ${row.name} takes no ${given}`, {
    exitCode: EXIT.usage,
    hint: `gormes auth add ${row.id}`,
  });
}
