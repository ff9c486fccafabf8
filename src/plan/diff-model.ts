import type { Change } from './change.ts';
import type { PlanInput } from './context.ts';

/** The declared choice of model. */
export function diffModel({ desired, live }: PlanInput): Change[] {
  const { model } = desired;
  if (model === undefined) return [];
  const differs =
    (model.provider !== undefined && model.provider !== live.model.provider) ||
    (model.default !== undefined && model.default !== live.model.default);
  if (!differs) return [];
  const after = {
    provider: model.provider ?? live.model.provider,
    default: model.default ?? live.model.default,
  };
  return [
    {
      action: 'model',
      address: 'model',
      provider: 'model',
      reason: 'model_changed',
      before: live.model,
      after,
    },
  ];
}
