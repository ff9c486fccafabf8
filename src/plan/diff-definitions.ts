import type { DesiredProvider } from '../config/desired.ts';
import type { Change } from './change.ts';
import type { PlanInput } from './context.ts';

/** Defines a custom provider, or mends its definition. */
export function diffDefinition(input: PlanInput, provider: DesiredProvider): Change[] {
  const { custom } = provider;
  if (custom === undefined) return [];
  const live = input.live.customs.find((candidate) => candidate.id === provider.id);
  const same =
    live !== undefined &&
    live.baseUrl === custom.baseUrl &&
    (custom.apiMode === undefined || live.apiMode === custom.apiMode);
  if (same) return [];
  return [
    {
      action: 'endpoint',
      address: provider.id,
      provider: provider.id,
      reason: live === undefined ? 'not_defined' : 'endpoint_changed',
      row: undefined,
      name: custom.name,
      apiMode: custom.apiMode,
      before: live?.baseUrl,
      after: custom.baseUrl,
      managed: { declaration: input.desired.name, protect: false },
    },
  ];
}

/** Definitions of ours whose block is gone. */
export function diffUndefine({ desired, live, ledger }: PlanInput): Change[] {
  return [...ledger.definitions].flatMap(([id, declaration]): Change[] => {
    const definition = live.customs.find((candidate) => candidate.id === id);
    const declared = desired.providers.some((provider) => provider.id === id);
    if (declaration !== desired.name || declared || definition === undefined) return [];
    return [
      {
        action: 'undefine',
        address: id,
        provider: id,
        reason: 'not_declared',
        name: definition.name,
      },
    ];
  });
}
