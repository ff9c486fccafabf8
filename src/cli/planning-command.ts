import { Option } from 'clipanion';
import { DeclarationCommand } from './declaration-command.ts';

/** Base of the commands that plan a declaration: which one, how much of it, and what is allowed once. */
export abstract class PlanningCommand extends DeclarationCommand {
  targets = Option.Array('--target', [], {
    description: 'Only this address, provider or glob; repeatable',
  });
  maxRemovals = Option.String('--max-removals', {
    description: 'Allow so many removals this once',
  });
  allowEmpty = Option.Array('--allow-empty', [], {
    description: 'Let this provider lose its last credential',
  });
  takeOver = Option.Boolean('--take-over', false, {
    description: 'Take over what another declaration manages',
  });
  checkSecrets = Option.Boolean('--check-secrets', false, {
    description:
      'Ask secret managers and commands for stored keys too: are they there, did they change?',
  });
  allowCommands = Option.Boolean('--allow-commands', false, {
    description: 'Start the programs of this declaration without trust, for CI',
  });
}
