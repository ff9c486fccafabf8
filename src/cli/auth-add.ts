import { Command, Option, UsageError } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthAddCommand extends GormesCommand {
  static override paths = [['auth', 'add']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Add a credential to the pool of a provider',
    details: `
      Asks for the key without echo, or reads it from standard input when there is no terminal.
      Nothing is sent to the provider, except by Z.AI's endpoint detection. The entry is not managed
      by a declaration until one names it.

      \`--api-key VALUE\` is visible to other users of the machine while the command starts, and stays
      in the shell's history: prefer the prompt or standard input (\`--api-key -\`).
    `,
    examples: [
      ['Ask for a key', '$0 auth add openrouter'],
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
  // As in Hermes, what does not apply to the provider is ignored, so that scripts go on working.
  portalUrl = Option.String('--portal-url', { description: 'Login portal (nous)' });
  inferenceUrl = Option.String('--inference-url', { description: 'Inference endpoint (nous)' });
  clientId = Option.String('--client-id', { description: 'OAuth client (nous)' });
  scope = Option.String('--scope', { description: 'OAuth scope (nous)' });
  noBrowser = Option.Boolean('--no-browser', false, { description: 'Do not open a browser' });
  timeout = Option.String('--timeout', { description: 'Seconds for one network request' });
  insecure = Option.Boolean('--insecure', false, { description: 'Accept any TLS certificate' });
  caBundle = Option.String('--ca-bundle', { description: 'PEM file of more trusted certificates' });
  minKeyTtlSeconds = Option.String('--min-key-ttl-seconds', {
    description: 'Least remaining life of the token in seconds (nous)',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { addKey } = await import('../apply/add-key.ts');
    const { addedToJson, viewAdded } = await import('./views/changed.ts');
    const { deps, out } = context;
    const type = parseType(this.type);
    checkNumber('--timeout', this.timeout);
    checkNumber('--min-key-ttl-seconds', this.minKeyTtlSeconds);
    if (this.apiKey !== undefined && this.apiKey !== '-' && deps.terminal.interactive) {
      out.notice(
        'Note: a key on the command line stays in the shell history; the prompt or --api-key - keeps it out.',
      );
    }
    const added = await addKey(deps, await openStore(context, this.provider), {
      provider: this.provider,
      type,
      label: this.label,
      apiKey: this.apiKey,
    });
    for (const note of added.notes) out.notice(note);
    out.result(addedToJson(added), () => viewAdded(added));
    return 0;
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

function checkNumber(name: string, given: string | undefined): void {
  if (given === undefined || (given.trim() !== '' && Number(given) >= 0)) return;
  throw new UsageError(`${name} takes a number of seconds`);
}
