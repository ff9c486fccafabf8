import type { Explained } from '../../apply/explain-provider.ts';
import { sourceName } from '../../apply/no-credential.ts';
import { escapeControls, listOf, plural } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';
import type { PlacedEntry } from '../../pool/explain-pool.ts';
import { failureKind } from '../../pool/status-text.ts';
import { entryNames } from './entry-names.ts';
import { declarationLines, declarationToJson } from './explained-declaration.ts';
import { nextLabel } from './explained-next.ts';

/**
 * Who is next and why each other is not, one line each; then what a declaration would change.
 *
 * @param name of the declaration, where there is one
 */
export function viewExplained(explained: Explained, name: string): string {
  const { provider, strategy, entries, supposed, suppressed } = explained;
  const id = escapeControls(provider.id);
  const lines = supposed.map(({ text, mark }) => {
    const effect = mark === 'unchanged' ? ', which changes nothing' : '';
    return `Supposed: ${escapeControls(text)}${effect}`;
  });
  const pinned = pinText(explained);
  lines.push(`${id}  ${pinned ?? strategy}`);
  if (entries.length === 0) lines.push('  no credentials');
  const nameOf = entryNames(entries.map(({ entry }) => entry));
  const width = Math.max(0, ...entries.map(({ entry }) => [...nameOf(entry)].length));
  for (const placed of entries) {
    const label = nameOf(placed.entry);
    const pad = ' '.repeat(Math.max(0, width - [...label].length));
    const mark = placed.place.kind === 'next' ? '→' : ' ';
    lines.push(`${mark} ${label}${pad}  ${wordsOf(placed, explained)}`);
  }
  if (
    entries.length > 0 &&
    !entries.some(({ place }) => place.kind !== 'out' && place.kind !== 'not_pinned')
  )
    lines.push('The next request gets nothing.');
  if (suppressed.length > 0)
    lines.push(`Not imported: ${listOf(suppressed.map(escapeControls))} (suppressed)`);
  if (explained.declared !== undefined)
    lines.push(...declarationLines(explained, explained.declared, name));
  return lines.join('\n');
}

function pinText({ pin, entries, strategy }: Explained): string | undefined {
  if (pin === undefined) return undefined;
  const label = `"${escapeControls(pin)}"`;
  return entries.some(({ pinned }) => pinned)
    ? `pinned to ${label}`
    : `${strategy} (the pinned ${label} is gone)`;
}

function wordsOf(placed: PlacedEntry, { strategy, nowMs, isInherited }: Explained): string {
  const { entry, refreshes } = placed;
  const where = isInherited(entry) ? ', from the default profile' : '';
  const renewed = refreshes && placed.place.kind !== 'out' ? ', refreshed at its use' : '';
  return `${placeWords(placed, strategy, nowMs)}${renewed}${where}`;
}

function placeWords({ entry, place }: PlacedEntry, strategy: string, nowMs: number): string {
  switch (place.kind) {
    case 'next':
      return 'next';
    case 'behind': {
      const others = plural(place.ahead, 'other');
      return strategy === 'fill_first'
        ? `when ${others} before it can't be used`
        : `after ${others}`;
    }
    case 'by_chance':
      return `one of ${place.among}, by chance`;
    case 'used_more':
      return `used ${plural(place.count, 'time')}`;
    case 'not_pinned':
      return 'usable, but not pinned';
    case 'out':
      return outWords(entry, place.standing, nowMs);
    default:
      return place satisfies never;
  }
}

function outWords(
  entry: PlacedEntry['entry'],
  standing: Extract<PlacedEntry['place'], { readonly kind: 'out' }>['standing'],
  nowMs: number,
): string {
  const facts = [
    entry.errorReason,
    entry.errorCode === undefined ? undefined : `${entry.errorCode}`,
  ];
  const known = facts.filter((fact) => fact !== undefined).map(escapeControls);
  const because = known.length === 0 ? '' : ` (${known.join(', ')})`;
  switch (standing.state) {
    case 'cooling':
      return `${failureKind(entry)}${because}, free at ${timeText(standing.until, nowMs)}`;
    case 'dead':
      return `dead${because}: ${entry.type === 'oauth' ? 'log in again' : 'needs a new key'}`;
    case 'expired':
      return `run out at ${timeText(standing.at, nowMs)}: log in again`;
    case 'empty':
      return `${sourceName(entry)} is not set`;
    default:
      return standing satisfies never;
  }
}

/**
 * JSON of `auth explain`; no secret.
 *
 * @param path of the declaration, where there is one
 */
export function explainedToJson(explained: Explained, path: string): object {
  const { provider, strategy, pin, supposed, entries, suppressed, isInherited, declared } =
    explained;
  return {
    provider: provider.id,
    strategy,
    pin: pin ?? null,
    supposed: supposed.map(({ text, label, mark }) => ({ text, label, effect: mark })),
    next: nextLabel(entries) ?? null,
    credentials: entries.map(({ entry, place, pinned, refreshes }, index) => ({
      index: index + 1,
      id: entry.id,
      label: entry.label,
      source: entry.source,
      place: place.kind === 'out' ? place.standing.state : place.kind,
      until:
        place.kind === 'out' && place.standing.state === 'cooling'
          ? new Date(place.standing.until).toISOString()
          : null,
      error_code: entry.errorCode ?? null,
      error_reason: entry.errorReason ?? null,
      request_count: entry.requestCount,
      pinned,
      refreshes,
      inherited: isInherited(entry),
    })),
    suppressed,
    declaration: declared === undefined ? null : declarationToJson(explained, declared, path),
  };
}
