import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { PoolStore } from '../pool/store.ts';
import type { LoginOptions } from '../providers/oauth.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { type Added, addKey, checkedLabel, refused } from './add-key.ts';
import { type AddedLogin, addLogin } from './add-login.ts';
import { getDefinedProvider, type PoolProvider } from './find-pool-provider.ts';
import type { LoginIo, LoginNetwork } from './log-in.ts';

export interface AddCredentialInput {
  readonly provider: string;
  /** Undefined: a key when one is given, else what the provider usually takes. */
  readonly type: 'oauth' | 'api_key' | undefined;
  readonly label: string | undefined;
  /** `--api-key VALUE`; `-` reads standard input; undefined asks. */
  readonly apiKey: string | undefined;
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
  /** Copy the login of the provider's own program (`--import`). */
  readonly fromProgram?: boolean;
}

export type AddedCredential =
  | ({ readonly kind: 'key' } & Added)
  | ({ readonly kind: 'login' } & AddedLogin);

/**
 * Adds a credential as `auth add` does: a key, or a login where that is meant.
 *
 * @throws `unknown_provider`, `add_refused`, `type_not_offered`, `option_not_taken`, and what
 *   `addKey` and `addLogin` throw
 */
export async function addCredential(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  input: AddCredentialInput,
): Promise<AddedCredential> {
  const provider = getDefinedProvider(await store.read(), input.provider);
  const { row } = provider;
  if (row?.refuses?.add !== undefined) throw refused(row.refuses.add);
  if (wantsKey(row, input)) {
    refuseLoginOptions(input);
    return { kind: 'key', ...(await addKey(deps, store, input)) };
  }
  if (row?.driver === undefined) throw noLogin(provider);
  const label = input.label?.trim();
  const { options, network, fromProgram } = input;
  const checked = label ? checkedLabel(label) : undefined;
  const login = { row, label: checked, options, network, fromProgram: fromProgram ?? false };
  return { kind: 'login', ...(await addLogin(deps, store, io, login)) };
}

/** A key in hand says what is meant, whatever the provider's usual way is. */
function wantsKey(row: ProviderRow | undefined, input: AddCredentialInput): boolean {
  if (input.fromProgram) return false;
  if (input.type !== undefined) return input.type === 'api_key';
  return input.apiKey !== undefined || (row?.types[0] ?? 'api_key') === 'api_key';
}

/** What would be ignored is a mistake that nobody sees (docs/reference/parity.md). */
function refuseLoginOptions({ options, network }: AddCredentialInput): void {
  const given = [...Object.values(options), network.insecure, network.caBundle, network.timeoutMs];
  if (given.every((value) => value === undefined)) return;
  throw new GormesError(
    'option_not_taken',
    'an API key is stored as it is: options of a login do not apply',
    {
      exitCode: EXIT.usage,
      hint: 'leave them out, or add --type oauth',
    },
  );
}

function noLogin({ id, name }: PoolProvider): GormesError {
  return new GormesError('type_not_offered', `${id} offers no login`, {
    hermes: `\`gormes auth add ${id}\` is not implemented for auth type oauth yet.`,
    hint: `${escapeControls(name)} takes an API key: gormes auth add ${id} --type api-key`,
  });
}
