import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeysAndLogin } from '../support/homes.ts';
import type { Place, Victim } from './faulty-run.ts';

function example(place: Place): void {
  place.home.write('auth.json', apiKeysAndLogin.auth);
  place.home.write('.env', '# mine\nGLM_API_KEY=fake-glm-key-1\nOTHER=1\n');
  place.home.write('config.yaml', '# settings\nmodel:\n  provider: nous\n');
}

/** Six commands that change every file of a home, each from the same state. */
export const victims: readonly Victim[] = [
  {
    name: 'add',
    args: ['auth', 'add', 'xai', '--label', 'new'],
    input: 'fake-xai-key-1',
    prepare: example,
  },
  {
    name: 'remove a stored key',
    args: ['auth', 'remove', 'anthropic', 'api-key-2'],
    prepare: example,
  },
  { name: 'remove a variable', args: ['auth', 'remove', 'zai', 'GLM_API_KEY'], prepare: example },
  { name: 'reset', args: ['auth', 'reset', 'anthropic'], prepare: example },
  { name: 'logout', args: ['auth', 'logout', 'nous'], prepare: example },
  {
    name: 'apply',
    args: ['auth', 'apply', '--yes'],
    prepare: (place) => {
      example(place);
      writeFileSync(join(place.dir, 'key'), 'fake-declared-key\n');
      writeFileSync(
        join(place.dir, 'gormes.auth.yaml'),
        `version: 1
name: kills
providers:
  anthropic:
    credentials: { api-key-2: { state: absent } }
  xai:
    strategy: round_robin
    credentials: { a: { api_key: "file:key" } }
custom_providers:
  lab: { base_url: "https://lab.example/v1", credentials: { k: { api_key: "file:key" } } }
`,
      );
    },
  },
];
