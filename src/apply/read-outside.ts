import type { Deps } from '../base/deps.ts';
import type { Desired, DesiredProvider } from '../config/desired.ts';
import type { OutsideFacts } from '../plan/context.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { readAwsIdentity } from './read-aws-identity.ts';

/** What a declaration asserts of the world, as it stands. Writes nothing; asks nobody for a secret. */
export async function readOutside(
  deps: Pick<Deps, 'clock' | 'env' | 'http' | 'signal'>,
  snapshot: Snapshot,
  desired: Desired,
): Promise<OutsideFacts> {
  const asserts = desired.providers.some((provider) => isAsserted(provider.asserts));
  return { aws: asserts ? await readAwsIdentity(deps, snapshot) : undefined };
}

function isAsserted(asserts: DesiredProvider['asserts']): boolean {
  return asserts !== undefined && Object.keys(asserts).length > 0;
}
