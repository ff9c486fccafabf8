import { listModels } from '../../apply/list-models.ts';
import { escapeControls, plural } from '../../base/text.ts';
import type { ListedModel } from '../../providers/model-facts.ts';
import { viewModels, viewPrice } from '../views/models.ts';
import type { Dialogue } from './dialogue.ts';
import type { Choice } from './prompts.ts';

const TYPE = Symbol('type a name');
const SKIP = Symbol('keep the current one');

/**
 * Asks for a model of a provider: one of its own list, with what the list tells, or a name that is
 * typed. One that is dear is asked about again, as Hermes does.
 *
 * @returns undefined: keep what there is
 */
export async function askModel(dialogue: Dialogue, provider: string): Promise<string | undefined> {
  const { context, deps, prompts, store } = dialogue;
  const { settings } = await store.read();
  const { models, from, problem } = await listModels(deps, store, provider);
  if (problem !== undefined) {
    const rest = models.length === 0 ? '' : `; ${plural(models.length, 'well-known name')} below`;
    context.out.notice(`The list of models can't be had: ${escapeControls(problem)}${rest}.`);
  }
  const isCurrent = settings.model.providerId === provider;
  const current = isCurrent ? settings.model.default : undefined;
  const saved = settings.customs.find(({ id }) => id === provider)?.model;
  const offered = withFirst(models, [current, saved]);
  if (offered.length === 0) return await askName(dialogue);
  const view = viewModels(offered, current, context.out.columns);
  const rows: Choice<string | symbol>[] = view.rows.map(({ label, hint }, index) => ({
    value: offered[index]?.name ?? SKIP,
    label,
    ...(hint === undefined ? {} : { hint }),
  }));
  rows.push({ value: TYPE, label: 'Enter a name', always: true });
  rows.push({ value: SKIP, label: 'Skip (keep current)', always: true });
  const facts = [
    from === 'provider' ? plural(models.length, 'model') : undefined,
    view.head,
  ].filter((fact) => fact !== undefined);
  const head = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
  for (;;) {
    const chosen = await prompts.search(`Select default model${head}`, rows);
    if (chosen === TYPE) return await askName(dialogue);
    const model = offered.find(({ name }) => name === chosen);
    if (model === undefined) return undefined;
    if (model.name === current || (await isMeant(dialogue, model))) return model.name;
  }
}

/** The names in use come first, with what the list says of them. */
function withFirst(
  models: readonly ListedModel[],
  names: readonly (string | undefined)[],
): ListedModel[] {
  const first = [...new Set(names)].flatMap((name) => {
    if (name === undefined) return [];
    return [models.find((model) => model.name === name) ?? { name }];
  });
  return [...new Set([...first, ...models])];
}

/** As in Hermes: dollars per million tokens above which it asks again (cli-surface §12.1). */
const DEAR = { input: 20, output: 100 };

async function isMeant({ prompts }: Dialogue, { name, price }: ListedModel): Promise<boolean> {
  if (price === undefined) return true;
  if (price.input <= DEAR.input && price.output <= DEAR.output) return true;
  const question = `${escapeControls(name)} is dear: ${viewPrice(price)}. Use it?`;
  return (await prompts.yesNo(question, false)) === true;
}

async function askName({ prompts }: Dialogue): Promise<string | undefined> {
  const name = await prompts.text('Model name (empty: no change)');
  return name || undefined;
}
