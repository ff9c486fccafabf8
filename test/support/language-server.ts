import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

const SERVER = new URL(
  '../../node_modules/yaml-language-server/bin/yaml-language-server',
  import.meta.url,
).pathname;
const SCHEMA = new URL('../../schema/gormes.auth.schema.json', import.meta.url).pathname;

/** A position that `|` marks in a text, and the text without it. */
interface Cursor {
  readonly text: string;
  readonly position: { readonly line: number; readonly character: number };
}

interface Finding {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}

/** The yaml-language-server that editors run, with our schema for `gormes.auth.yaml`. */
export interface LanguageServer extends AsyncDisposable {
  /** Labels that are offered at the `|` of a text. */
  complete(marked: string): Promise<string[]>;
  /** What is shown for the word at the `|`. */
  hover(marked: string): Promise<string>;
  /** Findings as `line:column message`, from 1. */
  findings(text: string): Promise<string[]>;
}

export async function startLanguageServer(): Promise<LanguageServer> {
  const child = spawn(process.execPath, [SERVER, '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const settings = {
    completion: true,
    hover: true,
    validate: true,
    schemaStore: { enable: false },
    schemas: { [pathToFileURL(SCHEMA).href]: 'gormes.auth.yaml' },
  };
  const watchers = new Map<string, (findings: readonly Finding[]) => void>();
  connection.onNotification(
    'textDocument/publishDiagnostics',
    (given: { uri: string; diagnostics: Finding[] }) =>
      watchers.get(given.uri)?.(given.diagnostics),
  );
  // It asks for its settings when it is told that they changed.
  const configured = new Promise<void>((resolve) => {
    connection.onRequest(
      'workspace/configuration',
      ({ items }: { items: { section?: string }[] }) => {
        setImmediate(resolve);
        return items.map(({ section }) => (section === 'yaml' ? settings : null));
      },
    );
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
  });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { yaml: settings },
  });

  await configured;

  let count = 0;
  // Each text is a file of its own, so that findings of a former one are not taken for its own.
  const show = async (
    text: string,
    look?: (findings: readonly Finding[]) => void,
  ): Promise<string> => {
    const uri = `file:///project-${++count}/gormes.auth.yaml`;
    if (look !== undefined) watchers.set(uri, look);
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    await connection.sendNotification('textDocument/didOpen', { textDocument });
    return uri;
  };
  const ask = async (method: string, marked: string): Promise<unknown> => {
    const { text, position } = cursorOf(marked);
    const uri = await show(text);
    return await connection.sendRequest(method, { textDocument: { uri }, position });
  };
  // The first answer of all comes before the schema is read.
  await ask('textDocument/hover', 'vers|ion: 1\n');
  return {
    complete: async (marked) => {
      const reply = Object(await ask('textDocument/completion', marked));
      return reply.items.map(({ label }: { label: string }) => label);
    },
    hover: async (marked) => Object(await ask('textDocument/hover', marked)).contents?.value ?? '',
    findings: async (text) => {
      const published = await new Promise<readonly Finding[]>((resolve, reject) => {
        show(text, resolve).catch(reject);
      });
      return published.map(viewFinding);
    },
    [Symbol.asyncDispose]: async () => {
      connection.dispose();
      child.kill();
    },
  };
}

function viewFinding({ message, range }: Finding): string {
  return `${range.start.line + 1}:${range.start.character + 1} ${message}`;
}

function cursorOf(marked: string): Cursor {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return { text: marked.replace('|', ''), position };
}
