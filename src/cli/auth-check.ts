import { Command, Option, UsageError } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthCheckCommand extends GormesCommand {
  static override paths = [['auth', 'check']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Ask the providers whether the credentials work',
    details: `
      One free request for each credential, eight at a time. \`valid\`, \`invalid\`; \`limited\`: good, but
      out of credit or over a limit; \`unknown\`: no answer, or one that proves nothing (offline, a public
      endpoint, an error of the provider); \`not checkable\`: nothing to ask, with the reason.

      Writes nothing, refreshes nothing, marks nothing as dead. A key is sent to its provider's own
      addresses only; one that is used through a proxy of yours is not checkable.

      Exits 1 when a credential is invalid. With \`--within 7d\` it exits 5 when one needs a person by
      then: an invalid or dead one, one without credit, a token that ends and can't be refreshed.
    `,
    examples: [
      ['Everything', '$0 auth check'],
      ['One provider, for a script', '$0 auth check openrouter --json'],
      ['In CI: does anything need me within a week?', '$0 auth check --within 7d'],
    ],
  });

  provider = Option.String({ required: false });
  within = Option.String('--within', { description: 'Look so far ahead, such as 7d' });
  timeout = Option.String('--timeout', {
    description: 'Seconds to wait for each provider; default 20',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const timeoutMs = parseTimeout(this.timeout);
    const { parseSpan } = await import('./parse-span.ts');
    const withinMs = this.within === undefined ? 0 : parseSpan('--within', this.within);
    const { checkCredentials } = await import('../apply/check-credentials.ts');
    const { checkedToJson, viewChecked } = await import('./views/checked.ts');
    const { deps, out } = context;
    const store = await openStore(context, this.provider);
    const input = { provider: this.provider, timeoutMs, withinMs };
    const results = await checkCredentials(deps, store, input);
    const shown = { results, within: this.within };
    out.result(checkedToJson(shown), () => viewChecked(shown, deps.clock.now()));
    if (this.within !== undefined)
      return results.some(({ need }) => need !== undefined) ? EXIT.needsPerson : EXIT.ok;
    return results.some(({ verdict }) => verdict === 'invalid') ? EXIT.failed : EXIT.ok;
  }
}

function parseTimeout(given: string | undefined): number {
  if (given === undefined) return 20_000;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds > 0 && seconds <= 600))
    throw new UsageError('--timeout takes a number of seconds, at most 600');
  return seconds * 1000;
}
