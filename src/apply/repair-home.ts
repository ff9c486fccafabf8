import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Home } from '../pool/home.ts';
import { inspectStore, type Repair, repairStore } from '../pool/repair-store.ts';

/** What became of a repair; plain data without secrets. */
export interface Repaired {
  readonly state: 'whole' | 'repaired' | 'declined';
  readonly file: string;
  /** Where the damaged file is kept. */
  readonly original: string | undefined;
  readonly kept: Repair['kept'];
  readonly logins: readonly string[];
  readonly broken: number;
}

/**
 * Restores a store that can't be read, or can't be written without loss. Shows what would be kept,
 * asks, and keeps the original.
 *
 * @param show called with what a repair would do, before the question
 * @throws `needs_confirmation` (exit 5), `home_locked`, what `inspectStore` throws
 */
export async function repairHome(
  deps: Pick<Deps, 'clock' | 'random' | 'signal' | 'terminal'>,
  home: Home,
  options: { readonly yes: boolean; readonly lockWaitMs: number },
  show: (repair: Repair) => void,
): Promise<Repaired> {
  const repair = inspectStore(home);
  const file = home.authFile;
  if (repair === undefined) {
    return { state: 'whole', file, original: undefined, kept: [], logins: [], broken: 0 };
  }
  const { kept, logins, broken } = repair;
  const result = { file, kept, logins, broken };
  show(repair);
  if (!options.yes && !deps.terminal.interactive) throw needsYes();
  if (!options.yes && !(await deps.terminal.confirm('Repair? (yes/no) ', deps))) {
    return { state: 'declined', original: undefined, ...result };
  }
  const original = await repairStore(deps, home, repair, options.lockWaitMs);
  return { state: 'repaired', original, ...result };
}

function needsYes(): GormesError {
  return new GormesError('needs_confirmation', 'a repair asks first, and there is no terminal', {
    exitCode: EXIT.needsPerson,
    hint: 'gormes auth repair --yes',
  });
}
