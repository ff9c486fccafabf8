import type { CurrentModel } from '../../apply/model-choices.ts';
import type { ChosenModel } from '../../apply/set-model.ts';
import { escapeControls } from '../../base/text.ts';

/** The head of the model dialogue (cli-surface §12). */
export function viewCurrentModel({ model, provider }: CurrentModel): string {
  return [
    `Current model:    ${escapeControls(model ?? '(not set)')}`,
    `Active provider:  ${escapeControls(provider ?? 'none')}`,
  ].join('\n');
}

export function currentModelToJson(current: CurrentModel): object {
  return {
    model: current.model ?? null,
    provider: current.provider ?? null,
    provider_id: current.providerId ?? null,
    base_url: current.baseUrl ?? null,
  };
}

/** The outcome as Hermes words it. */
export function viewChosenModel({ model, name }: ChosenModel): string {
  return `Default model set to: ${escapeControls(model)} (via ${escapeControls(name)})`;
}

export function chosenModelToJson(chosen: ChosenModel): object {
  return {
    model: chosen.model,
    provider: chosen.written,
    provider_id: chosen.provider,
    base_url: chosen.baseUrl ?? null,
    notes: chosen.notes,
  };
}
