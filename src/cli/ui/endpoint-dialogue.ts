import { addKey } from '../../apply/add-key.ts';
import {
  defineEndpoint,
  endpointAt,
  endpointName,
  isLocal,
  nameProblem,
  removeEndpoint,
} from '../../apply/define-endpoint.ts';
import { probeEndpoint } from '../../apply/list-models.ts';
import { urlProblem } from '../../apply/model-input.ts';
import { escapeControls, plural } from '../../base/text.ts';
import type { Dialogue } from './dialogue.ts';
import type { Choice, Prompts } from './prompts.ts';

/** What became of a new endpoint: enough to choose its model. */
export interface AddedEndpoint {
  readonly provider: string;
  readonly model: string;
}

/**
 * Asks for a custom endpoint, in Hermes' order (cli-surface §12.4): URL, key, mode, model, name.
 * Nothing is written before the last answer; the key goes to the pool of the endpoint.
 *
 * @returns undefined when the person went back
 */
export async function addEndpoint(dialogue: Dialogue): Promise<AddedEndpoint | undefined> {
  const { context, deps, prompts, store } = dialogue;
  const url = await askUrl(prompts);
  if (url === undefined) return undefined;
  const secret = await prompts.secret('API key (optional)');
  if (secret === undefined) return undefined;
  const probe = await probeEndpoint(deps, url, secret.isEmpty ? undefined : secret);
  const { baseUrl } = probe;
  context.out.notice(probeText(url, probe));
  const apiMode = await askApiMode(prompts);
  if (apiMode === null) return undefined;
  const model = await askModelName(prompts, probe.models);
  if (!model) return undefined;
  const snapshot = await store.read();
  const present = endpointAt(snapshot, baseUrl);
  const name =
    present?.name ??
    (await prompts.text('Display name', endpointName(baseUrl), (given) =>
      nameProblem(snapshot, given),
    ));
  if (name === undefined) return undefined;
  const provider = await defineEndpoint(deps, store, { name, baseUrl, apiMode });
  if (!secret.isEmpty) {
    // The key was asked for above; where it is stored is not a question.
    const input = { provider, type: 'api_key' as const, label: undefined };
    const silent = { ...deps, terminal: { ...deps.terminal, interactive: false } };
    await addKey(silent, store, { ...input, apiKey: secret.reveal() });
  }
  context.out.notice(`Saved as "${escapeControls(name)}" in config.yaml.`);
  return { provider, model };
}

async function askUrl(prompts: Prompts): Promise<string | undefined> {
  const typed = await prompts.text(
    'API base URL, e.g. https://api.example.com/v1',
    undefined,
    urlProblem,
  );
  if (typed === undefined) return undefined;
  const url = typed.replace(/\/+$/, '');
  if (!isLocal(new URL(url).hostname) || /\/v1$/.test(url)) return url;
  const adds = await prompts.yesNo('Most local servers answer below /v1. Add it?', true);
  if (adds === undefined) return undefined;
  return adds ? `${url}/v1` : url;
}

function probeText(
  url: string,
  { baseUrl, models, verified }: Awaited<ReturnType<typeof probeEndpoint>>,
): string {
  if (!verified) return `Could not verify the endpoint at ${escapeControls(url)}/models.`;
  const found = `${plural(models.length, 'model')} there`;
  return baseUrl === url
    ? `Verified: ${found}.`
    : `Verified at ${escapeControls(baseUrl)} instead, which is saved: ${found}.`;
}

const DETECT = '';

/** Undefined: Hermes detects it; null: the person went back. */
export async function askApiMode(prompts: Prompts): Promise<string | undefined | null> {
  const mode = await prompts.choose('API compatibility mode', [
    { value: DETECT, label: 'Auto-detect' },
    { value: 'chat_completions', label: 'Chat Completions' },
    { value: 'codex_responses', label: 'Responses / Codex' },
    { value: 'anthropic_messages', label: 'Anthropic Messages' },
  ]);
  if (mode === undefined) return null;
  return mode === DETECT ? undefined : mode;
}

async function askModelName(
  prompts: Prompts,
  models: readonly string[],
): Promise<string | undefined> {
  const type = 'Enter a name';
  if (models.length > 0) {
    const rows: Choice<string>[] = models.map((name) => ({
      value: name,
      label: escapeControls(name),
    }));
    rows.push({ value: '', label: type, always: true });
    const chosen = await prompts.search('Select model', rows);
    if (chosen !== '') return chosen;
  }
  return await prompts.text('Model name, e.g. qwen3-32b', undefined, (text) =>
    text === '' ? 'a model is needed' : undefined,
  );
}

/** Takes a saved endpoint out of `config.yaml`; its credentials stay. */
export async function forgetEndpoint({ context, deps, prompts, store }: Dialogue): Promise<void> {
  const { customs } = (await store.read()).settings;
  const rows = customs.map((custom) => ({
    value: custom,
    label: escapeControls(custom.name),
    hint: escapeControls(custom.baseUrl),
  }));
  const custom = await prompts.choose('Remove which endpoint?', rows);
  if (custom === undefined) return;
  const name = escapeControls(custom.name);
  if (!(await prompts.yesNo(`Remove "${name}" from config.yaml?`, false))) return;
  await removeEndpoint(deps, store, custom);
  context.out.write(`Removed "${name}" from config.yaml.\n`);
  context.out.notice(`Its credentials stay: gormes auth list ${escapeControls(custom.id)}`);
}
