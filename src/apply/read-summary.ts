import { join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { AwsIdentity } from '../providers/aws-identity.ts';
import { ambientInput } from './ambient-input.ts';
import { readAwsIdentity } from './read-aws-identity.ts';
import { readStatus } from './read-status.ts';

/**
 * The AWS identity for the summary of bare `auth` (design §14.2); undefined where there is none. AWS
 * is asked only where something points to it: a variable, a file, or a choice of Bedrock. A laptop
 * without any would wait two seconds for the metadata service of a machine that it is not.
 */
export async function readAwsSummary(
  deps: Deps,
  snapshot: Snapshot,
): Promise<AwsIdentity | undefined> {
  if (!pointsToAws(deps, snapshot)) return undefined;
  const identity = await readAwsIdentity(deps, snapshot);
  return identity.state === 'no_credentials' ? undefined : identity;
}

function pointsToAws({ env, userHome, clock }: Deps, snapshot: Snapshot): boolean {
  const { settings, inputs } = snapshot;
  if (settings.model.providerId === 'bedrock' || settings.bedrockRegion !== undefined) return true;
  if (readStatus(snapshot, 'bedrock', { env, userHome, nowMs: clock.now() }).logged_in) return true;
  // Profiles with a role or SSO stand in this file alone.
  const file = inputs.env('AWS_CONFIG_FILE') ?? (userHome && join(userHome, '.aws/config'));
  return file !== undefined && ambientInput(inputs.env, { env, userHome }).isFile(file);
}
