import { Command, Option, UsageError } from 'clipanion';
import type { LoginNetwork } from '../apply/log-in.ts';
import type { ExitCode } from '../base/errors.ts';
import type { LoginOptions } from '../providers/oauth.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthAddCommand extends GormesCommand {
  static override paths = [['auth', 'add']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Add a credential to the pool of a provider',
    details: `
      Asks for the key without echo, or reads it from standard input when there is no terminal.
      Providers with a login (Claude, ChatGPT, Nous, …) log in instead, in a browser or by a code that
      you type there. A key is sent nowhere, except by Z.AI's endpoint detection. The entry is not
      managed by a declaration until one names it.

      \`--api-key VALUE\` is visible to other users of the machine while the command starts, and stays
      in the shell's history: prefer the prompt or standard input (\`--api-key -\`).
    `,
    examples: [
      ['Ask for a key', '$0 auth add openrouter'],
      ['Log in', '$0 auth add anthropic --label max'],
      [
        'From standard input, under a label',
        '$0 auth add openrouter --type api-key --label work < key.txt',
      ],
    ],
  });

  provider = Option.String();
  type = Option.String('--type', {
    description: 'oauth or api-key; default: what the provider usually takes',
  });
  label = Option.String('--label', { description: 'Name of the entry; default: api-key-N' });
  apiKey = Option.String('--api-key', { description: 'The key; - reads standard input' });
  portalUrl = Option.String('--portal-url', { description: 'Login portal (nous)' });
  inferenceUrl = Option.String('--inference-url', { description: 'Inference endpoint (nous)' });
  clientId = Option.String('--client-id', { description: 'OAuth client (nous)' });
  scope = Option.String('--scope', { description: 'OAuth scope (nous)' });
  fromProgram = Option.Boolean('--import', false, {
    description: "Copy the login of the provider's own program (openai-codex)",
  });
  noBrowser = Option.Boolean('--no-browser', false, { description: 'Do not open a browser' });
  timeout = Option.String('--timeout', { description: 'Seconds for one network request' });
  insecure = Option.Boolean('--insecure', false, { description: 'Accept any TLS certificate' });
  caBundle = Option.String('--ca-bundle', { description: 'PEM file of more trusted certificates' });
  minKeyTtlSeconds = Option.String('--min-key-ttl-seconds', {
    description: 'Least remaining life of the token in seconds (nous)',
  });
  save = Option.Boolean('--save', false, {
    description: 'Change the declaration of this directory too',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { addCredential } = await import('../apply/add-credential.ts');
    const { createLoginIo } = await import('./ui/login-io.ts');
    const { addedToJson, viewAdded } = await import('./views/changed.ts');
    const { deps, out, streams } = context;
    const type = parseType(this.type);
    const input = { ...this.loginInput(), provider: this.provider, type, label: this.label };
    if (this.apiKey !== undefined && this.apiKey !== '-' && deps.terminal.interactive) {
      out.notice(
        'Note: a key on the command line stays in the shell history; the prompt or --api-key - keeps it out.',
      );
    }
    const store = await openStore(context, this.provider);
    const saving = this.save ? await import('./save-declared.ts') : undefined;
    const declaration = await saving?.openDeclaration(context, store);
    const io = createLoginIo(deps, {
      noBrowser: this.noBrowser,
      streams,
      platform: process.platform,
    });
    try {
      const added = await addCredential(deps, store, io, {
        ...input,
        apiKey: this.apiKey,
        fromProgram: this.fromProgram,
      });
      for (const note of added.notes) out.notice(note);
      out.result(addedToJson(added), () => viewAdded(added));
      await declaration?.added(added);
      await out.next(async () => (await import('./next-step.ts')).afterAdd(context, added));
      return 0;
    } finally {
      io.end();
    }
  }

  private loginInput(): { options: LoginOptions; network: LoginNetwork } {
    const ttl = seconds('--min-key-ttl-seconds', this.minKeyTtlSeconds);
    return {
      options: {
        portalUrl: this.portalUrl,
        inferenceUrl: this.inferenceUrl,
        clientId: this.clientId,
        scopes: this.scope?.split(/\s+/).filter((word) => word !== ''),
        minKeyTtlMs: ttl,
      },
      network: {
        insecure: this.insecure || undefined,
        caBundle: this.caBundle,
        timeoutMs: seconds('--timeout', this.timeout),
      },
    };
  }
}

function parseType(given: string | undefined): 'oauth' | 'api_key' | undefined {
  switch (given) {
    case undefined:
    case 'oauth':
      return given;
    case 'api-key':
    case 'api_key':
      return 'api_key';
    default:
      throw new UsageError(
        "argument --type: invalid choice (choose from 'oauth', 'api-key', 'api_key')",
      );
  }
}

/** Milliseconds of an option that takes seconds. */
function seconds(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === '' || !(value >= 0))
    throw new UsageError(`${name} takes a number of seconds`);
  return value * 1000;
}
