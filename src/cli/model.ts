import { Command, Option, UsageError } from 'clipanion';
import type { ModelInput } from '../apply/set-model.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';
import type { LoginChoice } from './ui/add-dialogue.ts';

export class ModelCommand extends GormesCommand {
  static override paths = [['model']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Choose the provider and the model that Hermes uses',
    details: `
      Shows the choice that holds, then asks: the provider (usable ones first), the key or login that
      it still needs, the model. Models come from the provider's own list where it has a free one,
      else from a few well-known names; any other can be typed. Writes \`model.default\`,
      \`model.provider\` and what belongs to them in config.yaml, and keeps its comments.

      With \`--provider\` and \`--model\` it asks nothing, does not log in and needs no network. Keys
      stay in the pool: none is copied into config.yaml or \`.env\`. With \`--json\` alone it tells the
      choice and changes nothing.
    `,
    examples: [
      ['Choose', '$0 model'],
      ['Without a terminal', '$0 model --provider openrouter --model anthropic/claude-sonnet-4.5'],
      [
        'A server of your own',
        '$0 model --provider custom --base-url http://localhost:8000/v1 --model qwen3-32b',
      ],
    ],
  });

  provider = Option.String('--provider', { description: 'Provider, or custom with --base-url' });
  model = Option.String('--model', { description: 'Name of the model' });
  baseUrl = Option.String('--base-url', { description: 'Endpoint; default: the one in effect' });
  apiMode = Option.String('--api-mode', {
    description: 'chat_completions, codex_responses or anthropic_messages',
  });
  noBrowser = Option.Boolean('--no-browser', false, { description: 'Do not open a browser' });
  portalUrl = Option.String('--portal-url', { description: 'Login portal (nous)' });
  inferenceUrl = Option.String('--inference-url', { description: 'Inference endpoint (nous)' });
  clientId = Option.String('--client-id', { description: 'OAuth client (nous)' });
  scope = Option.String('--scope', { description: 'OAuth scope (nous)' });
  timeout = Option.String('--timeout', { description: 'Seconds for one network request' });
  insecure = Option.Boolean('--insecure', false, { description: 'Accept any TLS certificate' });
  caBundle = Option.String('--ca-bundle', { description: 'PEM file of more trusted certificates' });

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out } = context;
    const { readCurrentModel } = await import('../apply/model-choices.ts');
    const views = await import('./views/model.ts');
    const store = await openStore(context, this.provider);
    const current = readCurrentModel(await store.read());
    const given = this.given(current.provider);
    if (given !== undefined) {
      const { chooseModel } = await import('../apply/choose-model.ts');
      const chosen = await chooseModel(deps, store, given);
      for (const note of chosen.notes) out.notice(note);
      out.result(views.chosenModelToJson(chosen), () => views.viewChosenModel(chosen));
      await out.next(async () =>
        (await import('./next-step.ts')).afterModel(context, chosen.provider),
      );
      return EXIT.ok;
    }
    if (out.isJson) {
      out.result(views.currentModelToJson(current), () => '');
      return EXIT.ok;
    }
    if (!deps.terminal.interactive) throw needsTerminal();
    out.write(`\n${views.viewCurrentModel(current)}\n\n`);
    const { openDialogue } = await import('./ui/dialogue.ts');
    const { runModelDialogue } = await import('./ui/model-dialogue.ts');
    const dialogue = await openDialogue(context, store);
    const wanted = { provider: this.provider, login: this.login() };
    const chosen = await runModelDialogue(dialogue, wanted);
    for (const note of chosen?.notes ?? []) out.notice(note);
    out.write(chosen === undefined ? 'No change.\n' : `${views.viewChosenModel(chosen)}\n`);
    if (chosen !== undefined)
      await out.next(async () =>
        (await import('./next-step.ts')).afterModel(context, chosen.provider),
      );
    return EXIT.ok;
  }

  /** What the options say; undefined when somebody must be asked. */
  private given(current: string | undefined): ModelInput | undefined {
    const { model, baseUrl, apiMode } = this;
    if (apiMode !== undefined && !API_MODES.includes(apiMode))
      throw new UsageError(`argument --api-mode: choose from ${API_MODES.join(', ')}`);
    if (model === undefined) {
      if (baseUrl !== undefined || apiMode !== undefined)
        throw new UsageError('--base-url and --api-mode need --model');
      return undefined;
    }
    const provider = this.provider ?? current;
    if (provider === undefined) throw new UsageError('--model needs --provider: none is set yet');
    return { provider, model, baseUrl, apiMode };
  }

  private login(): LoginChoice {
    const timeoutMs = this.timeout === undefined ? undefined : Number(this.timeout) * 1000;
    if (timeoutMs !== undefined && !(timeoutMs > 0))
      throw new UsageError('--timeout takes a number of seconds');
    return {
      noBrowser: this.noBrowser,
      options: {
        portalUrl: this.portalUrl,
        inferenceUrl: this.inferenceUrl,
        clientId: this.clientId,
        scopes: this.scope?.split(/\s+/).filter((word) => word !== ''),
      },
      network: { timeoutMs, insecure: this.insecure || undefined, caBundle: this.caBundle },
    };
  }
}

const API_MODES = ['chat_completions', 'codex_responses', 'anthropic_messages'];

/** Hermes' words (cli-surface §12), with the way that works below. */
function needsTerminal(): GormesError {
  return new GormesError('needs_terminal', 'gormes model asks, and there is no terminal', {
    hermes: [
      "Error: 'gormes model' requires an interactive terminal.",
      'It cannot be run through a pipe or non-interactive subprocess.',
      'Run it directly in your terminal instead.',
    ].join('\n'),
    hint: 'or say it all: gormes model --provider PROVIDER --model MODEL',
  });
}
