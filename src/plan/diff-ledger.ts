import { mcpServerOf } from '../pool/session.ts';
import { providerOf } from './addresses.ts';
import type { Change } from './change.ts';
import type { PlanInput } from './context.ts';

/** The ledger as it will be once the declared moves are done. */
export function withMoves(input: PlanInput): PlanInput {
  if (input.desired.moved.length === 0) return input;
  const entries = new Map(input.ledger.entries);
  for (const { from, to } of input.desired.moved) {
    const binding = entries.get(from);
    if (binding === undefined || entries.has(to)) continue;
    entries.delete(from);
    entries.set(to, binding);
  }
  return { ...input, ledger: { ...input.ledger, entries } };
}

/** Addresses that the declaration gives a new name. */
export function diffMoves({ desired, ledger }: PlanInput): Change[] {
  return desired.moved.flatMap(({ from, to }): Change[] =>
    ledger.entries.has(from) && !ledger.entries.has(to)
      ? [
          {
            action: 'move',
            address: from,
            provider: providerOf(from),
            reason: 'declared_moved',
            to,
          },
        ]
      : [],
  );
}

/** Addresses of ours that are to be managed no more. */
export function diffForget({ desired, ledger }: PlanInput): Change[] {
  return desired.forget.flatMap((address): Change[] => {
    const binding = ledger.entries.get(address) ?? ledger.sessions.get(address);
    if (binding?.declaration !== desired.name) return [];
    const provider = mcpServerOf(address) === undefined ? providerOf(address) : 'mcp';
    return [{ action: 'forget', address, provider, reason: 'declared_forgotten' }];
  });
}
