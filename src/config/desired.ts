import type { Place } from '../base/errors.ts';
import type { Strategy } from '../pool/strategy.ts';
import type { CredentialType } from '../providers/provider.ts';
import type { Reference } from '../secrets/reference.ts';

/** What a declaration asks for, overlays applied, aliases resolved, in the order of the file. */
export interface Desired {
  /** `name:` of the declaration, else the real path of its main file. */
  readonly name: string;
  /** Main file first; for messages, trust and staleness. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** Profiles that it is for, `default` for the root; empty: the home that the command line chooses. */
  readonly homes: readonly string[];
  readonly unmanaged: 'keep' | 'remove';
  readonly limits: { readonly maxRemovals: number; readonly keepOneUsable: boolean };
  readonly model: DesiredModel | undefined;
  readonly providers: readonly DesiredProvider[];
  readonly mcpServers: readonly DesiredMcp[];
  readonly moved: readonly { readonly from: string; readonly to: string; readonly place: Place }[];
  /** Addresses that stop being managed and stay live. */
  readonly forget: readonly string[];
  readonly ignore: readonly IgnoreRule[];
}

export interface DesiredModel {
  readonly provider: string | undefined;
  readonly default: string | undefined;
  readonly place: Place;
}

/** What is declared of a login outside the pool, of whatever kind. */
export interface SessionWish {
  readonly state: 'logged_in' | 'logged_out';
  readonly protect: boolean;
}

/** The login at an MCP server that `config.yaml` defines. */
export interface DesiredMcp extends SessionWish {
  readonly name: string;
  readonly place: Place;
}

/** Address glob (`copilot/*`), or every entry of a source. */
export type IgnoreRule = { readonly address: string } | { readonly source: string };

export interface DesiredProvider {
  /** Catalog id or `custom:<slug>`. */
  readonly id: string;
  /** Key as written in the file, for messages. */
  readonly key: string;
  readonly custom: DesiredCustom | undefined;
  readonly strategy: Strategy | undefined;
  /** Label of one of `credentials`, which is used and no other; undefined: whatever a person pinned. */
  readonly pin: string | undefined;
  /** In file order: under `fill_first` that is the priority. */
  readonly credentials: readonly DesiredCredential[];
  /** Sources that must not be imported. */
  readonly suppress: readonly { readonly source: string; readonly place: Place }[];
  /** Bedrock's assertions: compared, never stored. */
  readonly asserts:
    | { readonly profile?: string; readonly region?: string; readonly account?: string }
    | undefined;
  /** A single login outside the pool (`spotify:`). */
  readonly session:
    | (SessionWish & {
        readonly clientId: string | undefined;
        readonly scopes: readonly string[];
      })
    | undefined;
  readonly place: Place;
}

/** Definition of a custom endpoint as written to `config.yaml`. */
export interface DesiredCustom {
  /** Display name; its slug is the pool key. */
  readonly name: string;
  readonly baseUrl: string;
  readonly apiMode: string | undefined;
}

export interface DesiredCredential {
  /** `<provider id>/<label>`. */
  readonly address: string;
  readonly label: string;
  readonly state: 'present' | 'absent';
  readonly type: CredentialType;
  /** Where an API key comes from; absent for logins, imports and `state: absent`. */
  readonly reference: Reference | undefined;
  readonly baseUrl: string | undefined;
  readonly account: string | undefined;
  readonly protect: boolean;
  readonly minKeyTtlMs: number | undefined;
  readonly place: Place;
}
