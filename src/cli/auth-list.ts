import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthListCommand extends GormesCommand {
  static override paths = [['auth', 'list']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'List the credentials of all providers, or of one',
    details: `
      Shows what is stored and what the environment would add; the arrow marks what a request would
      use now. Writes nothing, asks no network, prints no secret, and starts no program, except that
      GitHub's \`gh\` is asked for its token when \`copilot\` is named and no variable is set.
    `,
    examples: [
      ['Everything', '$0 auth list'],
      ['One provider, for a script', '$0 auth list openrouter --json'],
    ],
  });

  provider = Option.String({ required: false });

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out } = context;
    const { listEntries } = await import('../pool/list-entries.ts');
    const { poolsToJson, viewNothing, viewPools } = await import('./views/pool.ts');
    const { readLedger } = await import('../pool/read-ledger.ts');
    const snapshot = await this.snapshot(context);
    const only = this.provider === undefined ? undefined : await resolve(snapshot, this.provider);
    const pools = listEntries(snapshot, deps.clock.now(), only, readLedger(snapshot.home).pins);
    if (out.isJson) out.result(poolsToJson(pools), () => '');
    else out.write(viewPools(pools));
    if (pools.length === 0) {
      const { suppressedSources } = await import('../pool/pools.ts');
      const suppressed = only === undefined ? [] : suppressedSources(snapshot.auth, only);
      out.notice(viewNothing(only, suppressed));
    }
    if (pools.some(({ credentials }) => credentials.some(({ status }) => status === 'dead')))
      await out.next(async () => (await import('./next-step.ts')).afterList(context, pools));
    return 0;
  }

  /** What writes a home is loaded only for a provider whose source is a program. */
  private async snapshot(context: CliContext): Promise<Snapshot> {
    if (this.provider !== undefined) {
      const { openStore } = await import('./open-store.ts');
      return await (await openStore(context, this.provider)).read();
    }
    const { readSnapshot } = await import('../pool/snapshot.ts');
    return await readSnapshot(await context.findHome(), context.deps);
  }
}

async function resolve(snapshot: Snapshot, given: string): Promise<string> {
  const { getPoolProvider } = await import('../apply/find-pool-provider.ts');
  return getPoolProvider(snapshot, given).id;
}
