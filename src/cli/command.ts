import { type BaseContext, Command, Option, UsageError } from 'clipanion';
import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Home, HomeChoice } from '../pool/home.ts';
import type { Output } from './output.ts';
import type { Streams } from './streams.ts';

/** What every command gets: made once in `main`. */
export interface GormesContext {
  readonly deps: Deps;
  readonly out: Output;
  /** For what draws by itself; text goes through `out`. */
  readonly streams: Streams;
  readonly choice: HomeChoice;
  /** Milliseconds to wait for the home's lock. */
  readonly lockWaitMs: number;
  /** Stack traces of bugs are shown. */
  readonly debug: boolean;
  /** The chosen home; throws when there is none or the profile does not exist. */
  findHome(): Promise<Home>;
}

/**
 * Clipanion wants streams of its own in the context, and copies what is there. They are missing:
 * copying would make them at every start, and what Clipanion would print, we print.
 */
export type CliContext = GormesContext &
  Readonly<Record<Exclude<keyof BaseContext, 'env' | 'colorDepth'>, never>> &
  Pick<BaseContext, 'env' | 'colorDepth'>;

/** Commands that Hermes has too, and whose words they keep (design §8). */
const AS_HERMES: ReadonlySet<string> = new Set([
  'auth',
  'auth add',
  'auth list',
  'auth remove',
  'auth reset',
  'auth status',
  'auth logout',
  'auth spotify',
  'mcp login',
  'logout',
  'model',
  'setup',
]);

/**
 * Base of all commands. `run` does the work and returns the exit code; whatever it throws is shown
 * as one error here, since Clipanion would print it on stdout with code 1.
 */
export abstract class GormesCommand extends Command<CliContext> {
  json = Option.Boolean('--json', false, {
    description: 'Print one JSON document instead of text',
  });

  /** The exit code; another number than ours only from `auth exec`, whose program chose it. */
  abstract run(context: CliContext): Promise<number>;

  override async execute(): Promise<number> {
    const { out, debug } = this.context;
    out.useJson(this.json);
    try {
      return await this.run(this.context);
    } catch (error) {
      if (error instanceof UsageError) {
        const { viewUsage } = await import('./views/usage.ts');
        out.problem(viewUsage(error, this.path, [this.path.join(' ')]));
        return EXIT.usage;
      }
      const { viewError } = await import('./views/error.ts');
      const interrupted = this.context.deps.signal.aborted;
      const asHermes = AS_HERMES.has(this.path.join(' '));
      const columns = out.width('stderr');
      out.problem(viewError(error, { debug, interrupted, asHermes, columns }));
      if (interrupted) return EXIT.interrupted;
      return error instanceof GormesError ? error.exitCode : EXIT.failed;
    }
  }
}
