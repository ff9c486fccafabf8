import { Command, Option, UsageError } from 'clipanion';
import type { Answers } from '../apply/setup/answers.ts';
import type { Section, SectionId } from '../apply/setup/question.ts';
import type { SetupReset } from '../apply/setup/reset-setup.ts';
import type { SectionResult } from '../apply/setup/run-setup.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { PoolStore } from '../pool/store.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';
import type { Dialogue } from './ui/dialogue.ts';

export class SetupCommand extends GormesCommand {
  static override paths = [['setup']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Set Hermes up: model, speech, terminal, messaging, tools, agent',
    details: `
      Asks what Hermes asks and writes the same keys of config.yaml and variables of \`.env\`; only
      those change, comments stay. Each section is written when it is through: Esc leaves a section
      unwritten, Ctrl-C ends it all and keeps the sections before.

      \`--non-interactive\` takes what is set, variables of the environment and Hermes' defaults.
      \`--answers FILE\` (YAML or JSON) answers in advance; a secret in it is a reference such as
      \`env:NAME\`. \`--quick\` asks only for what is missing. It installs nothing, starts no service
      and tests no connection.
    `,
    examples: [
      ['Choose what to set up', '$0 setup'],
      ['One section', '$0 setup terminal'],
      ['In a script', '$0 setup --answers answers.yaml --non-interactive'],
      ['Defaults for one section', '$0 setup agent --reset --yes --non-interactive'],
    ],
  });

  section = Option.String({ required: false });
  nonInteractive = Option.Boolean('--non-interactive', false, {
    description: 'Ask nothing: take variables and defaults',
  });
  reset = Option.Boolean('--reset', false, {
    description: 'First take the settings of setup out of config.yaml; keeps a copy of it',
  });
  reconfigure = Option.Boolean('--reconfigure', false, {
    description: 'Ask everything again, which is the default',
  });
  quick = Option.Boolean('--quick', false, { description: 'Ask only for what is missing' });
  answersFile = Option.String('--answers', {
    description: 'File with answers in advance; - reads standard input',
  });
  yes = Option.Boolean('--yes', false, { description: 'Reset without asking' });

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out } = context;
    if (this.quick && this.reconfigure)
      throw new UsageError('choose one of --quick and --reconfigure');
    const { SECTIONS } = await import('../apply/setup/sections.ts');
    const { readAnswers } = await import('../apply/setup/answers.ts');
    const views = await import('./views/setup.ts');
    const only = await this.only();
    const file = this.answersFile;
    const answers = file === undefined ? undefined : await readAnswers(deps, file);
    const asks = deps.terminal.interactive && !this.nonInteractive && file !== '-';
    const isAnswered = asks || this.nonInteractive || answers !== undefined;
    if (!isAnswered && !this.reset) throw needsTerminal(only);
    const store = await openStore(context);
    if (answers !== undefined) await this.checkReferences(context, store, answers);
    const reset = this.reset ? await this.resetFirst(context, store, only, asks) : undefined;
    if (reset !== undefined && !out.isJson) out.write(`${views.viewSetupReset(reset)}\n`);
    const { openDialogue } = await import('./ui/dialogue.ts');
    const dialogue = asks ? await openDialogue(context, store) : undefined;
    const ids = isAnswered ? await this.chooseSections(dialogue, only, answers) : [];
    if (dialogue !== undefined && ids.length === 0) out.notice('Nothing was chosen.');
    const results: SectionResult[] = [];
    for (const id of ids) {
      const section = SECTIONS[id];
      const result = await this.runOne(context, store, section, answers, dialogue);
      results.push(result);
      const isSilent = out.isJson || (this.quick && isComplete(result));
      if (!isSilent) out.write(`${views.viewSection(section.title, result)}\n`);
    }
    if (out.isJson) out.result(views.setupToJson(reset, results), () => '');
    else if (this.quick && results.every(isComplete))
      out.write('Everything is configured! Nothing to do.\n');
    await out.next(async () => (await import('./next-step.ts')).afterSetup(context, results));
    return EXIT.ok;
  }

  private async checkReferences(
    { deps }: CliContext,
    store: PoolStore,
    answers: Answers,
  ): Promise<void> {
    const { SECTION_IDS, SECTIONS } = await import('../apply/setup/sections.ts');
    const { checkReferences } = await import('../apply/setup/run-setup.ts');
    const sections = SECTION_IDS.filter((id) => id !== 'model').map((id) => SECTIONS[id]);
    await checkReferences(deps, store, sections, answers);
  }

  private async only(): Promise<SectionId | undefined> {
    const { SECTION_IDS } = await import('../apply/setup/sections.ts');
    const given = this.section;
    const found = SECTION_IDS.find((id) => id === given?.toLowerCase());
    if (given === undefined || found !== undefined) return found;
    throw new UsageError(`argument section: choose from ${SECTION_IDS.join(', ')}`);
  }

  private async resetFirst(
    context: CliContext,
    store: PoolStore,
    only: SectionId | undefined,
    asks: boolean,
  ): Promise<SetupReset> {
    const { resetSetup } = await import('../apply/setup/reset-setup.ts');
    const { SECTION_IDS, SECTIONS } = await import('../apply/setup/sections.ts');
    const sections = (only === undefined ? SECTION_IDS : [only]).map((id) => SECTIONS[id]);
    if (!this.yes) {
      if (!asks) throw needsConfirmation();
      const titles = only === undefined ? 'all that setup asks' : SECTIONS[only].title;
      const { terminal } = context.deps;
      const question = `Reset to Hermes' defaults: ${titles}? (yes/no) `;
      if (!(await terminal.confirm(question, context.deps)))
        throw new GormesError('not_confirmed', 'nothing was reset');
    }
    return await resetSetup(context.deps, store, sections);
  }

  private async chooseSections(
    dialogue: Dialogue | undefined,
    only: SectionId | undefined,
    answers: Answers | undefined,
  ): Promise<readonly SectionId[]> {
    const { SECTION_IDS, SECTIONS, USUAL_SECTIONS } = await import('../apply/setup/sections.ts');
    if (only !== undefined) return [only];
    if (this.quick) return SECTION_IDS;
    const answered = SECTION_IDS.filter((id) => answers?.[id] !== undefined);
    if (answers !== undefined && (dialogue === undefined || answered.length > 0)) return answered;
    if (dialogue === undefined) return USUAL_SECTIONS;
    const { askSections } = await import('./ui/setup-dialogue.ts');
    const all = SECTION_IDS.map((id) => SECTIONS[id]);
    const usual = all.filter(({ id }) => USUAL_SECTIONS.includes(id));
    return ((await askSections(dialogue, all, usual)) ?? []).map(({ id }) => id);
  }

  private async runOne(
    context: CliContext,
    store: PoolStore,
    section: Section,
    answers: Answers | undefined,
    dialogue: Dialogue | undefined,
  ): Promise<SectionResult> {
    const given = answers?.[section.id];
    if (section.id === 'model') {
      const { runModel } = await import('./ui/setup-model.ts');
      return await runModel(context.deps, store, { given, dialogue, quick: this.quick });
    }
    const { runSection } = await import('../apply/setup/run-setup.ts');
    if (dialogue === undefined) {
      const mode = { answers: given, ask: undefined, quick: this.quick };
      return await runSection(context.deps, store, section, mode);
    }
    const { askWith } = await import('./ui/setup-dialogue.ts');
    const ask = askWith(dialogue, section.title);
    const mode = { answers: given, ask, quick: this.quick };
    return await runSection(dialogue.deps, store, section, mode);
  }
}

/** Nothing was missing. */
function isComplete({ written, notes, skipped }: SectionResult): boolean {
  return written.length === 0 && notes.length === 0 && !skipped;
}

function needsTerminal(only: SectionId | undefined): GormesError {
  const section = only === undefined ? '' : `${only} `;
  return new GormesError('needs_terminal', 'setup asks questions, and there is no terminal', {
    exitCode: EXIT.needsPerson,
    hint: `gormes setup ${section}--non-interactive takes variables and defaults; --answers FILE answers in advance`,
  });
}

function needsConfirmation(): GormesError {
  return new GormesError(
    'needs_confirmation',
    'a reset asks before it changes anything, and there is no terminal',
    { exitCode: EXIT.needsPerson, hint: 'gormes setup --reset --yes' },
  );
}
