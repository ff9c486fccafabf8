import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthPlanCommand extends GormesCommand {
  static override paths = [['auth', 'plan']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Show how the live pool differs from the declaration',
    details: `
      Writes nothing, refreshes nothing, asks nobody and starts no program. References of \`env:\` and
      \`file:\` are looked up; others are "not checked".

      Exits 0; with \`--detailed-exitcode\` 2 when there are changes; 1 when something blocks the plan;
      3 when the declaration is invalid.
    `,
    examples: [
      ['The declaration of this directory', '$0 auth plan'],
      ['One provider, for a script', '$0 auth plan --target openrouter --json'],
    ],
  });

  file = Option.String('-f,--config', { description: 'The declaration; - reads standard input' });
  targets = Option.Array('--target', [], {
    description: 'Only this address, provider or glob; repeatable',
  });
  detailed = Option.Boolean('--detailed-exitcode', false, {
    description: 'Exit 2 when there are changes',
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

  async run(context: CliContext): Promise<ExitCode> {
    const { loadForCommand, planOptions } = await import('./declaration.ts');
    const { preparePlan } = await import('../apply/prepare-plan.ts');
    const { isBlocked, isEmpty } = await import('../plan/plan.ts');
    const { showPlan } = await import('./show-plan.ts');
    const { deps } = context;
    const loaded = await loadForCommand(context, this.file);
    if (loaded === undefined) return EXIT.invalidDeclaration;
    const store = await openStore(context);
    const prepared = await preparePlan(deps, store, loaded.desired, planOptions(this));
    await showPlan(context, store.home, loaded, prepared, 'plan');
    if (isBlocked(prepared.plan)) return EXIT.failed;
    return this.detailed && !isEmpty(prepared.plan) ? EXIT.changes : EXIT.ok;
  }
}
