import { parseProfileName } from '../pool/home.ts';
import { buildAddresses } from './build-addresses.ts';
import { type BuildContext, buildProviders } from './build-provider.ts';
import { buildMcpServers } from './build-sessions.ts';
import type { Desired, DesiredModel, DesiredProvider } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import { reportUnknownProvider } from './name-providers.ts';
import { providerOf } from './parse-address.ts';
import { itemsOf, listAt, type MapNode, mapAt, scalarAt, stringAt, stringOf } from './tree.ts';

/** Removals that one apply may do, when the declaration says nothing. */
const DEFAULT_MAX_REMOVALS = 10;

/**
 * What a merged declaration asks for. Last layer of validation: rules that concern several fields.
 * Always returns a value; it may be used only when no error was reported.
 */
export function buildDesired(
  root: MapNode,
  files: Desired['files'],
  broken: BuildContext['broken'],
  findings: Findings,
): Desired {
  const providers = buildProviders(root, { findings, broken, references: new Map() });
  const mcpServers = buildMcpServers(root, findings);
  const limits = mapAt(root, 'limits');
  const maxRemovals = scalarAt(limits, 'max_removals')?.value;
  return {
    name: stringAt(root, 'name') ?? files[0]?.path ?? '-',
    files,
    homes: buildHomes(root, findings),
    unmanaged: stringAt(root, 'unmanaged') === 'remove' ? 'remove' : 'keep',
    limits: {
      maxRemovals: typeof maxRemovals === 'number' ? maxRemovals : DEFAULT_MAX_REMOVALS,
      keepOneUsable: scalarAt(limits, 'keep_one_usable')?.value !== false,
    },
    model: buildModel(root, providers, findings),
    providers,
    mcpServers,
    ...buildAddresses(root, providers, mcpServers, findings),
  };
}

/** The profiles that a declaration is for, `default` among them: each a home of its own. */
function buildHomes(root: MapNode, findings: Findings): string[] {
  const homes: string[] = [];
  for (const item of itemsOf(listAt(root, 'homes'))) {
    const name = stringOf(item);
    if (name === undefined) continue;
    if (name !== 'default' && parseProfileName(name) !== name) {
      const hint = 'write the name of a profile, or "default" for the home without one';
      findings.error('bad_profile', `${quote(name)} is no profile`, item, { hint });
    } else if (homes.includes(name)) {
      findings.error('home_twice', `the profile ${quote(name)} stands twice`, item);
    } else homes.push(name);
  }
  return homes;
}

/** Hermes' word for a provider that it chooses by itself. */
const AUTO = 'auto';

function buildModel(
  root: MapNode,
  providers: readonly DesiredProvider[],
  findings: Findings,
): DesiredModel | undefined {
  const entry = root.entries.get('model');
  if (entry?.value.kind !== 'map') return undefined;
  const node = scalarAt(entry.value, 'provider');
  const given = stringOf(node);
  const customs = providers.filter((provider) => provider.custom);
  // A custom provider may be named by the key of its block, as `mcp` and `model` do in Hermes.
  const byKey = customs.find((c) => given === c.key || given === `custom:${c.key}`)?.id;
  const provider = given === undefined || given === AUTO ? given : (byKey ?? providerOf(given));
  const ids = customs.map((custom) => custom.id);
  if (node && given !== undefined) {
    if (provider === undefined) reportUnknownProvider(given, node, findings, ids);
    else if (provider.startsWith('custom:') && !ids.includes(provider)) {
      const message = `${quote(provider)} is not declared here, so the home must define it`;
      findings.warning('custom_not_declared', message, node);
    }
  }
  return {
    provider,
    default: stringAt(entry.value, 'default'),
    place: findings.place(entry.keyNode),
  };
}
