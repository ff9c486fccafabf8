import type { Snapshot } from '../pool/snapshot.ts';
import { CATALOG } from '../providers/catalog.ts';
import { readStatus, type StatusDeps } from './read-status.ts';

/** A provider that a model can be chosen of. */
export interface ProviderChoice {
  readonly id: string;
  readonly name: string;
  /** `ready`: usable now; `login`: needs a key or login first; `custom`: of `config.yaml`. */
  readonly group: 'ready' | 'login' | 'custom';
  /** Usable credentials of its pool. */
  readonly credentials: number;
  /** The configured model is one of it. */
  readonly current: boolean;
}

/** What the home says about the model now. */
export interface CurrentModel {
  readonly model: string | undefined;
  /** As `model.provider` has it. */
  readonly provider: string | undefined;
  /** The provider that this means; undefined for `auto` and what nobody knows. */
  readonly providerId: string | undefined;
  readonly baseUrl: string | undefined;
}

export function readCurrentModel({ settings }: Snapshot): CurrentModel {
  const { default: model, provider, providerId, baseUrl } = settings.model;
  return { model, provider, providerId, baseUrl };
}

/** Every provider of a model picker: usable ones first, each group in the order of the catalog. */
export function readProviderChoices(snapshot: Snapshot, deps: StatusDeps): ProviderChoice[] {
  const { settings } = snapshot;
  const current = settings.model.providerId;
  const choice = (id: string, name: string, isCustom: boolean): ProviderChoice => {
    const status = readStatus(snapshot, id, deps);
    const group = isCustom ? 'custom' : status.logged_in ? 'ready' : 'login';
    return { id, name, group, credentials: status.credentials, current: id === current };
  };
  const rows = CATALOG.filter((row) => !row.session);
  const choices = [
    ...rows.map(({ id, name }) => choice(id, name, false)),
    ...settings.customs.map(({ id, name }) => choice(id, name, true)),
  ];
  const groups = ['ready', 'login', 'custom'];
  return choices.sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
}
