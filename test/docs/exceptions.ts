/** Commands of the documents that the tests of the documents do not run. */
export const NOT_RUN: readonly {
  readonly page: string;
  /** The line, without its comment. */
  readonly command: string;
  readonly why: string;
}[] = [
  {
    page: 'README.md',
    command: 'npm ci && npm start',
    why: 'npm ci would take away the packages of the running tests; another test runs what npm start runs',
  },
  { page: 'README.md', command: 'npm cit', why: 'it runs these tests; it is what CI calls' },
  {
    page: 'README.md',
    command: 'npm link',
    why: 'it writes to the global packages of the machine; test/packages installs into a folder',
  },
  {
    page: 'docs/reference/commands.md',
    command: 'eval "$(gormes completion zsh)"',
    why: 'it is for zsh, and blocks run in bash; test/shells runs it in zsh',
  },
];

/**
 * Exit codes other than 0 that are the point. 130: a dialogue began, and the person left it with
 * Ctrl-C; what it does is tested in test/terminal.
 */
export const EXITS: Readonly<Record<string, number>> = {
  'gormes auth': 130,
  'gormes model': 130,
  'gormes model --provider zai': 130,
  'gormes setup': 130,
  'gormes setup terminal': 130,
  'gormes setup --quick': 130,
  'gormes setup agent --reset': 130,
  'gormes auth plan --detailed-exitcode': 2,
  'gormes auth plan --check-secrets --detailed-exitcode': 2,
};
