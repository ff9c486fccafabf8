import { removeEntry } from '../../apply/remove-entry.ts';
import { resetEntries } from '../../apply/reset-entries.ts';
import { STRATEGY_TEXT, setStrategy } from '../../apply/set-strategy.ts';
import { escapeControls, plural } from '../../base/text.ts';
import { type ListedEntry, type ListedPool, listEntries } from '../../pool/list-entries.ts';
import { STRATEGIES } from '../../pool/strategy.ts';
import { CATALOG } from '../../providers/catalog.ts';
import { viewRemoved, viewReset, viewStrategy } from '../views/changed.ts';
import { askCredential } from './add-dialogue.ts';
import { type Dialogue, runStep } from './dialogue.ts';
import type { Choice } from './prompts.ts';

const ACTIONS = [
  { value: add, label: 'Add a credential' },
  { value: remove, label: 'Remove a credential' },
  { value: reset, label: 'Reset cooldowns for a provider' },
  { value: strategy, label: 'Set rotation strategy for a provider' },
  { value: undefined, label: 'Exit' },
] as const;

/**
 * The menu of bare `auth` (cli-surface §8), until the person leaves it: Exit or Esc. Each action
 * calls the use case of the command that does the same; one that fails leaves the menu open.
 *
 * @throws `interrupted` for Ctrl-C
 */
export async function runMenu(dialogue: Dialogue): Promise<void> {
  for (;;) {
    const action = await dialogue.prompts.choose('What would you like to do?', ACTIONS);
    if (action === undefined) return;
    await runStep(dialogue, () => action(dialogue));
  }
}

async function add(dialogue: Dialogue): Promise<void> {
  const pools = await readPools(dialogue);
  const rows = addable(pools, (await dialogue.store.read()).settings.customs);
  const provider = await dialogue.prompts.search('Provider to add credential for', rows);
  if (provider !== undefined) await askCredential(dialogue, provider);
}

/** Providers that take a credential: those in use first, then the catalog, then custom endpoints. */
function addable(
  pools: readonly ListedPool[],
  customs: readonly { readonly id: string; readonly name: string }[],
): Choice<string>[] {
  const used = new Map(pools.map((pool) => [pool.provider, pool.credentials.length]));
  const known = [...CATALOG.filter((row) => row.refuses?.add === undefined), ...customs];
  const rows = known.map(({ id, name }) => {
    const count = used.get(id);
    return {
      value: id,
      label: `${escapeControls(id)}  ${escapeControls(name)}`,
      ...(count === undefined ? {} : { hint: plural(count, 'credential') }),
    };
  });
  const inUse = (row: Choice<string>): number => (used.has(row.value) ? 0 : 1);
  return rows.sort((a, b) => inUse(a) - inUse(b));
}

async function remove(dialogue: Dialogue): Promise<void> {
  const { context, deps, prompts, store } = dialogue;
  const pool = await choosePool(dialogue, 'Provider to remove credential from');
  if (pool === undefined) return;
  const entry = await prompts.choose('Remove which credential?', pool.credentials.map(entryRow));
  if (entry === undefined) return;
  const name = `#${entry.index} (${escapeControls(entry.label)})`;
  if (!(await prompts.yesNo(`Remove ${pool.provider} credential ${name}?`, false))) return;
  const removed = await removeEntry(deps, store, { provider: pool.provider, target: entry.id });
  context.out.write(`${viewRemoved(removed)}\n`);
}

function entryRow(entry: ListedEntry): Choice<ListedEntry> {
  const source = escapeControls(entry.source.replace(/^manual:/, ''));
  const status = escapeControls(entry.statusText);
  return {
    value: entry,
    label: `#${entry.index}  ${escapeControls(entry.label)}`,
    hint: `${entry.type}, ${source}${status}`,
  };
}

async function reset(dialogue: Dialogue): Promise<void> {
  const { context, deps, store } = dialogue;
  const pool = await choosePool(dialogue, 'Provider to reset cooldowns for');
  if (pool === undefined) return;
  const result = await resetEntries(deps, store, { provider: pool.provider, target: undefined });
  for (const note of result.notes) context.out.notice(note);
  context.out.write(`${viewReset(result)}\n`);
}

async function strategy(dialogue: Dialogue): Promise<void> {
  const { context, deps, prompts, store } = dialogue;
  const pool = await choosePool(dialogue, 'Provider to set strategy for');
  if (pool === undefined) return;
  const rows = STRATEGIES.map((value) => ({ value, label: value, hint: STRATEGY_TEXT[value] }));
  const question = `Strategy for ${escapeControls(pool.provider)} (now ${pool.strategy})`;
  const chosen = await prompts.choose(question, rows, pool.strategy);
  if (chosen === undefined) return;
  const result = await setStrategy(deps, store, { provider: pool.provider, strategy: chosen });
  context.out.write(`${viewStrategy(result, true)}\n`);
}

/** One of the pools that have entries; undefined when there is none or the person goes back. */
async function choosePool(dialogue: Dialogue, question: string): Promise<ListedPool | undefined> {
  const pools = await readPools(dialogue);
  if (pools.length === 0) {
    dialogue.context.out.notice('No credentials yet.');
    return undefined;
  }
  const rows = pools.map((pool) => ({
    value: pool,
    label: escapeControls(pool.provider),
    hint: plural(pool.credentials.length, 'credential'),
  }));
  return await dialogue.prompts.choose(question, rows);
}

async function readPools({ context, store }: Dialogue): Promise<ListedPool[]> {
  return listEntries(await store.read(), context.deps.clock.now());
}
