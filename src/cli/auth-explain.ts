import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthExplainCommand extends GormesCommand {
  static override paths = [['auth', 'explain']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Tell which credential is picked next, and why each other is not',
    details: `
      Picks nothing, writes nothing and asks no network. \`--simulate "429 on work"\` tells the same for
      the moment after such an answer; the provider's error code may stand behind the status
      (\`"401 token_revoked on work"\`), and the option may be repeated.
    `,
    examples: [
      ['Now', '$0 auth explain openrouter'],
      ['After a rate limit', '$0 auth explain openrouter --simulate "429 on work"'],
    ],
  });

  provider = Option.String();
  simulate = Option.Array('--simulate', [], {
    description: 'Suppose an answer: STATUS [REASON] on CREDENTIAL; repeatable',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { explainProvider } = await import('../apply/explain-provider.ts');
    const { explainedToJson, viewExplained } = await import('./views/explained.ts');
    const store = await openStore(context, this.provider);
    const input = { provider: this.provider, simulate: this.simulate };
    const explained = await explainProvider(context.deps, store, input);
    context.out.result(explainedToJson(explained), () => viewExplained(explained));
    return 0;
  }
}
