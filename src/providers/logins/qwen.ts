import type { LoginStorage } from '../login-storage.ts';
import { facts, vendorSeeds } from './fields.ts';

const SOURCE = 'qwen-cli';

/** The login of the Qwen CLI, which its file holds; Hermes' own state has no tokens. */
export const qwenLogin: LoginStorage = {
  seededSource: SOURCE,
  manualSource: 'manual:qwen_cli',
  writes: 'seeded',
  sharedWith: 'qwen_cli',
  seeds: ({ vendor, baseUrl }) => {
    const login = vendor(SOURCE);
    return vendorSeeds(login, SOURCE, baseUrl, login?.path);
  },
  state: (grant) => facts(grant, ['base_url']),
  activates: 'always',
  removals: {
    [SOURCE]: {
      lines: [
        'Suppressed qwen-cli credential — it will not be re-seeded.',
        'Note: Qwen CLI credentials still live in ~/.qwen/oauth_creds.json',
        'Run `gormes auth add qwen-oauth` to re-enable if needed.',
      ],
    },
  },
};
