import { Command, Option, UsageError } from 'clipanion';
import type { PlanOptions, Prepared } from '../apply/prepare-plan.ts';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';
import { PlanningCommand } from './planning-command.ts';
import type { ShownPlan } from './show-plan.ts';
import type { PlanTargets } from './targets.ts';

export class AuthPlanCommand extends PlanningCommand {
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
      ['A declaration by its name', '$0 auth plan gormes.auth.yaml'],
      ['One provider, for a script', '$0 auth plan --target openrouter --json'],
      ['With secrets that managers keep', '$0 auth plan --check-secrets'],
      ['For a pull request', '$0 auth plan --markdown > plan.md'],
      ['To carry out later', '$0 auth plan --out plan.gormes'],
    ],
  });

  markdown = Option.Boolean('--markdown', false, {
    description: 'For a pull request: stable, under 60,000 characters',
  });
  diff = Option.Boolean('--diff', false, {
    description: 'As a unified diff of the pool, without its secrets',
  });
  out = Option.String('--out', {
    description: 'Save the plan to this file, for gormes auth apply FILE',
  });
  against = Option.String('--against', {
    description: 'Plan for the machine of this snapshot; secrets are not looked up',
  });
  detailed = Option.Boolean('--detailed-exitcode', false, {
    description: 'Exit 2 when there are changes',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { planOptions } = await import('./declaration.ts');
    const { loadTargets } = await import('./targets.ts');
    const { preparePlan } = await import('../apply/prepare-plan.ts');
    const { isBlocked, isEmpty } = await import('../plan/plan.ts');
    const { planFormat, shownPlan, showPlans } = await import('./show-plan.ts');
    const { deps } = context;
    const format = planFormat(this);
    const options = planOptions(this);
    if (this.against !== undefined) return await this.planAgainst(context, this.against, options);
    const found = await loadTargets(context, this.named);
    if (found === undefined) return EXIT.invalidDeclaration;
    const saving = this.out === undefined ? undefined : await this.startSaving(context, found);
    const plans: Prepared[] = [];
    const shown: ShownPlan[] = [];
    for (const { home, store, loaded } of found.targets) {
      const prepared = await preparePlan(deps, saving?.store ?? store, loaded.desired, options);
      plans.push(prepared);
      shown.push(shownPlan(loaded.path, home, prepared));
    }
    await showPlans(context, shown, format, found.isSet);
    for (const prepared of plans) saving?.save(prepared, options);
    if (plans.some(({ plan }) => isBlocked(plan))) return EXIT.failed;
    for (const { context: references } of plans) {
      const { permission } = references;
      if (typeof permission !== 'object') continue;
      const { viewUnchecked } = await import('./views/secrets-checked.ts');
      context.out.notice(viewUnchecked(permission));
      return EXIT.needsPerson;
    }
    if (saving === undefined)
      await context.out.next(async () =>
        (await import('./next-step.ts')).afterPlan(
          context,
          { ...this, file: this.named },
          plans.map(({ plan }) => plan),
        ),
      );
    return this.detailed && plans.some(({ plan }) => !isEmpty(plan)) ? EXIT.changes : EXIT.ok;
  }

  /** What a declaration would do to the machine of a snapshot; this one's home is not looked at. */
  private async planAgainst(
    context: CliContext,
    file: string,
    options: PlanOptions,
  ): Promise<ExitCode> {
    if (this.out !== undefined) throw new UsageError('a plan against a snapshot cannot be saved');
    const { loadMain, readDeclarationFile } = await import('./declaration.ts');
    const { readHomeSnapshot } = await import('../apply/take-snapshot.ts');
    const { planAgainst } = await import('../apply/prepare-plan.ts');
    const { isBlocked, isEmpty } = await import('../plan/plan.ts');
    const { planFormat, shownPlan, showPlans } = await import('./show-plan.ts');
    const snapshot = readHomeSnapshot(context.deps, file);
    const main = await readDeclarationFile(context, this.named);
    const loaded = await loadMain(context, main, snapshot.home);
    if (loaded === undefined) return EXIT.invalidDeclaration;
    const planned = planAgainst(loaded.desired, snapshot, options);
    const shown = { ...shownPlan(loaded.path, snapshot.home, planned), snapshot: file };
    await showPlans(context, [shown], planFormat(this), false);
    if (isBlocked(planned.plan)) return EXIT.failed;
    return this.detailed && !isEmpty(planned.plan) ? EXIT.changes : EXIT.ok;
  }

  /** The store to plan with, and what writes the file then; a saved plan is of one home. */
  private async startSaving(
    { deps, out }: CliContext,
    { targets }: PlanTargets,
  ): Promise<{ store: PoolStore; save: (prepared: Prepared, options: PlanOptions) => void }> {
    const [target] = targets;
    const file = this.out ?? '';
    if (target === undefined || targets.length > 1) {
      throw new UsageError('--out saves the plan of one home: choose it with -p PROFILE');
    }
    const { savePlan, withPlanKey } = await import('../apply/save-plan.ts');
    const nonce = deps.random(16).toString('hex');
    const store = withPlanKey(target.store, nonce);
    const save = (prepared: Prepared, options: PlanOptions): void => {
      const declaration = target.loaded.path;
      savePlan(deps, store, prepared, { out: file, nonce, declaration, options });
      out.notice(`Saved. To carry it out: gormes auth apply ${escapeControls(file)}`);
    };
    return { store, save };
  }
}
