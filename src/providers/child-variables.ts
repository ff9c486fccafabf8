import type { CustomProvider, ProviderRow } from './provider.ts';

/** Names of the variables by which a program gets a credential (`auth exec`, `token --format env`). */
export interface ChildVariables {
  readonly secret: string;
  readonly baseUrl: string;
  /** The provider's other key variables: taken away, so that no other credential is used by mistake. */
  readonly others: readonly string[];
}

/**
 * An API key stands in the provider's first variable, or the one that other programs know better
 * (`childEnv`). A login has no usual variable where the row names none: `<ID>_ACCESS_TOKEN`.
 *
 * @param as a prefix of the person's own: `OPENAI` makes `OPENAI_API_KEY` and `OPENAI_BASE_URL`
 */
export function childVariables(
  provider: { readonly id: string; readonly row: ProviderRow | undefined },
  custom: CustomProvider | undefined,
  isOauth: boolean,
  as?: string,
): ChildVariables {
  const { row } = provider;
  const prefix = as ?? prefixOf(provider.id);
  const usual = isOauth ? row?.childEnv?.oauth : (row?.childEnv?.apiKey ?? row?.keyEnv[0]);
  const known = usual ?? custom?.keyEnv ?? row?.keyEnv[0];
  const secret =
    as === undefined && known !== undefined
      ? known
      : `${prefix}_${isOauth && as === undefined ? 'ACCESS_TOKEN' : 'API_KEY'}`;
  const baseUrl = as === undefined ? (row?.childEnv?.baseUrl ?? row?.baseUrlEnv) : undefined;
  return {
    secret,
    baseUrl: baseUrl ?? `${prefix}_BASE_URL`,
    // Copilot's variables are GitHub's, and mean more than Copilot.
    others: row?.seedsEnv === false ? [] : (row?.keyEnv ?? []).filter((name) => name !== secret),
  };
}

/** `custom:lab-vllm` → `LAB_VLLM`. */
function prefixOf(id: string): string {
  const words = id.replace(/^custom:/, '').toUpperCase();
  const name = words.replace(/[^A-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  return /^[A-Z]/.test(name) ? name : `PROVIDER_${name}`;
}
