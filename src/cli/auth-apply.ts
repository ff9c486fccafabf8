import { Command, Option, UsageError } from 'clipanion';
import type { Outcome } from '../apply/outcomes.ts';
import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { wrapLines } from '../base/wrap.ts';
import type { Action } from '../plan/change.ts';
import type { ApplyJob } from './apply-jobs.ts';
import type { CliContext } from './command.ts';
import { PlanningCommand } from './planning-command.ts';
import type { TerminalLoginIo } from './ui/login-io.ts';

export class AuthApplyCommand extends PlanningCommand {
  static override paths = [['auth', 'apply']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Make the live pool as declared',
    details: `
      Plans, shows the plan, asks, then makes one change at a time. A change that fails fails only what
      waits for it, and the next apply goes on where this one stopped. What nobody declared stays.
      Programs that know secrets are started once you trust the declaration; without that what needs
      them stays pending.

      A saved plan (\`gormes auth plan --out FILE\`) is carried out as it was shown, without a question,
      or refused when what it rests on moved meanwhile. A FILE that ends in .yaml or .yml is a
      declaration, as with \`-f\`.

      Exits 0 when the home is as declared; 4 when changes failed; 5 when something needs a person;
      1 when the plan is blocked; 3 when the declaration is invalid; 6 when a saved plan is stale.
    `,
    examples: [
      ['Ask first', '$0 auth apply'],
      ['In a script', '$0 auth apply --yes --no-input'],
      ['A plan that was saved, and so approved', '$0 auth apply plan.gormes'],
    ],
  });

  yes = Option.Boolean('--yes', false, { description: 'Do not ask' });
  noInput = Option.Boolean('--no-input', false, {
    description: 'Ask nothing; what needs a person stays pending',
  });
  onlyLogins = Option.Boolean('--only-logins', false, {
    description: 'Only the logins that are pending; works without a terminal too',
  });
  noBrowser = Option.Boolean('--no-browser', false, {
    description: 'Print the address of a login instead of opening a browser',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { declaredJobs, savedJob, worstOf } = await import('./apply-jobs.ts');
    const { planOptions } = await import('./declaration.ts');
    const { applyPlan } = await import('../apply/apply-plan.ts');
    const { isBlocked, isEmpty } = await import('../plan/plan.ts');
    const { showApply, shownPlan } = await import('./show-plan.ts');
    const { outcomeToJson, viewApplied, viewOutcome } = await import('./views/applied.ts');
    const { out } = context;
    const deps = this.noInput
      ? { ...context.deps, terminal: silent(context.deps.terminal) }
      : context.deps;
    const jobs: ApplyJob[] = [];
    const saved = this.savedPlan();
    if (saved === undefined) {
      const planned = await declaredJobs(context, deps, this.named, planOptions(this));
      if (planned === undefined) return EXIT.invalidDeclaration;
      jobs.push(...(this.onlyLogins ? planned.map(onlyLogins) : planned));
    } else {
      this.refuseBeside();
      const job = await savedJob(context, deps, saved, this.allowCommands);
      if (job === undefined) return EXIT.stalePlan;
      jobs.push(this.onlyLogins ? onlyLogins(job) : job);
    }
    const shown = jobs.map(({ declaration, home, prepared }) =>
      shownPlan(declaration, home, prepared),
    );
    showApply(context, shown);
    if (jobs.some(({ prepared }) => isBlocked(prepared.plan))) return EXIT.failed;
    const pending = jobs.filter(({ prepared }) => !isEmpty(prepared.plan));
    if (pending.length === 0) return EXIT.ok;
    // Where nothing can be changed there is nothing to ask.
    const changes = pending.flatMap(({ prepared }) => prepared.plan.changes);
    const asks = saved === undefined && changes.some(({ action }) => action !== 'unknown');
    if (asks && !this.yes && !(await confirm(deps))) {
      out.notice('Nothing was changed.');
      return EXIT.failed;
    }
    const io = await this.loginIo(context, deps);
    const onOutcome = (outcome: Outcome): void => {
      io?.settled(outcome.change.address);
      const text = out.isJson
        ? JSON.stringify(outcomeToJson(outcome))
        : wrapLines(viewOutcome(outcome), out.width('stdout'));
      const print = (): void => out.write(text === '' ? '' : `${text}\n`);
      if (io === undefined) print();
      else io.around(print);
    };
    const codes: ExitCode[] = [];
    const outcomes: Outcome[] = [];
    for (const { home, store, prepared, options } of pending) {
      if (deps.signal.aborted) break;
      if (!out.isJson && jobs.length > 1) out.write(`\n${escapeControls(home.dir)}\n`);
      const result = await applyPlan(deps, store, prepared, options, onOutcome, io);
      codes.push(result.exitCode);
      outcomes.push(...result.outcomes);
      const end = { event: 'end', home: home.dir, empty: isEmpty(result.after) };
      if (out.isJson) out.write(`${JSON.stringify({ ...end, exit_code: result.exitCode })}\n`);
      else
        out.write(`\n${wrapLines(viewApplied(result, deps.clock.now()), out.width('stdout'))}\n`);
    }
    const exitCode = worstOf(codes);
    if (exitCode === EXIT.ok)
      await out.next(async () => (await import('./next-step.ts')).afterApply(context, outcomes));
    return exitCode;
  }

  /**
   * The saved plan that the command line names. A plan is carried out without a question, so that only
   * the name of a file tells: what is called like a declaration is one, and is asked about.
   */
  private savedPlan(): string | undefined {
    return this.argument !== undefined && /\.ya?ml$/i.test(this.argument)
      ? undefined
      : this.argument;
  }

  /** A saved plan was made with its own choice of declaration, targets and limits. */
  private refuseBeside(): void {
    const beside = this.file ?? this.maxRemovals ?? [...this.targets, ...this.allowEmpty][0];
    if (beside === undefined && !this.takeOver && !this.checkSecrets) return;
    throw new UsageError('a saved plan has its own options: give them to gormes auth plan --out');
  }

  /** How logins are shown; undefined when nobody is there to complete one. */
  private async loginIo(
    { out, streams }: CliContext,
    deps: Deps,
  ): Promise<TerminalLoginIo | undefined> {
    if (this.noInput || !(deps.terminal.interactive || this.onlyLogins)) return undefined;
    const { createLoginIo } = await import('./ui/login-io.ts');
    const { platform } = await import('node:process');
    const io = createLoginIo(deps, { noBrowser: this.noBrowser, streams, platform });
    if (!out.isJson) return io;
    const show: TerminalLoginIo['show'] = (address, announcement) => {
      out.write(`${JSON.stringify({ event: 'login', address, ...announcement })}\n`);
    };
    return { ...io, show };
  }
}

const LOGINS: readonly Action[] = ['login', 'relogin', 'mcp_login'];

/** Logins and what renews them; the rest of the plan waits for another apply. */
function onlyLogins(job: ApplyJob): ApplyJob {
  const { prepared } = job;
  const changes = prepared.plan.changes.filter(({ action }) => LOGINS.includes(action));
  return { ...job, prepared: { ...prepared, plan: { ...prepared.plan, changes } } };
}

type Terminal = CliContext['deps']['terminal'];

async function confirm(deps: Pick<Deps, 'terminal' | 'signal'>): Promise<boolean> {
  const { terminal } = deps;
  if (!terminal.interactive) {
    throw new GormesError(
      'needs_confirmation',
      'apply asks before it changes anything, and there is no terminal',
      {
        exitCode: EXIT.needsPerson,
        hint: 'gormes auth apply --yes',
      },
    );
  }
  return await terminal.confirm('Apply? (yes/no) ', deps);
}

/** A terminal that asks nothing: every question ends as one that needs a person. */
function silent(terminal: Terminal): Terminal {
  const refuse = async (): Promise<never> => {
    throw new GormesError(
      'needs_terminal',
      'this needs an answer, and --no-input forbids questions',
      {
        exitCode: EXIT.needsPerson,
      },
    );
  };
  return { ...terminal, interactive: false, ask: refuse, askSecret: refuse, confirm: refuse };
}
