import type { Status } from '../../apply/read-status.ts';
import { escapeControls } from '../../base/text.ts';

const KEYS = [
  'auth_type',
  'client_id',
  'redirect_uri',
  'scope',
  'expires_at',
  'api_base_url',
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
