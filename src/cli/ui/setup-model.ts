import { chooseModel } from '../../apply/choose-model.ts';
import { readCurrentModel } from '../../apply/model-choices.ts';
import { readStatus } from '../../apply/read-status.ts';
import type { SectionResult } from '../../apply/setup/run-setup.ts';
import type { Deps } from '../../base/deps.ts';
import { type JsonObject, stringAt } from '../../base/json.ts';
import type { PoolStore } from '../../pool/store.ts';
import { viewChosenModel } from '../views/model.ts';
import type { Dialogue } from './dialogue.ts';
import { runModelDialogue } from './model-dialogue.ts';

interface ModelSection {
  /** Answers in advance. */
  readonly given: JsonObject | undefined;
  readonly dialogue: Dialogue | undefined;
  readonly quick: boolean;
}

/**
 * The model section of `setup`: by answers in advance, or as `gormes model` asks; with `quick` only
 * when there is no model, or nothing to use it with. Without answers and terminal it stays as it is.
 */
export async function runModel(
  deps: Deps,
  store: PoolStore,
  { given, dialogue, quick }: ModelSection,
): Promise<SectionResult> {
  const { providerId, model, provider } = readCurrentModel(await store.read());
  const answers = given ?? {};
  const named = stringAt(answers, 'provider');
  const wanted = stringAt(answers, 'model');
  const of = named ?? provider;
  if (wanted !== undefined && of !== undefined) {
    const baseUrl = stringAt(answers, 'base_url');
    const apiMode = stringAt(answers, 'api_mode');
    const chosen = await chooseModel(deps, store, {
      provider: of,
      model: wanted,
      baseUrl,
      apiMode,
    });
    return written([...chosen.notes, viewChosenModel(chosen)]);
  }
  const isComplete = model !== undefined && (await isUsable(deps, store, providerId));
  if (dialogue === undefined) {
    const notes = isComplete ? [] : ['Note: choose a model: gormes model'];
    return { section: 'model', written: [], skipped: false, notes, next: [] };
  }
  if (quick && isComplete)
    return { section: 'model', written: [], skipped: false, notes: [], next: [] };
  const login = { noBrowser: false, options: {}, network: {} };
  const chosen = await runModelDialogue(dialogue, { provider: named, login });
  if (chosen === undefined)
    return { section: 'model', written: [], skipped: true, notes: [], next: [] };
  return written([...chosen.notes, viewChosenModel(chosen)]);
}

function written(notes: readonly string[]): SectionResult {
  return {
    section: 'model',
    written: ['model.default', 'model.provider'],
    skipped: false,
    notes,
    next: [],
  };
}

async function isUsable(
  deps: Deps,
  store: PoolStore,
  provider: string | undefined,
): Promise<boolean> {
  if (provider === undefined) return false;
  const { env, userHome, clock } = deps;
  return readStatus(await store.read(), provider, { env, userHome, nowMs: clock.now() }).logged_in;
}
