import type { Deps } from '../../base/deps.ts';
import { readConfigFile } from '../../pool/config-file.ts';
import type { PoolStore } from '../../pool/store.ts';
import { changeSettings } from '../change-settings.ts';
import type { Question, Section, Target } from './question.ts';

export interface SetupReset {
  /** Places that were taken out, so that Hermes' defaults hold. */
  readonly removed: readonly string[];
  /** Full path of the copy of `config.yaml`; undefined when nothing was to be done. */
  readonly copy: string | undefined;
}

/**
 * Sets what sections ask to Hermes' defaults: takes their places out of `config.yaml`, and the
 * variables that repeat them out of `.env`. Keys, tokens and everything else stay. A copy of
 * `config.yaml`, 0600, is written first.
 */
export async function resetSetup(
  deps: Deps,
  store: PoolStore,
  sections: readonly Section[],
): Promise<SetupReset> {
  const config = await readConfigFile(store.home.configFile);
  const { env } = await store.read();
  const places = sections.flatMap(placesOf).filter((path) => config.get(path) !== undefined);
  const unset = sections.flatMap(mirrorsOf).filter((name) => env.get(name) !== undefined);
  const removed = [...places.map((path) => path.join('.')), ...unset];
  if (removed.length === 0) return { removed, copy: undefined };
  const name = `config.yaml.bak.${stamp(deps.clock.now())}`;
  const address = 'setup/reset';
  // In a change of its own: the copy is there before anything goes.
  await changeSettings(deps, store, { address, copyTo: name });
  const deletions = places.map((path) => ({ path, value: undefined }));
  await changeSettings(deps, store, { address, config: deletions, unset });
  return { removed, copy: `${store.home.dir}/${name}` };
}

function placesOf({ questions, along }: Section): (readonly string[])[] {
  const asked = questions.flatMap(({ targets }) => targets.flatMap(configOf));
  return [...asked, ...(along ?? []).flatMap((each) => ('config' in each ? [each.config] : []))];
}

function configOf(target: Target): (readonly string[])[] {
  return 'config' in target ? [target.config] : [];
}

/** Variables of questions that stand in `config.yaml` too. */
function mirrorsOf({ questions }: Section): string[] {
  const isMirrored = ({ targets }: Question): boolean =>
    targets.some((target) => 'config' in target);
  return questions
    .filter(isMirrored)
    .flatMap(({ targets }) => targets.flatMap((target) => ('env' in target ? [target.env] : [])));
}

/** `20261124_091500`, as Hermes names its copies. */
function stamp(nowMs: number): string {
  const now = new Date(nowMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
