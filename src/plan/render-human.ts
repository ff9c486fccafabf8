import { groupBy } from '../base/group-by.ts';
import { disarmCommands, escapeControls, plural } from '../base/text.ts';
import { relativeText } from '../base/time-text.ts';
import { wrap } from '../base/wrap.ts';
import { providerOf } from './addresses.ts';
import type { Change } from './change.ts';
import { type Described, describeChange } from './describe.ts';
import { driftText } from './drift.ts';
import { isEmpty, type Plan, summarise } from './plan.ts';

/** How a plan is drawn; everything that the plan itself does not know. */
export interface RenderOptions {
  /** `gormes auth plan  gormes.auth.yaml → ~/.hermes`. */
  readonly title: string;
  /** Widest line. */
  readonly columns: number;
  /** Unix milliseconds, for "6 days ago". */
  readonly nowMs: number;
  /** Writes a time, where the reader is. */
  readonly when: (at: number) => string;
  /** Colours a symbol; identity where there is no colour. */
  readonly paint: (symbol: Described['symbol'], text: string) => string;
}

const NAME_MIN = 10;
const NAME_MAX = 28;
const VERB = 9;

/** A plan as people read it on a terminal: no colour is needed to understand it. */
export function renderHuman(plan: Plan, options: RenderOptions): string {
  const blocks = [
    options.title,
    driftBlock(plan, options),
    ...changeBlocks(plan, options),
    closing(plan, options.columns),
  ];
  return disarmCommands(`${blocks.filter((block) => block !== '').join('\n\n')}\n`);
}

function driftBlock(plan: Plan, { nowMs, columns, when }: RenderOptions): string {
  if (plan.drift.length === 0) return '';
  const since =
    plan.appliedAt === undefined
      ? ''
      : ` since the last apply, ${relativeText(plan.appliedAt, nowMs)}`;
  const width = Math.max(...plan.drift.map((drift) => drift.address.length));
  const indent = 2 + width + 3;
  const lines = plan.drift.flatMap((drift) =>
    broken(escapeControls(driftText(drift, when)), Math.max(20, columns - indent)).map(
      (text, index) =>
        index === 0
          ? `  ${escapeControls(drift.address.padEnd(width))}   ${text}`
          : ' '.repeat(indent) + text,
    ),
  );
  return [`Changed outside${since}:`, ...lines].join('\n');
}

function changeBlocks(plan: Plan, options: RenderOptions): string[] {
  const order = [
    ...plan.providers.map(({ id }) => id),
    ...plan.changes.map((change) => change.provider),
  ];
  // A new strategy stands in the heading of its provider.
  const described = plan.changes
    .filter((change) => change.action !== 'strategy')
    .map((change) => ({ change, line: describeChange(change) }));
  const nameWidth = Math.min(
    NAME_MAX,
    Math.max(NAME_MIN, ...described.map(({ line }) => line.name.length)),
  );
  const linesOf = groupBy(described, ({ change }) => change.provider);
  const notesOf = groupBy(plan.notes, ({ address }) => providerOf(address));
  const groups = [...new Set(order)].flatMap((provider) => {
    const lines = linesOf.get(provider) ?? [];
    const notes = notesOf.get(provider) ?? [];
    const strategy = plan.changes.find(
      (change) => change.action === 'strategy' && change.provider === provider,
    );
    if (lines.length === 0 && notes.length === 0 && strategy === undefined) return [];
    return [
      heading(plan, provider, strategy, options.columns),
      ...byName(lines.map(({ line }) => line)).flatMap((line) =>
        changeLines(line, nameWidth, options),
      ),
      ...notes.map((note) => noteLine(provider, note.address, note.detail, nameWidth)),
    ];
  });
  return groups.length === 0 ? [] : [groups.join('\n')];
}

/** What concerns one credential stands together, in the order in which the plan first names each. */
function byName(lines: readonly Described[]): Described[] {
  return [...groupBy(lines, (line) => line.name).values()].flat();
}

function heading(
  plan: Plan,
  provider: string,
  change: Change | undefined,
  columns: number,
): string {
  const live = plan.providers.find(({ id }) => id === provider)?.strategy ?? '';
  const strategy = change?.action === 'strategy' ? `${live} → ${change.after}` : live;
  const name = escapeControls(provider).padEnd(Math.min(38, columns - strategy.length - 1));
  return `${name} ${strategy}`.trimEnd();
}

function changeLines(
  line: Described,
  nameWidth: number,
  { columns, paint }: RenderOptions,
): string[] {
  const head = `  ${paint(line.symbol, line.symbol)} ${line.name.padEnd(nameWidth)} ${line.verb.padEnd(VERB)} `;
  const indent = 4 + nameWidth + 1 + VERB + 1;
  const room = Math.max(20, columns - indent);
  const reasonWidth = line.reason.length;
  const fits = line.detail.length + 2 + reasonWidth <= room;
  const detailWidth = Math.min(44, room - reasonWidth - 2);
  const first =
    fits && line.reason !== '' ? `${line.detail.padEnd(detailWidth)}  ${line.reason}` : line.detail;
  const rest = fits || line.reason === '' ? line.below : [line.reason, ...line.below];
  return [
    ...broken(first, room).map((text, index) =>
      index === 0 ? head + text : ' '.repeat(indent) + text,
    ),
    ...rest.flatMap((text) => broken(text, room)).map((text) => ' '.repeat(indent) + text),
  ].map((text) => text.trimEnd());
}

function noteLine(provider: string, address: string, detail: string, nameWidth: number): string {
  const name = address === provider ? '' : address.slice(provider.length + 1);
  return `    ${escapeControls(name).padEnd(nameWidth)} ${'='.padEnd(VERB)} ${escapeControls(detail)}`.trimEnd();
}

/** A word longer than the room is cut, so that no line is wider. */
function broken(text: string, room: number): string[] {
  return wrap(text, room, '', '', true);
}

function closing(plan: Plan, columns: number): string {
  const unmanaged = [...plan.unmanaged];
  const total = unmanaged.reduce((sum, [, count]) => sum + count, 0);
  const lines: string[] = [];
  const parts = [
    ...(total === 0
      ? []
      : [
          `Not managed here: ${plural(total, 'credential')} (${unmanaged.map(([provider, count]) => `${escapeControls(provider)} ${count}`).join(', ')}).`,
        ]),
    ...(plan.unchanged === 0 ? [] : [`Unchanged: ${plan.unchanged}.`]),
  ];
  if (parts.length > 0) lines.push(parts.join(' '));
  lines.push(summaryLine(plan));
  return lines.flatMap((line) => broken(line, columns)).join('\n');
}

/** The one line that says what an apply would do. */
export function summaryLine(plan: Plan): string {
  if (isEmpty(plan)) return 'No changes. The home is as declared.';
  const { add, change, remove, ledgerOnly, blocked, unknown, logins } = summarise(plan);
  const sentences = [`Plan: ${add} to add, ${change} to change, ${remove} to remove.`];
  if (ledgerOnly > 0) sentences.push(`${ledgerOnly} to note in the ledger.`);
  if (unknown > 0) sentences.push(`${unknown} unknown.`);
  if (blocked > 0) sentences.push(`${blocked} blocked: nothing is applied while that is so.`);
  if (logins > 0) sentences.push(`${logins} ${logins === 1 ? 'needs' : 'need'} you to log in.`);
  return sentences.join(' ');
}
