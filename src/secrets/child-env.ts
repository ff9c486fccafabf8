import type { Env } from '../base/deps.ts';

/**
 * What every program gets of our environment: how to find its files, its agents and the person.
 * Everything else is held back, since it may be a secret that is none of its business
 * (reliability.md T12). `X_*` is a prefix.
 */
const GENERAL = [
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_*',
  'TZ',
  'TERM',
  'TMPDIR',
  'XDG_*',
  'GNUPGHOME',
  'GPG_TTY',
  'GPG_AGENT_INFO',
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
];

/**
 * The whole environment of a program that is asked for a secret.
 *
 * @param more names besides the general ones; `X_*` is a prefix
 * @param set variables with values of their own, which win
 */
export function childEnv(
  ours: Env,
  more: readonly string[] = [],
  set: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const allowed = [...GENERAL, ...more];
  const env: Record<string, string> = { PATH: absolutePath(ours.PATH) };
  for (const [name, value] of Object.entries(ours)) {
    if (value !== undefined && allowed.some((pattern) => matches(pattern, name))) env[name] = value;
  }
  return { ...env, ...set };
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/**
 * Programs run in the directory of the declaration: an entry such as `.` would let a file of a
 * checkout stand in for one of the system.
 */
function absolutePath(path: string | undefined): string {
  const entries = (path ?? '/usr/local/bin:/usr/bin:/bin').split(':');
  return entries.filter((entry) => entry.startsWith('/')).join(':');
}
