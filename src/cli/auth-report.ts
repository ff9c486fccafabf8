import { resolve } from 'node:path';
import { Command, Option, UsageError } from 'clipanion';
import { type ExitCode, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthReportCommand extends GormesCommand {
  static override paths = [['auth', 'report']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Tell the pool what a provider answered to a request',
    details: `
      Puts the credential aside for as long as Hermes would: 429, 402 and errors of the server for an
      hour, 401 for five minutes, each until the time that the provider names when it names one, and
      transient ones for a minute when there is no other credential. A token that is revoked is marked
      dead. A login that was refused (401, 403) is refreshed first. Entries with the same key are marked
      together. \`--status ok\` clears the marks.

      A 429 counts at once: Hermes tries the same key a second time first, and so may you. What is not
      the credential's fault (a bad request, a provider behind an aggregator, the plan of the account)
      changes nothing. The error may be given whole with \`--body\`; keys in it are not stored.
    `,
    examples: [
      [
        'A limit that ends in half a minute',
        '$0 auth report openrouter work --status 429 --retry-after 30',
      ],
      [
        'With the error of the provider',
        '$0 auth report openai-api work --status 401 --body error.json',
      ],
      ['It works again', '$0 auth report openrouter work --status ok'],
    ],
  });

  provider = Option.String();
  target = Option.String();
  status = Option.String('--status', {
    required: true,
    description: 'HTTP status, ok, or unknown when no answer came',
  });
  retryAfter = Option.String('--retry-after', {
    description: 'Value of the header Retry-After: seconds or a date',
  });
  resetAt = Option.String('--reset-at', {
    description: 'When the limit ends: Unix seconds or milliseconds, or an ISO time; within a year',
  });
  reason = Option.String('--reason', { description: "The provider's error code" });
  body = Option.String('--body', { description: 'File with the error; - reads standard input' });
  noRefresh = Option.Boolean('--no-refresh', false, {
    description: 'Mark a refused login without trying to refresh it',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { reportCredential } = await import('../apply/report-credential.ts');
    const { isTooFar } = await import('../pool/judge-report.ts');
    const { parseReset } = await import('../pool/report-body.ts');
    const { reportedToJson, viewReported } = await import('./views/reported.ts');
    const { deps, out } = context;
    const nowMs = deps.clock.now();
    const resetAt = this.resetAt === undefined ? undefined : parseReset(this.resetAt);
    if (this.resetAt !== undefined && resetAt === undefined)
      throw new UsageError('--reset-at takes Unix seconds or milliseconds, or an ISO time');
    const retryAfterMs =
      this.retryAfter === undefined ? undefined : parseWait(this.retryAfter, nowMs);
    // Not refused: a hook that hands on what the provider said must still put the credential aside.
    if (isTooFar(retryAfterMs === undefined ? resetAt : nowMs + retryAfterMs, nowMs)) {
      const name = retryAfterMs === undefined ? '--reset-at' : '--retry-after';
      out.notice(`Note: ${name} lies more than a year ahead and is not believed.`);
    }
    const report = {
      status: parseStatus(this.status),
      retryAfterMs,
      resetAt,
      reason: this.reason,
      body: this.body === undefined ? undefined : await readBody(context, this.body),
    };
    const store = await openStore(context, this.provider);
    const reported = await reportCredential(deps, store, {
      provider: this.provider,
      target: this.target,
      report,
      refreshes: !this.noRefresh,
    });
    out.result(reportedToJson(reported), () => viewReported(reported, deps.clock.now()));
    return 0;
  }
}

function parseStatus(given: string): number | undefined {
  if (given === 'ok') return 200;
  if (given === 'unknown') return undefined;
  if (/^[1-5]\d\d$/.test(given)) return Number(given);
  throw new UsageError('--status takes an HTTP status, ok or unknown');
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), in milliseconds from now. */
function parseWait(given: string, nowMs: number): number {
  if (/^\d+(\.\d+)?$/.test(given.trim())) return Number(given) * 1000;
  const date = Date.parse(given);
  if (Number.isNaN(date)) throw new UsageError('--retry-after takes seconds or a date');
  return Math.max(0, date - nowMs);
}

async function readBody({ deps }: CliContext, given: string): Promise<string> {
  if (given === '-') return await deps.terminal.readStdin(LIMITS.httpBodyBytes, deps);
  const { readRegularFile } = await import('../pool/read-file.ts');
  const { escapeControls } = await import('../base/text.ts');
  const file = readRegularFile(resolve(deps.cwd, given), LIMITS.httpBodyBytes);
  if (file !== undefined) return file.text;
  throw new GormesError('body_not_found', `there is no file ${escapeControls(given)}`);
}
