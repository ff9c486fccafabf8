import { Command, Option, UsageError } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

const FORMATS = ['raw', 'header', 'env', 'json'] as const;
type Format = (typeof FORMATS)[number];

export class AuthTokenCommand extends GormesCommand {
  static override paths = [['auth', 'token']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Print the credential that a request should use now',
    details: `
      Picks as Hermes does: strategy, cooldowns, status, and the pin of \`auth use\`. A login that is
      near its end is refreshed and stored first. Prints the token and a line break and nothing else;
      \`header\` prints every header that a request needs, one a line, for \`curl -H @-\`; \`env\` prints
      variables; \`json\` adds where it is used and when it ends.

      It does not ask the provider whether the key works: \`auth check\` does. Exits 1 when nothing is
      usable now, and 5 when only a person can mend that.
    `,
    examples: [
      ['For a hook such as apiKeyHelper', '$0 auth token anthropic'],
      ['One credential, with its end', '$0 auth token openai-codex --label team --format json'],
      [
        'For curl, without the key on its command line',
        '$0 auth token openrouter --format header | curl -H @- https://openrouter.ai/api/v1/key',
      ],
    ],
  });

  provider = Option.String();
  label = Option.String('--label', { description: 'This credential, by label or id' });
  format = Option.String('--format', { description: 'raw (default), header, env or json' });
  minTtl = Option.String('--min-ttl', {
    description: 'Refresh a token that lives no longer than this, such as 30m',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const format = parseFormat(this.json ? 'json' : (this.format ?? 'raw'));
    const { findCredential } = await import('../apply/find-credential.ts');
    const { parseSpan } = await import('./parse-span.ts');
    const { tokenToJson, viewEnv, viewHeaders } = await import('./views/token.ts');
    const { deps, out } = context;
    const store = await openStore(context, this.provider);
    const credential = await findCredential(deps, store, {
      provider: this.provider,
      label: this.label,
      minTtlMs: this.minTtl === undefined ? undefined : parseSpan('--min-ttl', this.minTtl),
      // A program that gets a variable expects what the variable usually holds.
      stored: format === 'env',
    });
    switch (format) {
      case 'raw':
        out.write(`${credential.token.reveal()}\n`);
        return 0;
      case 'header':
        out.write(viewHeaders(credential));
        return 0;
      case 'env':
        out.write(viewEnv(credential));
        return 0;
      case 'json':
        out.write(`${JSON.stringify(tokenToJson(credential), undefined, 2)}\n`);
        return 0;
      default:
        return format satisfies never;
    }
  }
}

function parseFormat(given: string): Format {
  const format = FORMATS.find((word) => word === given);
  if (format === undefined) throw new UsageError(`--format takes ${FORMATS.join(', ')}`);
  return format;
}
