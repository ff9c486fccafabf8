import type { Json } from '../base/json.ts';
import type { Mark } from '../pool/judge-report.ts';
import type { Strategy } from '../pool/strategy.ts';
import type { Change, Common, Row } from './change.ts';

// What only a person asks for, or a program: the executor makes it true, and no plan holds it.

/** Clears statuses of entries: the whole provider, or some rows. */
export interface ResetChange extends Common {
  readonly action: 'reset';
  readonly ids: readonly string[];
}

/** Takes the next entry of a rotation, which moves its order or count. From `token` and `exec` only. */
export interface PickChange extends Common {
  readonly action: 'pick';
  readonly strategy: Strategy;
  /** Ids that were tried in vain. */
  readonly skip: readonly string[];
}

/** Notes on an entry what a provider answered to a request with it. */
export interface ReportChange extends Common {
  readonly action: 'report';
  readonly row: Row;
  readonly mark: Mark;
}

/**
 * What a person chose in `model` or `setup`, written in one step. Values of variables are supplied
 * apart, since a change holds no secret.
 */
export interface SettingsChange extends Common {
  readonly action: 'settings';
  /** Places in `config.yaml`, in this order; an undefined value deletes. */
  readonly config: readonly {
    readonly path: readonly string[];
    readonly value: Json | undefined;
  }[];
  /** Variables of `.env` to set. */
  readonly variables: readonly string[];
  /** Variables of `.env` to take out. */
  readonly unset: readonly string[];
  /** The `active_provider` of the store: null clears it, undefined leaves it. */
  readonly activeProvider: string | null | undefined;
  /** Name of a file of the home that gets `config.yaml` as it stood; undefined: no copy. */
  readonly copyTo: string | undefined;
}

/** One request. */
export type Request = ResetChange | PickChange | ReportChange | SettingsChange;

/** Whatever the executor makes true. */
export type AnyChange = Change | Request;
