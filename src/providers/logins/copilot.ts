import type { LoginStorage, Removal } from '../login-storage.ts';

/** One token from the first place that has one: who takes it away means all of them. */
const all: Removal = {
  suppresses: ['gh_cli', 'env:COPILOT_GITHUB_TOKEN', 'env:GH_TOKEN', 'env:GITHUB_TOKEN'],
  lines: [
    'Suppressed all copilot token sources (gh_cli + env vars) — they will not be re-seeded.',
    'Note: Your gh CLI / shell environment is unchanged.',
    'Run `gormes auth add copilot` to re-enable if needed.',
  ],
};

/** The login of GitHub's own program. */
export const copilotLogin: LoginStorage = {
  removals: Object.fromEntries(all.suppresses?.map((source) => [source, all]) ?? []),
};
