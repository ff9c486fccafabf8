import type { LoginIo } from '../../apply/log-in.ts';
import type { Deps } from '../../base/deps.ts';
import { escapeControls } from '../../base/text.ts';
import type { Announcement } from '../../providers/oauth.ts';
import type { Streams } from '../streams.ts';
import { LoginTable } from './login-table.ts';
import { canOpenBrowser, openBrowser } from './open-browser.ts';

interface LoginIoOptions {
  /** Print the address and open nothing (`--no-browser`). */
  readonly noBrowser: boolean;
  readonly streams: Pick<Streams, 'stderr' | 'hold'>;
  readonly platform: NodeJS.Platform;
}

/** How the terminal shows logins; `around` prints other text while some are under way. */
export interface TerminalLoginIo extends LoginIo {
  around(print: () => void): void;
  /** Takes a login that is over out of the table. */
  settled(address: string): void;
  /** Takes everything away: no login is under way any more. */
  end(): void;
}

/** @param deps the terminal is asked for pasted codes only when it is one */
export function createLoginIo(
  deps: Pick<Deps, 'env' | 'clock' | 'terminal' | 'notice'>,
  options: LoginIoOptions,
): TerminalLoginIo {
  const table = new LoginTable(options.streams, deps.clock);
  const opens = !options.noBrowser && canOpenBrowser(deps.env, options.platform);
  const print = (lines: readonly string[]): void =>
    table.around(() => deps.notice(lines.join('\n')));
  const showBrowser = (address: string, page: Extract<Announcement, { kind: 'browser' }>): void => {
    print([
      `Log in to ${escapeControls(address)}: ${opens ? 'your browser opens' : 'open'} this page`,
      `  ${page.url}`,
      ...remoteLines(page.port, opens),
    ]);
    if (opens) void openBrowser(page.url);
  };
  return {
    show: (address, announcement) => {
      switch (announcement.kind) {
        case 'browser':
          showBrowser(address, announcement);
          return;
        case 'device_code':
          table.add({
            address,
            url: announcement.completeUrl ?? announcement.url,
            userCode: announcement.userCode,
            expiresAt: announcement.expiresAt,
          });
          return;
        case 'note':
          print([escapeControls(announcement.text)]);
          return;
        default:
          announcement satisfies never;
      }
    },
    paste: deps.terminal.interactive
      ? (_address, signal) =>
          deps.terminal.askSecret('Paste the code or the address of the last page here: ', {
            signal,
          })
      : undefined,
    around: (write) => table.around(write),
    settled: (address) => table.remove(address),
    end: () => table.clear(),
  };
}

/** On another machine the browser can't reach our port; a tunnel makes it (RFC 8252 §7.3 is local). */
function remoteLines(port: number | undefined, opens: boolean): string[] {
  if (port === undefined || opens) return [];
  return [`If the browser is on another machine: ssh -L ${port}:127.0.0.1:${port} THIS-MACHINE`];
}
