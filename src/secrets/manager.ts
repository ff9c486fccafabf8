import type { Env } from '../base/deps.ts';

/** Why a program gave no secret; each has its own error code (`reference_…`). */
export type FailureKind =
  | 'tool_missing'
  | 'locked'
  | 'not_logged_in'
  | 'not_found'
  | 'ambiguous'
  | 'empty'
  | 'too_large'
  | 'slow'
  | 'failed';

/** What a way of failing looks like from outside; all that is given must hold. */
export interface Symptom {
  readonly exitCode?: number;
  /** Only where a program has one code for everything; matched, never printed. */
  readonly stderr?: RegExp;
  /** `other_program`: one of the same name, which wants `Call.otherwise`. */
  readonly is: FailureKind | 'other_program';
}

/** What a reading made of the output. */
export type Reading = { readonly value: string } | { readonly is: FailureKind };

/** How one secret is asked for. Holds no secret: the argv may be shown. */
export interface Call {
  readonly argv: readonly [program: string, ...args: string[]];
  /** Files without which the program need not be started. */
  readonly needs?: readonly { readonly path: string; readonly is: FailureKind }[];
  readonly read: (stdout: string) => Reading;
  /** For another program of the same name. */
  readonly otherwise?: Call;
}

/** What a call may depend on besides the reference. */
export interface CallPlace {
  /** Directory of the declaration: relative paths start there. */
  readonly baseDir: string;
  readonly userHome: string | undefined;
  /** The environment of the process, without the home's `.env`. */
  readonly processEnv: Env;
  readonly platform: NodeJS.Platform;
}

/** A secret manager as data. */
export interface Manager {
  /** As people call it. */
  readonly name: string;
  /** What to install when the program is missing. */
  readonly install: string;
  /** @param rest the reference behind its scheme, well formed */
  readonly call: (rest: string, place: CallPlace) => Call;
  /** Variables of ours that its program gets besides the general ones; `X_*` is a prefix. */
  readonly env: readonly string[];
  /** Variables that its program gets with these values. */
  readonly set?: Readonly<Record<string, string>>;
  /** First match wins; what matches none is `failed`. */
  readonly symptoms: readonly Symptom[];
  /** The next command to type. */
  readonly hints: Partial<Record<FailureKind, string>>;
  /** Where the general sentence would not be the truth. */
  readonly says?: Partial<Record<FailureKind, string>>;
}
