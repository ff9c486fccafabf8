import { Command, Option, UsageError } from 'clipanion';
import type { SecretsChecked } from '../apply/resolve-secrets.ts';
import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Desired } from '../config/desired.ts';
import type { CliContext } from './command.ts';
import { DeclarationCommand } from './declaration-command.ts';
import { openStore } from './open-store.ts';
import type { Validated } from './views/validated.ts';

const FORMATS = ['human', 'json', 'github', 'sarif'] as const;
type Format = (typeof FORMATS)[number];

export class AuthValidateCommand extends DeclarationCommand {
  static override paths = [['auth', 'validate']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Check a declaration, all findings at once',
    details: `
      Needs no home, no network, no secret and starts no program: safe on a stranger's pull request.
      Exits 0 when it is valid, 3 when it is not; with \`--strict\` warnings count too.

      \`--format github\` annotates a pull request, in a step of GitHub Actions; \`sarif\` is for code
      scanning. Both name files from the root of the checkout.

      With \`--check-secrets\` every reference is looked up as well (but for \`prompt:\`), and nothing
      is kept: 1 when one can't be had, 5 when a program may not be started for want of trust.
    `,
    examples: [
      ['The declaration of this directory', '$0 auth validate'],
      ['Is every secret there?', '$0 auth validate --check-secrets'],
      ['In CI', '$0 auth validate --strict gormes.auth.yaml'],
      ['In GitHub Actions', '$0 auth validate --format github'],
    ],
  });

  strict = Option.Boolean('--strict', false, { description: 'Warnings are errors' });
  format = Option.String('--format', { description: 'human (default), json, github or sarif' });
  checkSecrets = Option.Boolean('--check-secrets', false, {
    description: 'Look every reference up, too',
  });
  allowCommands = Option.Boolean('--allow-commands', false, {
    description: 'Start the programs of this declaration without trust, for CI',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const format = parseFormat(this.format, this.json);
    if ((format === 'github' || format === 'sarif') && this.checkSecrets) {
      throw new UsageError(`--check-secrets and --format ${format} don't go together`);
    }
    context.out.useJson(format === 'json');
    const { readDeclaration } = await import('./declaration.ts');
    const { diagnosticsToJson, viewValidated } = await import('./views/validated.ts');
    // Overlays select by home; without secrets to check no home is concerned.
    const home = this.checkSecrets ? await context.findHome() : undefined;
    const loaded = await readDeclaration(context, this.named, home);
    const failing = loaded.diagnostics.filter(
      (finding) => this.strict || finding.severity === 'error',
    );
    const result = { ...loaded, valid: failing.length === 0 };
    if (format === 'github' || format === 'sarif') {
      await showReport(context, result, format);
      return result.valid ? EXIT.ok : EXIT.invalidDeclaration;
    }
    const { out } = context;
    const checked = result.valid ? await this.lookUp(context, loaded.desired) : undefined;
    const { secretsCheckedToJson, viewSecretsChecked } = await import('./views/secrets-checked.ts');
    if (out.isJson) {
      const secrets = checked && { secrets: secretsCheckedToJson(checked) };
      out.result({ ...diagnosticsToJson(result), ...secrets }, () => '');
    } else {
      const columns = out.width('stdout');
      out.write(viewValidated(result, columns));
      if (checked !== undefined) out.write(`\n${viewSecretsChecked(checked, columns)}`);
    }
    if (!result.valid) return EXIT.invalidDeclaration;
    const exitCode = checked?.exitCode ?? EXIT.ok;
    if (exitCode === EXIT.ok)
      await out.next(async () =>
        (await import('./next-step.ts')).afterValidate(context, loaded.path),
      );
    return exitCode;
  }

  private async lookUp(
    context: CliContext,
    desired: Desired | undefined,
  ): Promise<SecretsChecked | undefined> {
    if (!this.checkSecrets || desired === undefined) return undefined;
    const { checkSecrets } = await import('../apply/resolve-secrets.ts');
    const store = await openStore(context);
    return await checkSecrets(context.deps, store, desired, this.allowCommands);
  }
}

async function showReport(
  { deps, out }: CliContext,
  result: Validated,
  format: 'github' | 'sarif',
): Promise<void> {
  const { fileLocator } = await import('./locate-file.ts');
  const locate = fileLocator(deps);
  if (format === 'github') {
    const { viewGithub } = await import('./views/github.ts');
    out.write(viewGithub(result, locate));
    return;
  }
  const { sarifLog } = await import('./views/sarif.ts');
  out.write(`${JSON.stringify(sarifLog(result.diagnostics, locate), undefined, 2)}\n`);
}

function parseFormat(given: string | undefined, json: boolean): Format {
  const wanted = given ?? (json ? 'json' : 'human');
  const format = FORMATS.find((word) => word === wanted);
  if (format === undefined) throw new UsageError(`--format takes ${FORMATS.join(', ')}`);
  if (json && format !== 'json') throw new UsageError("--json and --format don't go together");
  return format;
}
