import type { DesiredCredential } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import { guess } from './guess.ts';
import { type ScalarNode, stringOf } from './tree.ts';

/**
 * Reports a pin on something that will not be there: it would be no pin, and another credential,
 * perhaps somebody else's money, would be used.
 *
 * @param provider key of the block, for messages
 * @param credentials all that the block declares
 */
export function checkPin(
  node: ScalarNode,
  provider: string,
  credentials: readonly DesiredCredential[],
  findings: Findings,
): void {
  const label = stringOf(node);
  if (label === undefined) return;
  const pinned = credentials.find((credential) => credential.label === label);
  if (pinned?.state === 'present') return;
  if (pinned !== undefined) {
    const message = `${quote(pinned.address)} cannot be both absent and pinned`;
    findings.error('field_conflict', message, node, { hint: 'drop one of the two' });
    return;
  }
  const labels = credentials.flatMap((each) => (each.state === 'present' ? [each.label] : []));
  const hint = (): string => {
    const meant = guess(label, labels);
    return meant === undefined
      ? 'declare it, or pin one of its credentials'
      : `did you mean ${quote(meant)}?`;
  };
  const message = `${quote(provider)} declares no credential ${quote(label)} to pin`;
  findings.error('pin_not_declared', message, node, { hint });
}
