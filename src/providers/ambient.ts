/** What is looked at to tell whether a provider has credentials of its own kind, outside any pool. */
export interface AmbientInput {
  /** A variable, `.env` before the environment. */
  readonly env: (name: string) => string | undefined;
  readonly isFile: (path: string) => boolean;
  /** Whether a program can be started: by its path, or by its name on the PATH. */
  readonly isProgram: (name: string) => boolean;
  /** A path below the user's home; undefined when the system tells none. */
  readonly inUserHome: (path: string) => string | undefined;
}

/**
 * Where a provider without pooled credentials gets them from: the variable, file or program, never
 * its value. Undefined when nothing is set. Offline: whether they work is not asked.
 */
export type Ambient = (input: AmbientInput) => string | undefined;

/** Providers whose credentials another program or a cloud's own chain keeps (design §14.3). */
export const AMBIENT: Readonly<Record<string, Ambient>> = {
  /** Hermes' order (providers.json); an instance role needs the network and is not looked for. */
  bedrock: ({ env, isFile, inUserHome }) => {
    const name = AWS_VARIABLES.find((names) => names.every((each) => env(each) !== undefined))?.[0];
    if (name !== undefined) return name;
    const files = [env('AWS_SHARED_CREDENTIALS_FILE'), inUserHome('.aws/credentials')];
    return files.some((file) => file !== undefined && isFile(file))
      ? '~/.aws/credentials'
      : undefined;
  },
  vertex: ({ env, isFile, inUserHome }) => {
    const name = ['VERTEX_CREDENTIALS_PATH', 'GOOGLE_APPLICATION_CREDENTIALS'].find((each) => {
      const file = env(each);
      return file !== undefined && isFile(file);
    });
    if (name !== undefined) return name;
    const file = inUserHome(GCLOUD_FILE);
    return file !== undefined && isFile(file) ? `~/${GCLOUD_FILE}` : undefined;
  },
  'copilot-acp': ({ env, isProgram }) => {
    if (env('COPILOT_ACP_BASE_URL')?.startsWith('acp+tcp://')) return 'COPILOT_ACP_BASE_URL';
    const name = ['HERMES_COPILOT_ACP_COMMAND', 'COPILOT_CLI_PATH'].find(
      (each) => env(each) !== undefined,
    );
    const program = name === undefined ? 'copilot' : (env(name) ?? '');
    return isProgram(program) ? (name ?? 'copilot on the PATH') : undefined;
  },
};

const AWS_VARIABLES = [
  ['AWS_BEARER_TOKEN_BEDROCK'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ['AWS_PROFILE'],
  ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
  ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ['AWS_WEB_IDENTITY_TOKEN_FILE'],
] as const;

const GCLOUD_FILE = '.config/gcloud/application_default_credentials.json';
