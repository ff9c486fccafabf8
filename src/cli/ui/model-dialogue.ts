import { getPoolProvider } from '../../apply/find-pool-provider.ts';
import { type ProviderChoice, readProviderChoices } from '../../apply/model-choices.ts';
import { urlProblem } from '../../apply/model-input.ts';
import { readStatus, type StatusDeps } from '../../apply/read-status.ts';
import { type ChosenModel, effectiveUrl, fieldDefaults, setModel } from '../../apply/set-model.ts';
import { escapeControls, plural } from '../../base/text.ts';
import { findProvider } from '../../providers/find-provider.ts';
import { type ModelRule, modelRule } from '../../providers/model-rules.ts';
import { askCredential, type LoginChoice } from './add-dialogue.ts';
import { askModel } from './ask-model.ts';
import type { Dialogue } from './dialogue.ts';
import { addEndpoint, askApiMode, forgetEndpoint } from './endpoint-dialogue.ts';
import type { Choice } from './prompts.ts';

export interface ModelWish {
  /** Given on the command line; undefined asks. */
  readonly provider: string | undefined;
  readonly login: LoginChoice;
}

type Picked =
  | { readonly kind: 'provider'; readonly id: string }
  | { readonly kind: 'new' | 'forget' | 'leave' };

/**
 * Lets a person choose provider and model (cli-surface §12), and writes the choice at the end. A
 * credential that was added on the way stays, whatever is chosen then.
 *
 * @returns undefined when nothing was chosen
 */
export async function runModelDialogue(
  dialogue: Dialogue,
  wish: ModelWish,
): Promise<ChosenModel | undefined> {
  const { deps, store } = dialogue;
  const picked = await pickProvider(dialogue, wish.provider);
  switch (picked?.kind) {
    case undefined:
    case 'leave':
      return undefined;
    case 'forget':
      await forgetEndpoint(dialogue);
      return await runModelDialogue(dialogue, wish);
    case 'new': {
      const added = await addEndpoint(dialogue);
      if (added === undefined) return undefined;
      return await setModel(deps, store, added);
    }
    case 'provider':
      return await chooseModelOf(dialogue, picked.id, wish.login);
    default:
      return picked satisfies never;
  }
}

async function pickProvider(
  dialogue: Dialogue,
  given: string | undefined,
): Promise<Picked | undefined> {
  const { prompts, store } = dialogue;
  const snapshot = await store.read();
  if (given?.trim().toLowerCase() === 'custom') return { kind: 'new' };
  if (given !== undefined) return { kind: 'provider', id: getPoolProvider(snapshot, given).id };
  const choices = readProviderChoices(snapshot, statusDeps(dialogue));
  const rows: Choice<Picked>[] = choices.map((choice) => ({
    value: { kind: 'provider', id: choice.id },
    ...providerRow(choice),
  }));
  rows.push({ value: { kind: 'new' }, label: 'Custom endpoint (enter URL manually)' });
  if (snapshot.settings.customs.length > 0)
    rows.push({ value: { kind: 'forget' }, label: 'Remove a saved custom endpoint' });
  rows.push({ value: { kind: 'leave' }, label: 'Leave unchanged' });
  const current = rows[choices.findIndex((choice) => choice.current)]?.value;
  return await prompts.search('Select provider', rows, current);
}

const GROUP_WORDS = { ready: 'ready ', login: 'login ', custom: 'custom' } as const;

function providerRow({ name, group, credentials, current }: ProviderChoice) {
  const hint = {
    ready: credentials > 0 ? plural(credentials, 'credential') : 'ready',
    login: 'needs a key or a login first',
    custom: 'of config.yaml',
  }[group];
  const mark = current ? '  ← active' : '';
  return { label: `${GROUP_WORDS[group]}  ${escapeControls(name)}${mark}`, hint };
}

async function chooseModelOf(
  dialogue: Dialogue,
  provider: string,
  login: LoginChoice,
): Promise<ChosenModel | undefined> {
  const { deps, prompts, store } = dialogue;
  if (!(await makeReady(dialogue, provider, login))) return undefined;
  const row = findProvider(provider);
  const rule = row === undefined ? undefined : modelRule(provider);
  const baseUrl = rule === undefined ? undefined : await askBaseUrl(dialogue, provider, rule);
  if (baseUrl === null) return undefined;
  const apiMode = rule?.asksApiMode ? await askApiMode(prompts) : undefined;
  if (apiMode === null) return undefined;
  const fields = rule === undefined ? {} : await askFields(dialogue, rule);
  if (fields === undefined) return undefined;
  const model = await askModel(dialogue, provider);
  if (model === undefined) return undefined;
  return await setModel(deps, store, { provider, model, baseUrl, apiMode, fields });
}

/** Logs in where nothing is usable, else asks whether that is what is meant. */
async function makeReady(
  dialogue: Dialogue,
  provider: string,
  login: LoginChoice,
): Promise<boolean> {
  const { context, prompts, store } = dialogue;
  const snapshot = await store.read();
  const row = findProvider(provider);
  const status = readStatus(snapshot, provider, statusDeps(dialogue));
  const name = row?.name ?? escapeControls(provider);
  if (row?.types.length === 0) {
    if (!status.logged_in) context.out.notice(`${name}: ${row.refuses?.add?.hint ?? 'not set up'}`);
    return true;
  }
  const isOpen = row === undefined || row.keyOptional === true;
  if (!status.logged_in) {
    if (isOpen) {
      const adds = await prompts.yesNo(`Add an API key for ${name}?`, false);
      if (adds !== true) return adds === false;
    } else context.out.notice(`No ${name} credential yet.`);
    return await askCredential(dialogue, provider, login);
  }
  const what = await prompts.choose<'use' | 'add'>(`${name} credentials`, [
    {
      value: 'use',
      label: 'Use existing credentials',
      hint: plural(status.credentials, 'credential'),
    },
    { value: 'add', label: 'Add another credential' },
  ]);
  if (what === 'add') return await askCredential(dialogue, provider, login);
  return what === 'use';
}

/** Undefined: the endpoint in effect; null: the person went back. */
async function askBaseUrl(
  { prompts, store }: Dialogue,
  provider: string,
  rule: ModelRule,
): Promise<string | undefined | null> {
  const row = findProvider(provider);
  if (row === undefined || (rule.endpoints.length === 0 && !rule.asksBaseUrl)) return undefined;
  const inEffect = effectiveUrl(await store.read(), row);
  if (rule.endpoints.length > 0) {
    const rows: Choice<string>[] = rule.endpoints.map(({ label, baseUrl }) => ({
      value: baseUrl,
      label,
      hint: baseUrl,
    }));
    if (!rows.some(({ value }) => value === inEffect))
      rows.unshift({ value: inEffect, label: escapeControls(inEffect) });
    rows.push({ value: '', label: 'Another URL' });
    const chosen = await prompts.choose(`Select ${row.name} endpoint`, rows, inEffect);
    if (chosen !== '') return chosen ?? null;
  }
  const typed = await prompts.text('Base URL', inEffect || undefined, urlProblem);
  return typed ?? null;
}

async function askFields(
  { prompts, store }: Dialogue,
  rule: ModelRule,
): Promise<Record<string, string> | undefined> {
  const known = await fieldDefaults(store, await store.read(), rule);
  const fields: Record<string, string> = {};
  for (const { name, ask } of rule.fields) {
    const typed = await prompts.text(ask, known[name], (text) =>
      text === '' ? 'this is needed' : undefined,
    );
    if (typed === undefined) return undefined;
    fields[name] = typed;
  }
  return fields;
}

function statusDeps({ context }: Dialogue): StatusDeps {
  const { env, userHome, clock } = context.deps;
  return { env, userHome, nowMs: clock.now() };
}
