import type { Place } from '../base/errors.ts';
import { mcpAddress } from '../pool/session.ts';
import type { DesiredCredential, DesiredMcp, DesiredProvider, IgnoreRule } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import { isGlob, matchGlob } from './match-glob.ts';
import { reportUnknownProvider } from './name-providers.ts';
import { parseAddress, parseSession, providerOf } from './parse-address.ts';
import {
  itemsOf,
  listAt,
  type MapNode,
  type ScalarNode,
  scalarAt,
  stringAt,
  stringOf,
  type TreeNode,
} from './tree.ts';

export interface Addresses {
  readonly moved: readonly { readonly from: string; readonly to: string; readonly place: Place }[];
  readonly forget: readonly string[];
  readonly ignore: readonly IgnoreRule[];
}

/** The lists of addresses beside the providers, checked against what is declared. */
export function buildAddresses(
  root: MapNode,
  providers: readonly DesiredProvider[],
  mcpServers: readonly DesiredMcp[],
  findings: Findings,
): Addresses {
  const declared = new Set([
    ...providers.flatMap(({ credentials }) => credentials.map(({ address }) => address)),
    ...providers.flatMap(({ id, session }) => (session === undefined ? [] : [id])),
    ...mcpServers.map(({ name }) => mcpAddress(name)),
  ]);
  const customs = providers.filter((provider) => provider.custom).map((provider) => provider.id);
  const read = (node: ScalarNode | undefined, more = '') =>
    readAddress(node, customs, findings, more);
  return {
    moved: buildMoved(root, declared, read, findings),
    forget: buildForget(root, declared, read, findings),
    ignore: buildIgnore(root, { providers, declared, customs }, findings),
  };
}

/** Addresses that the declaration names. */
type Declared = ReadonlySet<string>;
/** @param more what else may stand there, for the hint */
type Read = (node: ScalarNode | undefined, more?: string) => string | undefined;

function readAddress(
  node: ScalarNode | undefined,
  customs: readonly string[],
  findings: Findings,
  more: string,
): string | undefined {
  const text = stringOf(node);
  if (node === undefined || text === undefined) return undefined;
  const parsed = parseAddress(text);
  if ('address' in parsed) return parsed.address;
  if (parsed.problem === 'unknown_provider') {
    reportUnknownProvider(parsed.provider, node, findings, customs);
  } else {
    const message = `${quote(text)} is no address`;
    findings.error('bad_address', message, node, { hint: `write <provider>/<label>${more}` });
  }
  return undefined;
}

function buildMoved(root: MapNode, declared: Declared, read: Read, findings: Findings) {
  const seen = new Set<string>();
  return itemsOf(listAt(root, 'moved')).flatMap((item) => {
    const fromNode = scalarAt(item, 'from');
    const toNode = scalarAt(item, 'to');
    const from = read(fromNode);
    const to = read(toNode);
    if (fromNode === undefined || toNode === undefined || from === undefined || to === undefined)
      return [];
    if (declared.has(from)) {
      const message = `${quote(from)} is still declared, so it cannot have moved`;
      findings.error('moved_declared', message, fromNode, { hint: 'drop its block' });
    } else if (seen.has(from)) {
      findings.error('moved_twice', `${quote(from)} is moved twice`, fromNode);
    } else if (from.slice(0, from.indexOf('/')) !== to.slice(0, to.indexOf('/'))) {
      const message = 'a credential cannot move to another provider';
      findings.error('moved_across', message, toNode);
    } else if (!declared.has(to)) {
      const message = `${quote(to)} is not declared: after the move it would be removed`;
      findings.warning('moved_to_nothing', message, toNode);
    }
    seen.add(from);
    return [{ from, to, place: findings.place(fromNode) }];
  });
}

function buildForget(root: MapNode, declared: Declared, read: Read, findings: Findings): string[] {
  return itemsOf(listAt(root, 'forget')).flatMap((item) => {
    const address =
      parseSession(stringOf(item) ?? '') ??
      (item.kind === 'scalar' ? read(item, ', or mcp:<server> for a login') : undefined);
    if (address === undefined) return [];
    if (declared.has(address)) {
      const message = `${quote(address)} is declared, so it cannot be forgotten`;
      findings.error('forget_declared', message, item, { hint: 'drop its block, or this line' });
    }
    return [address];
  });
}

function buildIgnore(
  root: MapNode,
  given: {
    readonly providers: readonly DesiredProvider[];
    readonly declared: Declared;
    readonly customs: readonly string[];
  },
  findings: Findings,
): IgnoreRule[] {
  const { providers, declared, customs } = given;
  return itemsOf(listAt(root, 'ignore')).flatMap((item): IgnoreRule[] => {
    const source = stringAt(item, 'source');
    const text = stringOf(item);
    if (source !== undefined) {
      const found = providers.flatMap((p) => p.credentials).find((c) => sourceOf(c) === source);
      reportIgnored(found?.address, item, findings);
      return [{ source }];
    }
    if (text === undefined) return [];
    const address = ignorePattern(text);
    if (address === undefined) {
      const provider = text.split('/')[0] ?? '';
      if (text.includes('/')) reportUnknownProvider(provider, item, findings, customs);
      else {
        const hint = 'write <provider>/<label>, for example "copilot/*", or "mcp:*" for logins';
        findings.error('bad_address', `${quote(text)} is no address`, item, { hint });
      }
      return [];
    }
    const found = [...declared].find((each) => matchGlob(address, each));
    reportIgnored(found, item, findings);
    return [{ address }];
  });
}

/** An address glob with the alias before the `/` resolved; undefined when nobody can be meant. */
function ignorePattern(text: string): string | undefined {
  const slash = text.indexOf('/');
  const provider = text.slice(0, slash);
  if (isGlob(provider) || text === '*') return text;
  const session = parseSession(text);
  if (session !== undefined) return session;
  if (slash <= 0 || slash === text.length - 1) return undefined;
  const id = providerOf(provider);
  return id === undefined ? undefined : id + text.slice(slash);
}

function reportIgnored(address: string | undefined, item: TreeNode, findings: Findings): void {
  if (address === undefined) return;
  const message = `${quote(address)} is both declared and ignored`;
  findings.error('declared_and_ignored', message, item, { hint: 'drop one of the two' });
}

/** Source of a borrowed credential, as far as the declaration tells. */
function sourceOf(credential: DesiredCredential): string | undefined {
  const { reference } = credential;
  return reference?.scheme === 'env' ? `env:${reference.variable}` : undefined;
}
