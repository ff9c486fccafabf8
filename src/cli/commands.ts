import type { CommandClass } from 'clipanion';
import type { CliContext } from './command.ts';

type Load = () => Promise<CommandClass<CliContext>>;

/** Every command by its words, loaded on demand: a command that is not used costs nothing at start. */
export const COMMANDS: Readonly<Record<string, Load>> = {
  'auth add': async () => (await import('./auth-add.ts')).AuthAddCommand,
  'auth list': async () => (await import('./auth-list.ts')).AuthListCommand,
  'auth remove': async () => (await import('./auth-remove.ts')).AuthRemoveCommand,
  'auth reset': async () => (await import('./auth-reset.ts')).AuthResetCommand,
  'auth status': async () => (await import('./auth-status.ts')).AuthStatusCommand,
  'auth logout': async () => (await import('./auth-logout.ts')).AuthLogoutCommand,
  logout: async () => (await import('./auth-logout.ts')).LogoutCommand,
  login: async () => (await import('./login.ts')).LoginCommand,
  'auth validate': async () => (await import('./auth-validate.ts')).AuthValidateCommand,
  'auth plan': async () => (await import('./auth-plan.ts')).AuthPlanCommand,
  'auth apply': async () => (await import('./auth-apply.ts')).AuthApplyCommand,
  'auth schema': async () => (await import('./auth-schema.ts')).AuthSchemaCommand,
};

/** The words of the command that argv calls; undefined for help, version and unknown ones. */
export function commandWords(argv: readonly string[]): string | undefined {
  const [first, second] = argv;
  if (first === undefined) return undefined;
  const two = `${first} ${second ?? ''}`;
  if (Object.hasOwn(COMMANDS, two)) return two;
  return Object.hasOwn(COMMANDS, first) ? first : undefined;
}
