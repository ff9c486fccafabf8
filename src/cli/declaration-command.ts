import { Option, UsageError } from 'clipanion';
import { GormesCommand } from './command.ts';

/** Base of the commands that work on one declaration and take no other argument. */
export abstract class DeclarationCommand extends GormesCommand {
  file = Option.String('-f,--config', { description: 'The declaration; - reads standard input' });
  argument = Option.String({ name: 'FILE', required: false });

  /**
   * The declaration that the command line names, `FILE` being the same as `-f FILE`; undefined where
   * it names none.
   *
   * @throws UsageError when both are given
   */
  get named(): string | undefined {
    if (this.argument !== undefined && this.file !== undefined) {
      throw new UsageError('FILE and -f FILE are the same: give one of them');
    }
    return this.argument ?? this.file;
  }
}
