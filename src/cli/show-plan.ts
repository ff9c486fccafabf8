import { relative } from 'node:path';
import type { Prepared } from '../apply/prepare-plan.ts';
import { escapeControls, tildify } from '../base/text.ts';
import { renderHuman } from '../plan/render-human.ts';
import { planToJson } from '../plan/render-json.ts';
import type { Home } from '../pool/home.ts';
import type { CliContext } from './command.ts';
import type { LoadedDeclaration } from './declaration.ts';
import { painter } from './views/paint.ts';

/** Prints a plan in the form that was asked for; warnings go to stderr. */
export async function showPlan(
  { deps, out }: CliContext,
  home: Home,
  loaded: LoadedDeclaration,
  { plan, warnings }: Prepared,
  verb: 'plan' | 'apply',
): Promise<void> {
  for (const warning of warnings) out.notice(`warning: ${escapeControls(warning)}`);
  const from =
    loaded.path === '-' ? 'standard input' : relative(deps.cwd, loaded.path) || loaded.path;
  const file = from.startsWith('..') ? tildify(loaded.path, deps.userHome) : from;
  const title = `gormes auth ${verb}  ${escapeControls(file)} → ${escapeControls(tildify(home.dir, deps.userHome))}`;
  if (out.isJson) {
    const document = planToJson(plan, { declaration: loaded.path, home: home.dir });
    if (verb === 'plan') out.result(document, () => '');
    else out.write(`${JSON.stringify({ event: 'plan', plan: document })}\n`);
    return;
  }
  out.write(
    renderHuman(plan, {
      title,
      columns: out.columns,
      nowMs: deps.clock.now(),
      paint: painter(out.colour),
    }),
  );
}
