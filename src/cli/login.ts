import { Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

/** Hidden: says where logins moved. Takes anything, does nothing, echoes nothing (design §14.9). */
export class LoginCommand extends GormesCommand {
  static override paths = [['login']];

  rest = Option.Proxy();

  override async execute(): Promise<ExitCode> {
    return await this.run(this.context);
  }

  async run({ out }: CliContext): Promise<ExitCode> {
    out.problem(
      [
        'error: there is no login command [login_moved]',
        'hint: gormes auth add <provider> --type oauth',
      ].join('\n'),
    );
    return EXIT.failed;
  }
}
