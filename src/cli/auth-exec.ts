import { Command, Option, UsageError } from 'clipanion';
import type { Credential } from '../apply/find-credential.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthExecCommand extends GormesCommand {
  static override paths = [['auth', 'exec']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Run a program with the credentials of providers in its environment',
    details: `
      Picks a credential of each PROVIDER as \`auth token\` does and starts COMMAND with the provider's
      variables, the key and its base URL; PROVIDER/LABEL names one. They stand in the environment of
      that program alone, never on a command line. The provider's other key variables are taken away.

      No shell is started. The terminal, signals and the exit code are the program's: 127 when there is
      no such program, 126 when it can't be run. A token is not renewed while the program runs.

      \`--as OPENAI\` sets OPENAI_API_KEY and OPENAI_BASE_URL instead, for a program that speaks to any
      server of that kind.
    `,
    examples: [
      ['One provider', '$0 auth exec openrouter -- python agent.py'],
      ['Two, one by label', '$0 auth exec anthropic/work openai-api -- ./run.sh'],
      ['Under another name', '$0 auth exec --as OPENAI openrouter -- llm "hello"'],
    ],
  });

  // Everything as it was typed: Clipanion would drop the `--` that separates the two halves.
  words = Option.Proxy();

  async run(context: CliContext): Promise<number> {
    const { providers, as, argv } = parseWords(this.words);
    const { findCredential } = await import('../apply/find-credential.ts');
    const { childEnvironment } = await import('../apply/child-environment.ts');
    const { runChild } = await import('./run-child.ts');
    const { deps, out } = context;
    const credentials: Credential[] = [];
    // One after another: each may take the lock.
    for (const given of providers) {
      const [provider = '', label] = splitAddress(given);
      const store = await openStore(context, provider);
      const input = { provider, label, minTtlMs: undefined, stored: true };
      credentials.push(await findCredential(deps, store, input));
    }
    const ended = await runChild(argv, childEnvironment(deps.env, credentials, as));
    if ('problem' in ended) out.problem(ended.problem);
    return ended.exitCode;
  }
}

interface Words {
  readonly providers: readonly string[];
  readonly as: string | undefined;
  readonly argv: readonly [string, ...string[]];
}

function parseWords(words: readonly string[]): Words {
  const end = words.indexOf('--');
  const [program, ...args] = end < 0 ? [] : words.slice(end + 1);
  if (program === undefined || program === '')
    throw new UsageError('the command to run stands behind --');
  const providers: string[] = [];
  let as: string | undefined;
  for (let i = 0; i < end; i++) {
    const [name = '', inline] = (words[i] ?? '').split('=', 2);
    if (name === '--as') as = inline ?? words[++i];
    else if (name.startsWith('-')) throw new UsageError('there is no such option before --');
    else providers.push(name);
  }
  if (providers.length === 0) throw new UsageError('a provider must stand before --');
  if (as !== undefined && !/^[A-Z][A-Z0-9_]*$/.test(as))
    throw new UsageError('--as takes the beginning of a variable, such as OPENAI');
  if (as !== undefined && providers.length > 1) throw new UsageError('--as goes with one provider');
  return { providers, as, argv: [program, ...args] };
}

/** At the first `/`, as addresses are (design §16). */
function splitAddress(given: string): [string, string | undefined] {
  const slash = given.indexOf('/');
  return slash < 0 ? [given, undefined] : [given.slice(0, slash), given.slice(slash + 1)];
}
