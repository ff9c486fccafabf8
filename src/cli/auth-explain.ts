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

      Where there is a declaration it also tells which credentials are declared, what an apply would
      change for this provider, and who is next then. For that it reads variables and files as
      \`auth plan\` does. What a broken declaration would change is not told.
    `,
    examples: [
      ['Now', '$0 auth explain openrouter'],
      ['By another declaration', '$0 auth explain openrouter -f ~/.config/gormes/auth.yaml'],
      ['After a rate limit', '$0 auth explain openrouter --simulate "429 on work"'],
    ],
  });

  provider = Option.String();
  simulate = Option.Array('--simulate', [], {
    description: 'Suppose an answer: STATUS [REASON] on CREDENTIAL; repeatable',
  });

  file = Option.String('-f,--config', {
    description: 'A declaration, whose effect is told too; default: the one of this directory',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { explainProvider } = await import('../apply/explain-provider.ts');
    const { declarationName } = await import('./views/declaration-name.ts');
    const { explainedToJson, viewExplained } = await import('./views/explained.ts');
    const store = await openStore(context, this.provider);
    const { findDesired } = await import('./find-desired.ts');
    const { deps, out } = context;
    const found = await findDesired(context, this.file);
    const input = {
      provider: this.provider,
      simulate: this.simulate,
      desired: found?.desired,
    };
    const explained = await explainProvider(deps, store, input);
    const path = found?.path ?? '';
    out.result(explainedToJson(explained, path), () =>
      viewExplained(explained, declarationName(deps, path)),
    );
    await out.next(async () =>
      (await import('./next-step.ts')).afterExplain(context, explained, path),
    );
    return 0;
  }
}
