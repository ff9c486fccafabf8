/**
 * Where a secret lives, as a declaration writes it: `scheme:rest`, or a command. Holds no secret.
 * `text` is the reference as written (for a command its words), for display and as identity.
 */
export type Reference =
  | { readonly scheme: 'env'; readonly variable: string; readonly text: string }
  | { readonly scheme: 'file'; readonly path: string; readonly text: string }
  | { readonly scheme: 'prompt'; readonly text: string }
  | { readonly scheme: 'todo'; readonly text: string }
  | { readonly scheme: 'command'; readonly argv: readonly string[]; readonly text: string }
  | { readonly scheme: ManagerScheme; readonly rest: string; readonly text: string };

/** Schemes answered by a secret manager's own program. */
export type ManagerScheme =
  | 'op'
  | 'pass'
  | 'gopass'
  | 'bw'
  | 'vault'
  | 'sops'
  | 'age'
  | 'keyring'
  | 'aws-sm'
  | 'gcp-sm';
