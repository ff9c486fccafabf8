import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthShowCommand extends GormesCommand {
  static override paths = [['auth', 'show']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Print a saved plan',
    details: `
      Shows a file of \`gormes auth plan --out FILE\` in any form. Does not look whether the plan still
      holds: \`gormes auth apply FILE\` does. Reads the file alone, and writes nothing.
    `,
    examples: [
      ['For a terminal', '$0 auth show plan.gormes'],
      ['For a pull request', '$0 auth show plan.gormes --markdown'],
    ],
  });

  saved = Option.String({ name: 'FILE' });
  markdown = Option.Boolean('--markdown', false, { description: 'For a pull request' });
  diff = Option.Boolean('--diff', false, { description: 'As a unified diff of the pool' });

  async run(context: CliContext): Promise<ExitCode> {
    const { readSavedPlan } = await import('./apply-jobs.ts');
    const { planFormat, showPlans } = await import('./show-plan.ts');
    const format = planFormat(this);
    const { declaration, home, plan, texts } = await readSavedPlan(context, this.saved);
    await showPlans(
      context,
      [{ declaration, home, plan, texts: () => texts, warnings: [] }],
      format,
      false,
    );
    await context.out.next(async () =>
      (await import('./next-step.ts')).afterShow(context, this.saved, plan),
    );
    return EXIT.ok;
  }
}
