/**
 * The AWS SDK's own chain of credentials, and STS. Loads the SDK (a quarter of a megabyte): import it
 * on demand. Rules:
 * - every request that the SDK lets us send goes through our own HTTP; the metadata services, which no
 *   proxy reaches, are asked by the SDK itself, with a short time limit and once;
 * - no program is started: a profile with `credential_process` is told, not run;
 * - errors of the SDK hold requests and answers, so only their kind and AWS's code are kept.
 */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
  parseKnownFiles,
} from '@smithy/core/config';
import type { Http } from '../../base/deps.ts';
import { NetworkError } from '../../base/network-error.ts';
import type { AwsIdentity } from '../aws-identity.ts';

/** For one question to a metadata service of this machine; the SDK asks up to two. */
const METADATA_MS = 700;
const DEFAULT_REGION = 'us-east-1';
/** More roles than that in a row are a circle. */
const ROLE_CHAIN = 10;

export interface AwsInput {
  readonly http: Http;
  readonly signal: AbortSignal;
  /** A region that is set for Bedrock alone; else variable, profile, default. */
  readonly region: string | undefined;
  /** Told as soon as the files are read: what is known without asking anybody. */
  readonly onFacts: (facts: AwsFacts) => void;
}

export type AwsFacts = Pick<AwsIdentity, 'source' | 'profile' | 'ssoProfile' | 'region'>;

/**
 * Who this machine is for AWS. Reads variables (`AWS_…` of the process), the shared files and the SSO
 * cache; then asks STS. Never rejects but when `signal` is aborted.
 */
export async function askAws(input: AwsInput): Promise<AwsIdentity> {
  const region = input.region ?? (await findRegion());
  const profiles = await readProfiles();
  const profile = profileInUse(profiles);
  const facts = {
    source: sourceOf(profile),
    profile,
    ssoProfile: profilesBehind(profiles, profile).find((name) => usesSso(profiles[name] ?? {})),
    region,
    account: undefined,
    arn: undefined,
  };
  input.onFacts(facts);
  if (process.env.AWS_BEARER_TOKEN_BEDROCK) {
    const source = 'AWS_BEARER_TOKEN_BEDROCK';
    const none = { profile: undefined, ssoProfile: undefined, error: undefined };
    return { ...facts, ...none, state: 'bearer_token', source };
  }
  if (runsProgram(profiles, profile)) {
    return { ...facts, state: 'not_asked', error: 'credential_process' };
  }
  const failures: NetworkError[] = [];
  const requestHandler = handlerOver(input, failures);
  const clientConfig = { requestHandler, region, maxAttempts: 1 };
  let found: object;
  let identity: { readonly Account?: string | undefined; readonly Arn?: string | undefined };
  try {
    const credentials = await defaultProvider({
      clientConfig,
      timeout: METADATA_MS,
      maxRetries: 0,
    })();
    found = credentials;
    identity = await new STSClient({ ...clientConfig, credentials }).send(
      new GetCallerIdentityCommand({}),
    );
  } catch (error) {
    input.signal.throwIfAborted();
    return { ...facts, ...failureOf(error, failures, facts.source !== undefined) };
  }
  return {
    ...facts,
    ...(isOfProfile(found) || facts.source !== undefined ? {} : { source: 'iam-role' }),
    state: 'known',
    account: identity.Account,
    arn: identity.Arn,
    error: undefined,
  };
}

type Profiles = Awaited<ReturnType<typeof parseKnownFiles>>;

/** Files that can't be read hold no profile: the chain comes to the same. */
async function readProfiles(): Promise<Profiles> {
  return await parseKnownFiles({}).catch(() => ({}));
}

/** As Hermes: both variables, then the profile of the user's own file (oauth-flows §12). */
async function findRegion(): Promise<string> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const set = AWS_REGION || AWS_DEFAULT_REGION;
  if (set) return set;
  return await loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)().catch(
    () => DEFAULT_REGION,
  );
}

/** The profile that the chain takes; undefined where variables come first, or there is none. */
function profileInUse(profiles: Profiles): string | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE } = process.env;
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) return undefined;
  if (AWS_PROFILE) return AWS_PROFILE;
  return Object.hasOwn(profiles, 'default') && holdsCredentials(profiles.default ?? {})
    ? 'default'
    : undefined;
}

/** A profile that only sets a region gives no credentials. */
function holdsCredentials(profile: Profiles[string]): boolean {
  return (
    ['aws_access_key_id', 'role_arn', 'credential_process', 'login_session'].some(
      (key) => profile[key] !== undefined,
    ) || usesSso(profile)
  );
}

function usesSso(profile: Profiles[string]): boolean {
  return Object.keys(profile).some((key) => key.startsWith('sso_'));
}

/** Hermes' names for where credentials come from (oauth-flows §12). */
function sourceOf(profile: string | undefined): string | undefined {
  const { env } = process;
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) return 'AWS_ACCESS_KEY_ID';
  if (env.AWS_PROFILE) return 'AWS_PROFILE';
  if (profile !== undefined) return `profile ${profile}`;
  return [
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ].find((name) => env[name]);
}

/** Whether the profile, or one whose role it takes on, gets its credentials from a program. */
function runsProgram(profiles: Profiles, profile: string | undefined): boolean {
  return profilesBehind(profiles, profile).some(
    (name) => profiles[name]?.credential_process !== undefined,
  );
}

/** The profile, then those that give it their credentials to take a role on. */
function profilesBehind(profiles: Profiles, profile: string | undefined): string[] {
  const names: string[] = [];
  let name = profile;
  while (name !== undefined && !names.includes(name) && names.length < ROLE_CHAIN) {
    names.push(name);
    name = profiles[name]?.source_profile;
  }
  return names;
}

/** The SDK notes in the credentials which of its ways gave them. */
function isOfProfile(credentials: object): boolean {
  const ways = '$source' in credentials ? credentials.$source : undefined;
  return Object.keys(ways ?? {}).some((name) => name.startsWith('CREDENTIALS_PROFILE'));
}

function failureOf(
  error: unknown,
  failures: readonly NetworkError[],
  hasSource: boolean,
): Pick<AwsIdentity, 'state' | 'error'> {
  const [network] = failures;
  if (network !== undefined) return { state: 'unreachable', error: network.why };
  const status = statusOf(error);
  const code = error instanceof Error && /^[A-Za-z]{1,64}$/.test(error.name) ? error.name : 'Error';
  if (status !== undefined && status >= 500) return { state: 'unreachable', error: code };
  // The chain went through to its end: with nothing set there is nothing; else it is not usable.
  if (code === 'CredentialsProviderError' && !hasSource) {
    return { state: 'no_credentials', error: undefined };
  }
  return { state: 'refused', error: code };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const status = 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** What the SDK hands over, as far as it is used. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The SDK's transport over our own: proxy, certificates and limits hold for it too. */
function handlerOver({ http, signal }: AwsInput, failures: NetworkError[]) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest) => {
      const { method, headers } = request;
      if (method !== 'GET' && method !== 'POST') throw new Error(`${method} is not sent`);
      // What the client computes itself must not stand twice.
      const { host: _host, 'content-length': _length, ...rest } = headers;
      try {
        const reply = await http({
          method,
          url: urlOf(request),
          headers: rest,
          ...(method === 'POST' ? { body: bodyOf(request.body) } : {}),
          signal,
        });
        return {
          response: {
            statusCode: reply.status,
            headers: { ...reply.headers },
            body: Buffer.from(reply.body, 'utf8'),
          },
        };
      } catch (error) {
        if (error instanceof NetworkError) failures.push(error);
        throw error;
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const each of [value].flat()) url.searchParams.append(name, each ?? '');
  }
  return url.href;
}

function bodyOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
}
