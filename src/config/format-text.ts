import { Findings } from './findings.ts';
import { spaceFlows } from './format-flow.ts';
import { indentLines } from './format-indent.ts';
import { parseYaml } from './parse-yaml.ts';
import { makeSource } from './source-text.ts';
import type { TreeNode } from './tree.ts';

/**
 * A declaration laid out as we write them: two spaces a level, one space inside braces and none inside
 * brackets, no trailing spaces, at most one empty line. Comments, quotes, line breaks, order and
 * meaning stay: where the layout can't be changed without a doubt, only spaces at the ends of lines
 * go, and nothing where they have a meaning. Formatting twice is formatting once.
 *
 * @param text what `parseYaml` understands, without byte order mark
 */
export async function formatText(text: string): Promise<string> {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const plain = text.replaceAll('\r\n', '\n');
  const laidOut = await layOut(plain);
  // Most files are laid out already; looking for what they mean takes longer than all the rest.
  if (laidOut === plain) return plain.replaceAll('\n', eol);
  const meaning = await meaningOf(plain);
  if (meaning === undefined) return text;
  for (const candidate of [laidOut, tidied(plain)]) {
    if (candidate === undefined || (await meaningOf(candidate)) !== meaning) continue;
    return candidate.replaceAll('\n', eol);
  }
  return text;
}

/** Undefined when a second time would change it again. */
async function layOut(text: string): Promise<string | undefined> {
  // JSON stays JSON.
  if (/^\s*[{[]/.test(text)) return undefined;
  const yaml = await import('yaml');
  const format = (given: string): string => indentLines(yaml, spaceFlows(yaml, tidied(given)));
  const once = format(text);
  return once === text || format(once) === once ? once : undefined;
}

/** Without spaces at line ends, empty lines beyond one, and what stands around the text. */
function tidied(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[ \t]+$/, ''));
  const kept = lines.filter((line, index) => line !== '' || lines[index - 1] !== '');
  return `${kept.join('\n').replace(/^\n+|\n+$/g, '')}\n`;
}

/** Everything that our reader sees in a text, order included; undefined when it is not understood. */
async function meaningOf(text: string): Promise<string | undefined> {
  const tree = await parseYaml(makeSource('-', '-', text), new Findings());
  return tree === undefined ? undefined : JSON.stringify(plainOf(tree));
}

function plainOf(node: TreeNode): unknown {
  if (node.kind === 'scalar') return [node.value, node.text];
  if (node.kind === 'list') return node.items.map(plainOf);
  return { map: [...node.entries.values()].map(({ key, value }) => [key, plainOf(value)]) };
}
