import { isJsonObject, type Json } from '../base/json.ts';
import { printFlow } from '../pool/yaml-print.ts';

/** A declaration to be written. Lists, not objects, hold what has an order: JavaScript moves keys like `1`. */
export interface PrintedDeclaration {
  /** Lines above everything, without `# `. */
  readonly head: readonly string[];
  readonly name: string | undefined;
  readonly model: Json | undefined;
  readonly providers: readonly PrintedProvider[];
  readonly customs: readonly PrintedProvider[];
  /** Keys of `mcp_servers`. */
  readonly mcpServers: readonly PrintedLogin[];
  readonly ignore: readonly PrintedItem[];
}

export interface PrintedLogin {
  readonly name: string;
  readonly fields: readonly (readonly [string, Json])[];
}

export interface PrintedProvider {
  readonly key: string;
  /** Fields that come first: the definition of a custom provider, a strategy. */
  readonly fields: readonly (readonly [string, Json])[];
  readonly credentials: readonly PrintedCredential[];
  /** Sources that are suppressed. */
  readonly suppress: readonly string[];
  /** Lines at the end of the block, without `# `. */
  readonly remarks: readonly string[];
}

export interface PrintedCredential {
  readonly label: string;
  readonly fields: readonly (readonly [string, Json])[];
  /** Behind the line. */
  readonly comment: string | undefined;
}

export interface PrintedItem {
  readonly value: Json;
  readonly comment: string | undefined;
}

/** The text of a declaration, as `fmt` leaves it. */
export function printDeclaration(given: PrintedDeclaration): string {
  const blocks = [
    [...given.head.map(remark), 'version: 1', ...optional('name', given.name)],
    optional('model', given.model),
    section('providers', given.providers),
    section('custom_providers', given.customs),
    given.mcpServers.length === 0
      ? []
      : [
          'mcp_servers:',
          ...given.mcpServers.map(({ name, fields }) => `  ${printFlow(name)}: ${flowMap(fields)}`),
        ],
    given.ignore.length === 0
      ? []
      : [
          'ignore:',
          ...given.ignore.map((item) => `  - ${flow(item.value)}${behind(item.comment)}`),
        ],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function section(name: string, providers: readonly PrintedProvider[]): string[] {
  if (providers.length === 0) return [];
  return [`${name}:`, ...providers.flatMap(providerLines)];
}

function providerLines(provider: PrintedProvider): string[] {
  const { key, fields, credentials, suppress, remarks } = provider;
  const lines = [
    ...fields.map(([name, value]) => `    ${name}: ${flow(value)}`),
    ...(credentials.length === 0 ? [] : ['    credentials:']),
    ...credentials.map(
      ({ label, fields: inner, comment }) =>
        `      ${printFlow(label)}: ${flowMap(inner)}${behind(comment)}`,
    ),
    ...(suppress.length === 0 ? [] : ['    sources:']),
    ...suppress.map((source) => `      ${printFlow(source)}: suppress`),
  ];
  const comments = remarks.map((line) => `    ${remark(line)}`);
  return lines.length === 0
    ? [`  ${printFlow(key)}: {}`, ...comments]
    : [`  ${printFlow(key)}:`, ...lines, ...comments];
}

function optional(name: string, value: Json | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${flow(value)}`];
}

/** With spaces inside braces, as people write them. */
function flow(value: Json): string {
  return isJsonObject(value) ? flowMap(Object.entries(value)) : printFlow(value);
}

function flowMap(fields: readonly (readonly [string, Json])[]): string {
  if (fields.length === 0) return '{}';
  return `{ ${fields.map(([name, value]) => `${printFlow(name)}: ${printFlow(value)}`).join(', ')} }`;
}

function behind(comment: string | undefined): string {
  return comment === undefined ? '' : ` ${remark(comment)}`;
}

function remark(text: string): string {
  return text === '' ? '#' : `# ${text}`;
}
