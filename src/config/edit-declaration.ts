import { GormesError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';
import type { YamlRules } from '../pool/yaml-document.ts';
import { YamlText } from '../pool/yaml-text.ts';
import { findProvider, slugOf } from '../providers/find-provider.ts';
import { Findings } from './findings.ts';
import {
  type DeclarationContext,
  type DeclarationInput,
  loadDeclaration,
} from './load-declaration.ts';
import { loadParts, type Part } from './load-parts.ts';
import { entriesOf, type MapEntry, mapAt, stringAt } from './tree.ts';

/** One credential that a person added or removed, to be written into a declaration. */
export type DeclarationEdit =
  | {
      readonly kind: 'add';
      readonly provider: string;
      readonly label: string;
      readonly fields: Readonly<Record<string, Json>>;
    }
  | { readonly kind: 'remove'; readonly provider: string; readonly label: string };

export interface EditedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The file of a declaration with one credential more or less; comments and layout stay. Undefined when
 * it says so already. The result has been loaded: it is as valid as before.
 *
 * @throws `save_refused` when the file can't be changed without guessing
 */
export async function editDeclaration(
  input: DeclarationInput,
  context: DeclarationContext,
  edit: DeclarationEdit,
): Promise<EditedFile | undefined> {
  const { parts } = await loadParts(input, context, new Findings(), 'exact');
  const place = findBlock(parts, edit);
  const part = place?.part ?? parts[0];
  if (part?.source === undefined || part.root === undefined) throw refused('it is not valid');
  if (/^\s*[{[]/.test(part.source.text)) throw refused('JSON is not edited');
  const credentials = place === undefined ? undefined : mapAt(place.block.value, 'credentials');
  const isThere = credentials?.entries.has(edit.label) === true;
  if (isThere === (edit.kind === 'add')) return undefined;
  if (place === undefined && edit.provider.startsWith('custom:')) {
    throw refused(`it does not define ${edit.provider}`);
  }
  const path = [...(place?.path ?? ['providers', edit.provider]), 'credentials', edit.label];
  const before = new YamlText(await import('yaml'), part.source.text, rulesFor(part.path));
  const after = edit.kind === 'add' ? before.set(path, { ...edit.fields }) : before.delete(path);
  const text = withoutPin(after, place, edit).text;
  await checkValid(input, context, part.path, text);
  return { path: part.path, text };
}

/** A pin on what is taken out goes with it; one that stands in another file is refused as not valid. */
function withoutPin(text: YamlText, place: Block | undefined, edit: DeclarationEdit): YamlText {
  if (edit.kind === 'add' || place === undefined) return text;
  const isPinned = stringAt(place.block.value, 'pin') === edit.label;
  return isPinned ? text.delete([...place.path, 'pin']) : text;
}

interface Block {
  readonly part: Part;
  readonly block: MapEntry;
  readonly path: readonly string[];
}

/** Where a credential is declared, else the first block of its provider, under whatever name. */
function findBlock(
  parts: readonly Part[],
  { provider, label }: DeclarationEdit,
): Block | undefined {
  const blocks = blocksOf(parts, provider);
  const isIn = ({ block }: Block): boolean =>
    mapAt(block.value, 'credentials')?.entries.has(label) === true;
  return blocks.find(isIn) ?? blocks[0];
}

function blocksOf(parts: readonly Part[], provider: string): Block[] {
  return parts.flatMap((part) => [
    ...entriesOf(mapAt(part.root, 'providers'))
      .filter((block) => findProvider(block.key)?.id === provider)
      .map((block) => ({ part, block, path: ['providers', block.key] })),
    ...entriesOf(mapAt(part.root, 'custom_providers'))
      .filter((block) => customId(block) === provider)
      .map((block) => ({ part, block, path: ['custom_providers', block.key] })),
  ]);
}

function customId(block: MapEntry): string {
  return `custom:${slugOf(stringAt(block.value, 'name') ?? block.key)}`;
}

async function checkValid(
  input: DeclarationInput,
  context: DeclarationContext,
  path: string,
  text: string,
): Promise<void> {
  const bytes = Buffer.from(text);
  const isMain = (context.files.realPath(input.path) ?? input.path) === path;
  const files: DeclarationContext['files'] = {
    ...context.files,
    read: (each) => (each === path ? bytes : context.files.read(each)),
  };
  const main = isMain ? { ...input, bytes } : input;
  const { desired, diagnostics } = await loadDeclaration(main, { ...context, files });
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (desired === undefined) throw refused(error?.message ?? 'it would not be valid');
}

function rulesFor(path: string): YamlRules {
  return {
    version: '1.2',
    maxDepth: LIMITS.declarationDepth,
    maxNodes: LIMITS.declarationNodes,
    maxAliases: LIMITS.declarationAliases,
    refuse: (reason) => refused(`${escapeControls(path)}: ${reason}`),
  };
}

function refused(why: string): GormesError {
  return new GormesError('save_refused', `the declaration was not changed: ${why}`, {
    hint: 'change it by hand; gormes auth plan shows what differs',
  });
}
