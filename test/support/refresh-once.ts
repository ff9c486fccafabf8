/**
 * One refresh as a process of its own, for races and kills: argv is home, provider, entry, and
 * optionally when to die: `after-reply` (the answer is there, nothing else happened) or
 * `before-store` (the grant is in the inbox). Prints what came out as one line of JSON.
 */
import { createHash } from 'node:crypto';
import { realClock, realRandom } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { createHttp } from '../../src/base/http.ts';
import { findHome } from '../../src/pool/home.ts';
import { refreshEntry } from '../../src/pool/refresh.ts';
import { homeStore, type LockedStore, type PoolStore } from '../../src/pool/store.ts';
import { takeGrants } from '../../src/pool/take-grants.ts';

const [, , dir = '', provider = '', entryId = '', dies] = process.argv;
const http = createHttp({ env: process.env, userAgent: 'gormes/0.0.0' });
let answered = false;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const deps = {
  clock: realClock,
  env: process.env,
  random: realRandom,
  signal: new AbortController().signal,
  userHome: undefined,
  http: async () => async (request: Parameters<typeof http>[0]) => {
    const reply = await http(request);
    answered = true;
    if (dies === 'after-reply') die();
    return reply;
  },
};

const real = homeStore(findHome({}, undefined, { home: dir, profile: undefined }), deps, 60_000);
const store: PoolStore = {
  ...real,
  lock: (work) =>
    real.lock((locked) => {
      const mortal: LockedStore = {
        read: locked.read,
        update: async (change) => {
          if (answered && dies === 'before-store') die();
          return locked.update(change);
        },
      };
      return work(mortal);
    }),
};

try {
  const taken = await takeGrants(deps, store);
  const { how, grant } = await refreshEntry(deps, store, { provider, entryId });
  const token = createHash('sha256').update(grant.accessToken.reveal()).digest('hex').slice(0, 16);
  console.log(JSON.stringify({ how, token, taken: taken.map(({ state }) => state) }));
} catch (error) {
  if (!(error instanceof GormesError)) throw error;
  console.log(JSON.stringify({ code: error.code, exitCode: error.exitCode }));
}
