import { open, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { GormesError } from '../../base/errors.ts';
import { Secret } from '../../base/secret.ts';

/** Google's public desktop client of the Gemini CLI (oauth-flows §8). */
const CLIENT_ID = '681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com';

/** Where releases of the Gemini CLI keep `OAUTH_CLIENT_SECRET`, below a folder above its program. */
const PLACES = [
  'node_modules/@google/gemini-cli-core/dist/src/code_assist/oauth2.js',
  'node_modules/@google/gemini-cli/node_modules/@google/gemini-cli-core/dist/src/code_assist/oauth2.js',
  '../gemini-cli-core/dist/src/code_assist/oauth2.js',
  'dist/src/code_assist/oauth2.js',
  'bundle/gemini.js',
];

/** Folders above the program that are looked below: `bin`, `dist`, the package, its scope. */
const LEVELS = 4;
const FILE_BYTES = 64 * 1024 * 1024;

export interface GeminiClient {
  readonly id: string;
  readonly secret: Secret;
}

type Env = (name: string) => string | undefined;

/**
 * The client id and secret for Google: the variables, else what an installed Gemini CLI has. The
 * secret is not ours, so it is not in this program (design §15).
 *
 * @throws GormesError `google_client_secret_missing`
 */
export async function findGeminiClient(env: Env): Promise<GeminiClient> {
  const id = env('HERMES_GEMINI_CLIENT_ID')?.trim();
  const secret = env('HERMES_GEMINI_CLIENT_SECRET')?.trim();
  if (secret) return { id: id || CLIENT_ID, secret: new Secret(secret) };
  // A client of one's own does not go with the Gemini CLI's secret.
  if (!id) {
    const installed = await installedClient(env('PATH') ?? '');
    if (installed) return installed;
  }
  throw new GormesError(
    'google_client_secret_missing',
    id
      ? 'HERMES_GEMINI_CLIENT_ID is set and HERMES_GEMINI_CLIENT_SECRET is not'
      : 'the login at Google needs the client secret of the Gemini CLI, which is not part of gormes',
    {
      hint: id
        ? 'set HERMES_GEMINI_CLIENT_SECRET to the secret of that client'
        : 'install the Gemini CLI (npm install -g @google/gemini-cli), or set HERMES_GEMINI_CLIENT_SECRET',
    },
  );
}

async function installedClient(path: string): Promise<GeminiClient | undefined> {
  for (const dir of path.split(delimiter)) {
    if (!dir.startsWith('/') && !/^[A-Za-z]:/.test(dir)) continue; // never the working directory
    const program = await realpath(join(dir, 'gemini')).catch(() => undefined);
    if (program === undefined) continue;
    let above = dirname(program);
    for (let level = 0; level < LEVELS; level++, above = dirname(above)) {
      for (const place of PLACES) {
        const client = readClient(await readBounded(join(above, place)));
        if (client) return client;
      }
    }
  }
  return undefined;
}

/** The client in the source of a Gemini CLI; undefined when that holds none. */
function readClient(source: string): GeminiClient | undefined {
  const id = /OAUTH_CLIENT_ID\s*=\s*["']([\w-]+\.apps\.googleusercontent\.com)["']/.exec(
    source,
  )?.[1];
  const secret = /OAUTH_CLIENT_SECRET\s*=\s*["'](GOCSPX-[\w-]{20,64})["']/.exec(source)?.[1];
  return id && secret ? { id, secret: new Secret(secret) } : undefined;
}

/** A regular file of bounded size; the empty text for anything else. */
async function readBounded(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const info = await handle.stat();
    return info.isFile() && info.size <= FILE_BYTES ? await handle.readFile('utf8') : '';
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}
