import { Command, Option, UsageError } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class CompletionCommand extends GormesCommand {
  static override paths = [['completion']];
  static override usage = Command.Usage({
    category: 'Shell',
    description: 'Print the completion script of a shell: bash, zsh or fish',
    details: `
      Completes commands, options, and the providers, labels and profiles of your home. The script asks
      gormes on each press of Tab: it reads the home, writes nothing, starts nothing, and shows no
      secret. This command prints alone; where to put its output is up to you.
    `,
    examples: [
      ['bash, in ~/.bashrc', 'eval "$(gormes completion bash)"'],
      ['zsh, in ~/.zshrc behind compinit', 'eval "$(gormes completion zsh)"'],
      ['fish', '$0 completion fish > ~/.config/fish/completions/gormes.fish'],
    ],
  });

  shell = Option.String();

  async run({ out }: CliContext): Promise<ExitCode> {
    const { SCRIPTS } = await import('./completion/scripts.ts');
    const script = Object.hasOwn(SCRIPTS, this.shell) ? SCRIPTS[this.shell] : undefined;
    if (script === undefined) throw new UsageError('completion takes bash, zsh or fish');
    out.write(script);
    return EXIT.ok;
  }
}
