import { escapeCell } from './escape-cell.mjs';

/** docs/reference/declaration.md from schema/gormes.auth.schema.json and `LIMITS`. */
export function declarationPage(schema, limits) {
  const sections = [];
  const seen = new Set();
  const resolve = (node) =>
    node.$ref ? { ...definition(schema, node.$ref), ...without(node, '$ref') } : node;

  // Depth first, each shared part once: where it is used it is a link.
  const visit = (title, node, anchor) => {
    if (seen.has(anchor)) return;
    seen.add(anchor);
    const rows = [];
    const below = [];
    const addRow = (name, child, more = '') => {
      const full = resolve(child);
      const target = partOf(child, full, name);
      rows.push(`| \`${name}\` | ${typeOf(full, target)} | ${describe(full)}${more} |`);
      if (target) below.push([target.title, full, target.anchor]);
    };
    const named = node.properties ?? {};
    for (const [name, child] of Object.entries(named)) {
      if (aliasOf(child)) continue;
      const aliases = Object.keys(named).filter((other) => aliasOf(named[other]) === name);
      addRow(name, child, aliases.length > 0 ? `, or ${aliases.map(code).join(', ')}` : '');
    }
    for (const [pattern, child] of Object.entries(node.patternProperties ?? {})) {
      const names = pattern.replace(/[\^$()]/g, '').split('|');
      if (names.some((name) => named[name] === undefined)) addRow(names.join(' or '), child);
    }
    const every = node.additionalProperties;
    if (typeof every === 'object') addRow('<any other>', every);
    if (node.items) addRow('<each item>', node.items);
    const parts = [`## ${title}`];
    if (node.description) parts.push(node.description);
    if (rows.length > 0)
      parts.push(['| key | type | |', '| --- | --- | --- |', ...rows].join('\n'));
    if (node.required?.length) parts.push(`Required: ${node.required.map(code).join(', ')}.`);
    sections.push(parts.join('\n\n'));
    for (const next of below) visit(...next);
  };
  visit('Top level', schema, 'top-level');
  return `${[
    '<!-- Made by scripts/make-docs.mjs from schema/gormes.auth.schema.json: npm run docs -->',
    '# The declaration',
    'Every key of `gormes.auth.yaml`. Where a secret can be: [secrets.md](secrets.md).\nComplete files: [examples/](../../examples).',
    limitsParagraph(limits),
    ...sections,
  ].join('\n\n')}\n`;
}

function limitsParagraph(limits) {
  const mib = (bytes) => `${bytes / 1024 / 1024} MiB`;
  const number = (count) => count.toLocaleString('en');
  return [
    `A declaration may have ${limits.declarationFiles} files of ${mib(limits.declarationBytes)} each and ${mib(limits.declarationTotalBytes)} together, in all of them`,
    `${number(limits.declarationNodes)} keys and values and ${number(limits.declarationLines)} lines; in one file ${limits.declarationDepth} levels, ${limits.declarationAliases} anchors and`,
    `aliases, and ${number(limits.declarationEscapes)} backslashes in double quotes.`,
  ].join('\n');
}

/** The provider that a key of `providers` is another name of. */
function aliasOf({ description = '' }) {
  return /^Another name of (\S+)$/.exec(description)?.[1];
}

function definition(schema, ref) {
  return schema.definitions[ref.replace('#/definitions/', '')];
}

/** The section of a value that has keys of its own; undefined for a plain one. */
function partOf(child, full, name) {
  const hasKeys =
    full.properties || full.patternProperties || typeof full.additionalProperties === 'object';
  const items = full.items && (full.items.$ref || full.items.properties);
  if (!hasKeys && !items) return undefined;
  const title = full.title ?? child.$ref?.split('/').at(-1) ?? name;
  // Parts of overlays are those of the top level again, with null allowed.
  if (title.startsWith('overlay_')) return undefined;
  return {
    title,
    anchor: title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  };
}

function typeOf(node, target) {
  const name = node.enum
    ? node.enum.map(code).join(', ')
    : [node.type ?? 'any'].flat().join(' or ');
  return target ? `${name}: [${target.title}](#${target.anchor})` : name;
}

function describe(node) {
  const texts = [node.description ?? ''];
  if (node.default !== undefined) texts.push(`Default: ${code(node.default)}.`);
  const [example] = node.examples ?? [];
  if (example !== undefined && typeof example !== 'object') texts.push(`Such as ${code(example)}.`);
  return escapeCell(texts.filter((text) => text !== '').join(' '));
}

function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function without(object, key) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
