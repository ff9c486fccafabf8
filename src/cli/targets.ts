import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls, listOf } from '../base/text.ts';
import { findHome, type Home } from '../pool/home.ts';
import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';
import { type LoadedDeclaration, loadMain, readDeclarationFile } from './declaration.ts';

/** One home and what a declaration asks for there: overlays may differ from home to home. */
export interface PlanTarget {
  readonly home: Home;
  readonly store: PoolStore;
  readonly loaded: LoadedDeclaration;
}

export interface PlanTargets {
  readonly targets: readonly PlanTarget[];
  /** The declaration names its homes. */
  readonly isSet: boolean;
}

/**
 * The homes that a declaration is for: those that it names under `homes:`, one of them when `-p` does,
 * else the chosen one. Undefined (exit 3) when it is invalid.
 *
 * @throws `profile_not_found`, `home_not_declared`
 */
export async function loadTargets(
  context: CliContext,
  file: string | undefined,
): Promise<PlanTargets | undefined> {
  const { homeStore } = await import('../pool/store.ts');
  const { deps, choice, lockWaitMs } = context;
  const main = await readDeclarationFile(context, file);
  const chosen = await context.findHome();
  const first = await loadMain(context, main, chosen);
  if (first === undefined) return undefined;
  const targetOf = (home: Home, loaded: LoadedDeclaration): PlanTarget => ({
    home,
    store: homeStore(home, deps, lockWaitMs),
    loaded,
  });
  const { homes } = first.desired;
  if (homes.length === 0) return { targets: [targetOf(chosen, first)], isSet: false };
  const targets: PlanTarget[] = [];
  for (const profile of namedOf(homes, choice.profile)) {
    const home = findHome(deps.env, deps.userHome, { home: choice.home, profile });
    const loaded = home.dir === chosen.dir ? first : await loadMain(context, main, home);
    if (loaded === undefined) return undefined;
    targets.push(targetOf(home, loaded));
  }
  return { targets, isSet: true };
}

function namedOf(homes: readonly string[], profile: string | undefined): readonly string[] {
  if (profile === undefined) return homes;
  if (homes.includes(profile)) return [profile];
  throw new GormesError(
    'home_not_declared',
    `the declaration is not for the profile "${escapeControls(profile)}"`,
    { exitCode: EXIT.usage, hint: `it names ${listOf(homes.map(escapeControls))}` },
  );
}
