import type { Env } from '../../base/deps.ts';

/**
 * Whether a browser on this machine could show a page to the person: not over SSH, not in a
 * container, and on Linux only with a display.
 */
export function canOpenBrowser(env: Env, platform: NodeJS.Platform): boolean {
  if (env.SSH_CONNECTION || env.SSH_TTY || env.SSH_CLIENT || env.CODESPACES) return false;
  if (platform !== 'linux') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Opens a page, without a shell; false when there is no way to. Only web addresses are opened: the
 * address is parsed and written anew, so that nothing of it is taken for an option.
 */
export async function openBrowser(url: string): Promise<boolean> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['https:', 'http:'].includes(parsed.protocol)) return false;
  try {
    const { default: open } = await import('open');
    const child = await open(parsed.href);
    child.on('error', () => {}); // the program is missing: the person has the address
    return true;
  } catch {
    return false;
  }
}
