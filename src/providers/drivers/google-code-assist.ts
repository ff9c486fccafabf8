import type { HttpReply } from '../../base/deps.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseObject,
  stringAt,
} from '../../base/json.ts';
import type { Secret } from '../../base/secret.ts';
import { plainText, refusalOf } from '../flows/token-reply.ts';
import type { LoginContext } from '../oauth.ts';

// All facts: oauth-flows §8.1.
const ENDPOINTS = [
  'https://cloudcode-pa.googleapis.com',
  'https://daily-cloudcode-pa.sandbox.googleapis.com',
  'https://autopush-cloudcode-pa.sandbox.googleapis.com',
] as const;
const PROJECT_ENV = ['HERMES_GEMINI_PROJECT_ID', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_PROJECT_ID'];
const TIMEOUT_MS = 30_000;
const POLLS = 12;
const POLL_MS = 5_000;

/** Tiers for which Google assigns a project itself. */
const FREE_TIER = 'free-tier';
const WITHOUT_PROJECT: readonly string[] = [FREE_TIER, 'legacy-tier'];

/** The project of Code Assist, under the names of Hermes' packed refresh token; empty for none. */
export interface CodeAssistProject {
  readonly project_id: string;
  /** Set by Google on the free tier only. */
  readonly managed_project_id: string;
}

type Found = CodeAssistProject | { readonly why: string };

/**
 * The project that requests of the account are billed to: that of a variable, the one that Code
 * Assist knows, or the one that it assigns when the account is new.
 *
 * A failure is a finding and not an error: the login itself has succeeded by then.
 */
export async function findProject(context: LoginContext, accessToken: Secret): Promise<Found> {
  const given = PROJECT_ENV.map((name) => context.env(name)?.trim()).find(Boolean);
  if (given) return { project_id: given, managed_project_id: '' };
  const ask = asker(context, accessToken);
  try {
    const loaded = await load(ask);
    if (loaded === undefined) return noProject('Code Assist does not answer');
    const { body, endpoint } = loaded;
    const project = projectIn(body.cloudaicompanionProject);
    if (tierOf(body.currentTier) !== undefined) return found(tierOf(body.currentTier), project);
    const tier = defaultTier(body.allowedTiers) ?? FREE_TIER;
    if (!WITHOUT_PROJECT.includes(tier) && project === undefined) {
      return noProject(`the account's plan (${plainText(tier) ?? 'unknown'}) needs a project`);
    }
    return await onboard(context, ask, endpoint, tier, project);
  } catch {
    context.signal.throwIfAborted();
    return noProject('Code Assist cannot be reached');
  }
}

function noProject(why: string): Found {
  return { why: `no Google Cloud project was found: ${why}. GOOGLE_CLOUD_PROJECT names one` };
}

function found(tier: string | undefined, project: string | undefined): CodeAssistProject {
  const id = project ?? '';
  return { project_id: id, managed_project_id: tier === FREE_TIER ? id : '' };
}

type Ask = (url: string, body: JsonObject) => Promise<HttpReply>;

/** Requests as the Gemini CLI sends them. */
function asker(context: LoginContext, accessToken: Secret): Ask {
  return (url, body) =>
    context.http({
      method: 'POST',
      url,
      headers: {
        authorization: `Bearer ${accessToken.reveal()}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'google-api-nodejs-client/9.15.1 (gzip)',
        'x-goog-api-client': 'gl-node/24.0.0',
        'x-activity-request-id': uuid(context.random(16)),
      },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    });
}

/** A random UUID (RFC 9562 §5.4). */
function uuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function metadata(project: string): JsonObject {
  return {
    duetProject: project,
    ideType: 'IDE_UNSPECIFIED',
    platform: 'PLATFORM_UNSPECIFIED',
    pluginType: 'GEMINI',
  };
}

/** What Code Assist knows of the account, from the first endpoint that says something. */
async function load(
  ask: Ask,
): Promise<{ readonly endpoint: string; readonly body: JsonObject } | undefined> {
  for (const endpoint of ENDPOINTS) {
    const reply = await ask(`${endpoint}/v1internal:loadCodeAssist`, {
      metadata: metadata(''),
    }).catch(() => undefined);
    const body = reply && parseObject(reply.body);
    if (!reply || body === undefined) continue;
    if (reply.status === 200) return { endpoint, body };
    // VPC-SC hides the tier of an account that has one.
    if (hasReason(body, 'SECURITY_POLICY_VIOLATED')) {
      return { endpoint, body: { currentTier: { id: 'standard-tier' } } };
    }
  }
  return undefined;
}

async function onboard(
  context: LoginContext,
  ask: Ask,
  endpoint: string,
  tier: string,
  project: string | undefined,
): Promise<Found> {
  // On the free tier a project of one's own makes it fail.
  const own = tier === FREE_TIER ? undefined : project;
  let reply = await ask(`${endpoint}/v1internal:onboardUser`, {
    tierId: tier,
    metadata: metadata(own ?? ''),
    ...(own === undefined ? {} : { cloudaicompanionProject: own }),
  });
  for (let polls = 0; ; polls++) {
    const operation = parseObject(reply.body);
    if (reply.status !== 200 || operation === undefined) {
      const { code } = refusalOf(reply.status, operation);
      return noProject(
        `Code Assist did not set the account up (${code ?? `HTTP ${reply.status}`})`,
      );
    }
    if (operation.done === true) {
      const response = isJsonObject(operation.response) ? operation.response : {};
      return found(tier, projectIn(response.cloudaicompanionProject) ?? own);
    }
    // The name becomes part of a path: nothing but an operation's name may.
    const name = stringAt(operation, 'name') ?? '';
    if (polls === POLLS || !/^operations\/[\w.-]{1,200}$/.test(name)) {
      return noProject('Code Assist is still setting the account up');
    }
    await context.clock.sleep(POLL_MS, context.signal);
    reply = await ask(`${endpoint}/v1internal/${name}`, {});
  }
}

/** Hermes reads a string here, the Gemini CLI an object with an id: both occur. */
function projectIn(value: Json | undefined): string | undefined {
  const id = isJsonObject(value) ? value.id : value;
  // Packed with `|` in between (oauth-flows §8).
  return typeof id === 'string' && /^[\w:.-]{1,128}$/.test(id) ? id : undefined;
}

function tierOf(value: Json | undefined): string | undefined {
  return isJsonObject(value) ? stringAt(value, 'id') : undefined;
}

function defaultTier(value: Json | undefined): string | undefined {
  const tiers = Array.isArray(value) ? value.filter(isJsonObject) : [];
  return tierOf(tiers.find((tier) => tier.isDefault === true));
}

/** Looks for a reason in the details of a Google error (AIP-193). */
function hasReason(body: JsonObject, reason: string): boolean {
  const details = isJsonObject(body.error) ? body.error.details : undefined;
  return Array.isArray(details) && details.some((d) => isJsonObject(d) && d.reason === reason);
}
