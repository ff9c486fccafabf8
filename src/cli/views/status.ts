import type { Status } from '../../apply/read-status.ts';
import { escapeControls } from '../../base/text.ts';

const KEYS = [
  'auth_type',
  'client_id',
  'redirect_uri',
  'scope',
  'expires_at',
  'api_base_url',
  // Ours: the variable, file or program of a provider without a pool.
  'source',
] as const;

/** `auth status` as Hermes prints it (cli-surface §6). */
export function viewStatus(status: Status): string {
  const provider = escapeControls(status.provider);
  if (!status.logged_in)
    return `${provider}: logged out${status.error ? ` (${status.error})` : ''}`;
  const lines = KEYS.flatMap((key) =>
    status[key] ? [`  ${key}: ${escapeControls(status[key])}`] : [],
  );
  return [`${provider}: logged in`, ...lines].join('\n');
}

/** JSON of `auth status` (docs/reference/json.md): every key, null where nothing is known. */
export function statusToJson(status: Status): object {
  const known = Object.fromEntries(KEYS.map((key) => [key, status[key] ?? null]));
  const { provider, logged_in, credentials } = status;
  return { provider, logged_in, error: status.error ?? null, credentials, ...known };
}
