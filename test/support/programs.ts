import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a recorded program answers. */
export interface ProgramReply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

/** One call of a recorded program. */
export interface ProgramCall {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where programs stand and where they write down their calls. */
export interface ProgramFolders {
  readonly bin: string;
  readonly calls: string;
}

/** Puts an executable on the PATH of a world: it writes its call down, then prints what it is told. */
export function installProgram(folders: ProgramFolders, name: string, reply: ProgramReply): void {
  const file = join(folders.bin, name);
  writeFileSync(
    file,
    `#!${process.execPath}
const { renameSync, writeFileSync } = require('node:fs');
const call = { name: ${JSON.stringify(name)}, argv: process.argv.slice(2), env: process.env };
const file = ${JSON.stringify(folders.calls)} + '/' + process.hrtime.bigint() + '-' + process.pid;
writeFileSync(file + '.tmp', JSON.stringify(call));
renameSync(file + '.tmp', file + '.json');
process.stdout.write(${JSON.stringify(reply.stdout ?? '')});
process.stderr.write(${JSON.stringify(reply.stderr ?? '')});
process.exitCode = ${reply.exitCode ?? 0};
`,
  );
  chmodSync(file, 0o755);
}

/** All calls so far, oldest first. */
export function readCalls(folder: string): ProgramCall[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort((a, b) => (BigInt(a.split('-')[0] ?? 0) < BigInt(b.split('-')[0] ?? 0) ? -1 : 1))
    .map((name) => parseCall(readFileSync(join(folder, name), 'utf8')));
}

/** Written by `installProgram` alone, so the shape is known. */
function parseCall(text: string): ProgramCall {
  return JSON.parse(text);
}
