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
      Writes nothing to the home, refreshes nothing, asks nobody and starts no program. References of
      \`env:\` and \`file:\` are looked up; others are "not checked". With \`--check-secrets\` the
      programs that know them are started, once you trust the declaration (\`gormes auth trust\`).

      Exits 0; with \`--detailed-exitcode\` 2 when there are changes; 1 when something blocks the plan;
      3 when the declaration is invalid; 5 when secrets could not be checked for want of trust.
    `,
    examples: [
      ['The declaration of this directory', '$0 auth plan'],
      ['One provider, for a script', '$0 auth plan --target openrouter --json'],
      ['With secrets that managers keep', '$0 auth plan --check-secrets'],
      ['For a pull request', '$0 auth plan --markdown > plan.md'],
    ],
  });

  file = Option.String('-f,--config', { description: 'The declaration; - reads standard input' });
  markdown = Option.Boolean('--markdown', false, {
    description: 'For a pull request: stable, under 60,000 characters',
  });
  diff = Option.Boolean('--diff', false, {
    description: 'As a unified diff of the pool, without its secrets',
  });
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
  checkSecrets = Option.Boolean('--check-secrets', false, {
    description: 'Ask secret managers and commands too: is the secret there, did it change?',
  });
  allowCommands = Option.Boolean('--allow-commands', false, {
    description: 'Start the programs of this declaration without trust, for CI',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { loadForCommand, planOptions } = await import('./declaration.ts');
    const { preparePlan } = await import('../apply/prepare-plan.ts');
    const { isBlocked, isEmpty } = await import('../plan/plan.ts');
    const { planFormat, shownPlan, showPlans } = await import('./show-plan.ts');
    const { deps } = context;
    const format = planFormat(this);
    const loaded = await loadForCommand(context, this.file);
    if (loaded === undefined) return EXIT.invalidDeclaration;
    const store = await openStore(context);
    const prepared = await preparePlan(deps, store, loaded.desired, planOptions(this));
    await showPlans(context, [shownPlan(loaded.path, store.home, prepared)], format, false);
    if (isBlocked(prepared.plan)) return EXIT.failed;
    const { permission } = prepared.context;
    if (typeof permission === 'object') {
      const { viewUnchecked } = await import('./views/secrets-checked.ts');
      context.out.notice(viewUnchecked(permission));
      return EXIT.needsPerson;
    }
    return this.detailed && !isEmpty(prepared.plan) ? EXIT.changes : EXIT.ok;
  }
}
