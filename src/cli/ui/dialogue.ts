import type { Deps } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import type { PoolStore } from '../../pool/store.ts';
import type { CliContext } from '../command.ts';
import { viewError } from '../views/error.ts';
import { isCancelled, type Prompts, promptTerminal } from './prompts.ts';

/** What every dialogue works with. */
export interface Dialogue {
  readonly context: CliContext;
  readonly prompts: Prompts;
  readonly store: PoolStore;
  /** For use cases: what they ask comes through the same prompts. */
  readonly deps: Deps;
}

export async function openDialogue(context: CliContext, store: PoolStore): Promise<Dialogue> {
  const { deps } = context;
  const prompts = await createPrompts(context);
  const terminal = promptTerminal(prompts, deps.terminal);
  return { context, prompts, store, deps: { ...deps, terminal } };
}

/**
 * One step of a dialogue that goes on whatever became of the step: an error is shown, going back is
 * nothing to speak of. An interruption and a bug end the dialogue.
 */
export async function runStep({ context }: Dialogue, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (isCancelled(error)) return;
    const stops = context.deps.signal.aborted || !(error instanceof GormesError);
    if (stops || error.code === 'interrupted') throw error;
    const { debug, out } = context;
    const columns = out.width('stderr');
    out.problem(viewError(error, { debug, interrupted: false, asHermes: true, columns }));
  }
}

/** Real prompts, or plain numbered ones where the terminal can't move its cursor. */
async function createPrompts(context: CliContext): Promise<Prompts> {
  const { deps } = context;
  if (deps.env.TERM === 'dumb') {
    const { createPlainPrompts } = await import('./plain-prompts.ts');
    return createPlainPrompts(deps);
  }
  const { createClackPrompts } = await import('./clack-prompts.ts');
  return createClackPrompts(context.streams, deps.signal);
}
