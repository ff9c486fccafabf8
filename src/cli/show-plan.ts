import { UsageError } from 'clipanion';
import type { Prepared } from '../apply/prepare-plan.ts';
import { escapeControls, tildify } from '../base/text.ts';
import { timeText } from '../base/time-text.ts';
import type { Plan } from '../plan/plan.ts';
import { type PoolTexts, poolTexts, renderDiff } from '../plan/render-diff.ts';
import { renderHuman, summaryLine } from '../plan/render-human.ts';
import { planSetToJson, planToJson } from '../plan/render-json.ts';
import { MARKDOWN_LIMIT, renderMarkdown } from '../plan/render-markdown.ts';
import type { CliContext } from './command.ts';
import { declarationName } from './views/declaration-name.ts';
import { painter } from './views/paint.ts';

export type PlanFormat = 'human' | 'json' | 'markdown' | 'diff';

/** A plan with all that its renderers need. */
export interface ShownPlan {
  /** Path of the main file, or `-`. */
  readonly declaration: string;
  /** Directory of the home. */
  readonly home: string;
  /** File of the snapshot that was planned for, as it was typed; undefined for the home itself. */
  readonly snapshot?: string;
  readonly plan: Plan;
  /** Asked for only where they are shown: to make them replays the plan. */
  readonly texts: () => PoolTexts;
  readonly warnings: readonly string[];
}

/** The format that the options of a command ask for; usage error when they ask for several. */
export function planFormat(given: {
  readonly json: boolean;
  readonly markdown: boolean;
  readonly diff: boolean;
}): PlanFormat {
  const wanted = (['json', 'markdown', 'diff'] as const).filter((format) => given[format]);
  if (wanted.length > 1) throw new UsageError('choose one of --json, --markdown and --diff');
  return wanted[0] ?? 'human';
}

export function shownPlan(
  declaration: string,
  home: { readonly dir: string },
  prepared: Pick<Prepared, 'plan' | 'live' | 'input' | 'warnings'>,
): ShownPlan {
  const { plan, live, input, warnings } = prepared;
  const texts = (): PoolTexts => poolTexts(live, input.ledger.pins, plan);
  return { declaration, home: home.dir, plan, texts, warnings };
}

/**
 * Prints plans in the form that was asked for; warnings go to stderr.
 *
 * @param isSet the declaration names its homes: JSON is a list then, even of one
 */
export async function showPlans(
  context: CliContext,
  plans: readonly ShownPlan[],
  format: PlanFormat,
  isSet: boolean,
): Promise<void> {
  const { out } = context;
  for (const { warnings } of plans)
    for (const warning of warnings) out.notice(`warning: ${escapeControls(warning)}`);
  switch (format) {
    case 'json': {
      const documents = plans.map(toJson);
      out.write(`${JSON.stringify(isSet ? planSetToJson(documents) : documents[0], null, 2)}\n`);
      return;
    }
    case 'markdown': {
      const limit = Math.floor((MARKDOWN_LIMIT - 1) / plans.length);
      out.write(plans.map((shown) => markdownOf(context, shown, limit)).join('\n'));
      return;
    }
    case 'diff':
      for (const { texts, plan } of plans) {
        const text = await renderDiff(texts());
        if (text === '') out.notice(summaryLine(plan));
        out.write(text);
      }
      return;
    case 'human':
      out.write(plans.map((shown) => humanOf(context, shown, 'plan')).join('\n'));
      return;
    default:
      format satisfies never;
  }
}

/** The plans that an apply is about to carry out: text, or the first events of its JSON stream. */
export function showApply(context: CliContext, plans: readonly ShownPlan[]): void {
  const { out } = context;
  for (const { warnings } of plans)
    for (const warning of warnings) out.notice(`warning: ${escapeControls(warning)}`);
  for (const shown of plans) {
    if (out.isJson) out.write(`${JSON.stringify({ event: 'plan', plan: toJson(shown) })}\n`);
    else out.write(humanOf(context, shown, 'apply'));
  }
}

function toJson({ plan, declaration, home }: ShownPlan): object {
  return planToJson(plan, { declaration, home });
}

function markdownOf(context: CliContext, shown: ShownPlan, limit: number): string {
  const { declaration, home } = names(context, shown);
  return renderMarkdown(shown.plan, { declaration, home, limit });
}

function humanOf(context: CliContext, shown: ShownPlan, verb: 'plan' | 'apply'): string {
  const { deps, out } = context;
  const { declaration, home } = names(context, shown);
  const nowMs = deps.clock.now();
  return renderHuman(shown.plan, {
    title: `gormes auth ${verb}  ${escapeControls(declaration)} → ${escapeControls(home)}`,
    columns: out.columns,
    nowMs,
    when: (at) => timeText(at, nowMs),
    paint: painter(out.colour),
  });
}

/** Paths as people know them. */
function names({ deps }: CliContext, { declaration, home, snapshot }: ShownPlan) {
  const dir = tildify(home, deps.userHome);
  return {
    declaration: declarationName(deps, declaration),
    home: snapshot === undefined ? dir : `${dir}, as in ${snapshot}`,
  };
}
