import { Command } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthSchemaCommand extends GormesCommand {
  static override paths = [['auth', 'schema']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Print the JSON Schema of the declaration',
    details: 'Draft-07, for editors and other tools. Reads and writes nothing.',
    examples: [['For an editor', '$0 auth schema > gormes.auth.schema.json']],
  });

  async run({ out }: CliContext): Promise<ExitCode> {
    const { default: schema } = await import('../../schema/gormes.auth.schema.json', {
      with: { type: 'json' },
    });
    out.write(`${JSON.stringify(schema, null, 2)}\n`);
    return EXIT.ok;
  }
}
