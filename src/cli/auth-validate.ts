import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthValidateCommand extends GormesCommand {
  static override paths = [['auth', 'validate']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Check a declaration, all findings at once',
    details: `
      Needs no home, no network, no secret and starts no program: safe on a stranger's pull request.
      Exits 0 when it is valid, 3 when it is not; with \`--strict\` warnings count too.
    `,
    examples: [
      ['The declaration of this directory', '$0 auth validate'],
      ['In CI', '$0 auth validate --strict -f gormes.auth.yaml'],
    ],
  });

  file = Option.String('-f,--config', { description: 'The declaration; - reads standard input' });
  strict = Option.Boolean('--strict', false, { description: 'Warnings are errors' });

  async run(context: CliContext): Promise<ExitCode> {
    const { readDeclaration } = await import('./declaration.ts');
    const { diagnosticsToJson, viewValidated } = await import('./views/validated.ts');
    const loaded = await readDeclaration(context, this.file);
    const failing = loaded.diagnostics.filter(
      (finding) => this.strict || finding.severity === 'error',
    );
    const result = { ...loaded, valid: failing.length === 0 };
    if (context.out.isJson) context.out.result(diagnosticsToJson(result), () => '');
    else context.out.write(viewValidated(result));
    return failing.length === 0 ? EXIT.ok : EXIT.invalidDeclaration;
  }
}
