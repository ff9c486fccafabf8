import { type AddedCredential, addCredential } from '../../apply/add-credential.ts';
import type { LoginNetwork } from '../../apply/log-in.ts';
import { findProvider } from '../../providers/find-provider.ts';
import type { LoginOptions } from '../../providers/oauth.ts';
import type { ProviderRow } from '../../providers/provider.ts';
import { viewAdded } from '../views/changed.ts';
import type { Dialogue } from './dialogue.ts';
import { createLoginIo } from './login-io.ts';
import { isCancelled } from './prompts.ts';

/** What the command line says about logins. */
export interface LoginChoice {
  readonly noBrowser: boolean;
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
}

const PLAIN: LoginChoice = { noBrowser: false, options: {}, network: {} };

/**
 * Adds a credential of one provider: asks which kind where it takes two, then for the key, or lets
 * the person log in.
 *
 * @param provider id of the catalog or `custom:…`
 * @returns false when the person went back; what failed is thrown
 */
export async function askCredential(
  dialogue: Dialogue,
  provider: string,
  login: LoginChoice = PLAIN,
): Promise<boolean> {
  const { context, prompts } = dialogue;
  const type = await askType(dialogue, findProvider(provider));
  if (type === undefined) return false;
  // The label of a key is asked behind the key.
  const label = type === 'oauth' ? await prompts.text('Label / account name (optional)') : '';
  if (label === undefined) return false;
  try {
    const added = await add(dialogue, { provider, type, label: label || undefined }, login);
    for (const note of added.notes) context.out.notice(note);
    context.out.write(`${viewAdded(added)}\n`);
    return true;
  } catch (error) {
    if (isCancelled(error)) return false;
    throw error;
  }
}

type CredentialKind = 'api_key' | 'oauth';

async function askType(
  { prompts }: Dialogue,
  row: ProviderRow | undefined,
): Promise<CredentialKind | undefined> {
  const types = row?.types ?? ['api_key'];
  const takesKey = types.includes('api_key') && row?.refuses?.apiKey === undefined;
  const takesLogin = types.some((type) => type !== 'api_key');
  if (!takesKey || !takesLogin) return takesLogin ? 'oauth' : 'api_key';
  return await prompts.choose<CredentialKind>(
    `${row?.name} takes API keys and logins`,
    [
      { value: 'api_key', label: 'API key', hint: 'from the provider’s dashboard' },
      { value: 'oauth', label: 'OAuth login', hint: 'in a browser' },
    ],
    types[0] === 'api_key' ? 'api_key' : 'oauth',
  );
}

interface Wanted {
  readonly provider: string;
  readonly type: CredentialKind;
  readonly label: string | undefined;
}

async function add(
  { context, deps, store }: Dialogue,
  wanted: Wanted,
  login: LoginChoice,
): Promise<AddedCredential> {
  const { platform } = await import('node:process');
  const { streams } = context;
  // A pasted code is read by the plain terminal: it is given up when the browser answers first.
  const io = createLoginIo(context.deps, { noBrowser: login.noBrowser, streams, platform });
  const { options, network } = wanted.type === 'oauth' ? login : PLAIN;
  try {
    return await addCredential(deps, store, io, { ...wanted, apiKey: undefined, options, network });
  } finally {
    io.end();
  }
}
