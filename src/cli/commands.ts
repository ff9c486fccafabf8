import type { CommandClass } from 'clipanion';
import type { CliContext } from './command.ts';

type Load = () => Promise<CommandClass<CliContext>>;

/** Every command by its words, loaded on demand: a command that is not used costs nothing at start. */
export const COMMANDS: Readonly<Record<string, Load>> = {
  auth: async () => (await import('./auth-menu.ts')).AuthMenuCommand,
  'auth add': async () => (await import('./auth-add.ts')).AuthAddCommand,
  'auth list': async () => (await import('./auth-list.ts')).AuthListCommand,
  'auth providers': async () => (await import('./auth-providers.ts')).AuthProvidersCommand,
  'auth remove': async () => (await import('./auth-remove.ts')).AuthRemoveCommand,
  'auth reset': async () => (await import('./auth-reset.ts')).AuthResetCommand,
  'auth strategy': async () => (await import('./auth-strategy.ts')).AuthStrategyCommand,
  'auth status': async () => (await import('./auth-status.ts')).AuthStatusCommand,
  'auth logout': async () => (await import('./auth-logout.ts')).AuthLogoutCommand,
  'auth spotify': async () => (await import('./auth-spotify.ts')).AuthSpotifyCommand,
  'mcp login': async () => (await import('./mcp-login.ts')).McpLoginCommand,
  'mcp logout': async () => (await import('./mcp-logout.ts')).McpLogoutCommand,
  logout: async () => (await import('./auth-logout.ts')).LogoutCommand,
  login: async () => (await import('./login.ts')).LoginCommand,
  model: async () => (await import('./model.ts')).ModelCommand,
  setup: async () => (await import('./setup.ts')).SetupCommand,
  'auth validate': async () => (await import('./auth-validate.ts')).AuthValidateCommand,
  'auth plan': async () => (await import('./auth-plan.ts')).AuthPlanCommand,
  'auth apply': async () => (await import('./auth-apply.ts')).AuthApplyCommand,
  'auth trust': async () => (await import('./auth-trust.ts')).AuthTrustCommand,
  'auth token': async () => (await import('./auth-token.ts')).AuthTokenCommand,
  'auth exec': async () => (await import('./auth-exec.ts')).AuthExecCommand,
  'auth report': async () => (await import('./auth-report.ts')).AuthReportCommand,
  'auth use': async () => (await import('./auth-use.ts')).AuthUseCommand,
  'auth explain': async () => (await import('./auth-explain.ts')).AuthExplainCommand,
  'auth check': async () => (await import('./auth-check.ts')).AuthCheckCommand,
  'auth show': async () => (await import('./auth-show.ts')).AuthShowCommand,
  'auth history': async () => (await import('./auth-history.ts')).AuthHistoryCommand,
  'auth snapshot': async () => (await import('./auth-snapshot.ts')).AuthSnapshotCommand,
  'auth repair': async () => (await import('./auth-repair.ts')).AuthRepairCommand,
  'auth dump': async () => (await import('./auth-dump.ts')).AuthDumpCommand,
  'auth fmt': async () => (await import('./auth-fmt.ts')).AuthFmtCommand,
  'auth schema': async () => (await import('./auth-schema.ts')).AuthSchemaCommand,
  completion: async () => (await import('./completion.ts')).CompletionCommand,
};

/** The words of the command that argv calls; undefined for help, version and unknown ones. */
export function commandWords(argv: readonly string[]): string | undefined {
  const [first, second] = argv;
  if (first === undefined) return undefined;
  const two = `${first} ${second ?? ''}`;
  if (Object.hasOwn(COMMANDS, two)) return two;
  // `auth lst` is a mistyped command, not bare `auth` with an argument.
  const isGroup = Object.keys(COMMANDS).some((words) => words.startsWith(`${first} `));
  if (isGroup && second !== undefined && !second.startsWith('-')) return undefined;
  return Object.hasOwn(COMMANDS, first) ? first : undefined;
}

/** Whether argv asks for help on a command that has some; after `--` stands another program's line. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  return commandWords(argv) !== 'login' && words.some((word) => word === '--help' || word === '-h');
}
