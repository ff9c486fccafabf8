import type { Deps, Env, Http } from '../base/deps.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { AwsFacts } from '../providers/aws/ask-aws.ts';
import type { AwsIdentity } from '../providers/aws-identity.ts';

/** Nothing else may wait longer for AWS (design §14.2). */
const LIMIT_MS = 2_000;
const DEFAULT_REGION = 'us-east-1';

/**
 * Who AWS says that this machine is, by the AWS SDK's own chain and STS. Loads the SDK, then takes at
 * most two seconds; starts no program, and never fails: what went wrong is the answer.
 *
 * @throws only the reason of `deps.signal`
 */
export async function readAwsIdentity(
  deps: Pick<Deps, 'clock' | 'env' | 'http' | 'signal'>,
  snapshot: Snapshot,
): Promise<AwsIdentity> {
  const { askAws } = await import('../providers/aws/ask-aws.ts');
  const region = snapshot.settings.bedrockRegion;
  const over = new AbortController();
  const signal = AbortSignal.any([deps.signal, over.signal]);
  const http: Http = async (request) => (await deps.http())(request);
  let facts: AwsFacts = {
    source: undefined,
    profile: undefined,
    ssoProfile: undefined,
    region: region ?? DEFAULT_REGION,
  };
  const onFacts = (known: AwsFacts): void => {
    facts = known;
  };
  const asked = withAwsVariables(variablesOf(snapshot, deps.env), () =>
    askAws({ http, signal, region, onFacts }),
  );
  const late = deps.clock.sleep(LIMIT_MS, signal).then(() => tooLate(facts));
  try {
    return await Promise.race([asked, late]);
  } finally {
    over.abort();
    // Whichever is late ends by that abort; nobody waits for it.
    asked.catch(() => undefined);
    late.catch(() => undefined);
  }
}

function tooLate(facts: AwsFacts): AwsIdentity {
  const error = `nothing within ${LIMIT_MS / 1000} s`;
  return { ...facts, state: 'unreachable', account: undefined, arn: undefined, error };
}

/** Every `AWS_…` variable as Hermes sees it: `.env` before the environment. */
function variablesOf({ env, inputs }: Snapshot, processEnv: Env): Map<string, string> {
  const names = [...env.names(), ...Object.keys(processEnv)].filter((name) => /^AWS_/.test(name));
  const variables = new Map<string, string>();
  for (const name of names) {
    const value = inputs.env(name);
    if (value !== undefined) variables.set(name, value);
  }
  // Hermes' SDK takes the keys where both are set, JavaScript's the profile, with a warning.
  if (variables.has('AWS_ACCESS_KEY_ID') && variables.has('AWS_SECRET_ACCESS_KEY')) {
    variables.delete('AWS_PROFILE');
  }
  // A warning about versions of Node is for those who build with the SDK.
  return variables.set('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
}

/**
 * The SDK takes variables from the process and from nowhere else, so they stand there while it works.
 * Only `AWS_…` names are touched, which nothing else of ours reads meanwhile.
 */
async function withAwsVariables<T>(
  variables: ReadonlyMap<string, string>,
  work: () => Promise<T>,
): Promise<T> {
  const before = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  const replace = (next: Iterable<readonly [string, string | undefined]>): void => {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('AWS_')) delete process.env[name];
    }
    for (const [name, value] of next) process.env[name] = value;
  };
  replace(variables);
  try {
    return await work();
  } finally {
    replace(before);
  }
}
