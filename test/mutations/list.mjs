// The protections of docs/explanation/security.md, each with how it is taken away. `find` is looked for in all of
// `src`, or `within` a folder, wherever the code stands by now; a pattern that is not found, or not as often as `times`
// says, ends the run. Each place is one mutation, unless `together`.

const POWER = ['test/faults/power-loss.test.ts', 'test/unit/write-last-resorts.test.ts'];
const WRITE = ['test/unit/write-atomic.test.ts'];
const LOCK = ['test/unit/lock.test.ts'];
const STORE = ['test/unit/re-read.test.ts'];
const LOOPBACK = ['test/unit/flows-loopback.test.ts'];
const REFRESH = ['test/unit/refresh.test.ts', 'test/unit/refresh-race.test.ts'];
const HOSTILE = ['test/unit/config-yaml.test.ts', 'test/unit/config-parts.test.ts'];
const THROWN = ['test/faults/thrown-secrets.test.ts'];
const BESIDE = ['test/cli/actions.test.ts'];

export const mutations = [
  {
    name: 'fsync of files and directories',
    within: 'src/pool',
    find: /^ *fsyncSync\(fd\);\n/gm,
    replace: '',
    times: 5,
    tests: POWER,
  },
  {
    name: 'the directory is synced after a rename',
    find: /^ *syncDirectory\(target\.directory\);\n/gm,
    replace: '',
    times: 1,
    tests: POWER,
  },
  {
    name: 'size check before the rename',
    find: /^ *if \(fstatSync\(fd\)\.size !== bytes\.length\) throw .*\n/gm,
    replace: '',
    times: 1,
    tests: WRITE,
  },
  {
    name: 'a write goes on until all is written',
    find: 'while (done < bytes.length) {',
    replace: 'if (done < bytes.length) {',
    times: 1,
    tests: WRITE,
  },
  {
    name: 'temporary files are created exclusively',
    within: 'src/pool',
    find: "openSync(temp, 'wx', 0o600)",
    replace: "openSync(temp, 'w', 0o600)",
    times: 1,
    tests: WRITE,
  },
  {
    name: 'the lock file of another program is created exclusively',
    find: "openSync(path, 'wx', 0o600)",
    replace: "openSync(path, 'w', 0o600)",
    times: 1,
    tests: ['test/unit/refresh.test.ts', 'test/unit/write-atomic.test.ts'],
  },
  {
    name: 'a kept mode is at most 0600',
    find: 'fchmodSync(fd, mode);\n    fsyncSync(fd);',
    replace: 'fchmodSync(fd, 0o644);\n    fsyncSync(fd);',
    times: 1,
    tests: WRITE,
  },
  {
    name: 'the store is read again under the lock',
    together: true,
    find: /const file = readAuthFile\(home\.authFile\);(?=\n {2}const before)|^ {2}readAuthFile\(home\.authFile\);/gm,
    replace: (found) =>
      found.startsWith('const')
        ? 'const early = globalThis.early; globalThis.early = undefined;\n  const file = early ?? readAuthFile(home.authFile);'
        : 'globalThis.early = readAuthFile(home.authFile);',
    times: 2,
    tests: STORE,
  },
  {
    name: '.env is compared before it is replaced',
    find: /^ *if \(readEnvFile\(home\.envFile\)\.text !== env\.text\) return 'changed';\n/gm,
    replace: '',
    times: 1,
    tests: STORE,
  },
  {
    name: 'config.yaml is compared before it is replaced',
    find: /^ *if \(readConfigText\(home\) !== configText\) return 'changed';\n/gm,
    replace: '',
    times: 1,
    tests: STORE,
  },
  {
    name: 'a store that is not understood refuses writes',
    find: /^ *if \(file\.state === 'valid' && file\.refuseWrite\) throw file\.refuseWrite;\n/gm,
    replace: '',
    times: 1,
    tests: ['test/cli/bad-homes.test.ts'],
  },
  {
    name: 'what was written is read back',
    find: "if (written.state !== 'valid' || written.text !== next) {",
    replace: 'if (written.state === undefined) {',
    times: 1,
    tests: STORE,
  },
  {
    name: 'the row of a change is checked under the lock',
    find: 'if (entry === undefined || entry.source !== row.source || entry.label !== row.label) {',
    replace: 'if (entry === undefined) {',
    times: 1,
    tests: STORE,
  },
  {
    name: 'the note that a kill cut off is finished',
    together: true,
    find: /^ *await settleLedger\(held, home\);\n/gm,
    replace: '',
    times: 2,
    tests: ['test/faults/unfinished.test.ts'],
  },
  {
    name: 'the lock is polled with jitter',
    find: /return POLL_MIN_MS \+ .*;/g,
    replace: 'return POLL_MIN_MS;',
    times: 1,
    tests: LOCK,
  },
  {
    name: 'a lock file that was replaced does not count',
    find: '&& sameFile(file, statSync(lockPath, STAT_OR_NOTHING))',
    replace: '',
    times: 1,
    tests: LOCK,
  },
  {
    name: 'a refresh reads again under the lock',
    find: 'if (isNewer(before.grant.accessToken, login.grant, now)) return',
    replace: 'if (isNewer(undefined, login.grant, now)) return',
    times: 1,
    tests: REFRESH,
  },
  {
    name: 'a token that may have left is not sent again',
    find: /^ *refuseSecondSend\(turn, spent\);\n/gm,
    replace: '',
    times: 1,
    tests: REFRESH,
  },
  {
    name: 'room is reserved before a token is spent',
    find: 'const release = reserveSpace(authFile, size + GROWTH_BYTES, deps);',
    replace: 'const release = (): void => undefined;',
    times: 1,
    tests: ['test/faults/full-disk.test.ts'],
  },
  {
    name: 'state check of a callback',
    find: "states.length !== 1 || !sameText(states[0] ?? '', state)",
    replace: 'states.length > 1',
    times: 1,
    tests: LOOPBACK,
  },
  {
    name: 'host check of a callback',
    find: /^ *if \(!expected\.hosts\.includes\(request\.host\.toLowerCase\(\)\)\) return refused\(403\);\n/gm,
    replace: '',
    times: 1,
    tests: LOOPBACK,
  },
  {
    name: 'redirects are not followed',
    find: /^ {6}agent\.dispatch\(/gm,
    replace:
      'agent.compose(interceptors.redirect({ maxRedirections: 3, throwOnMaxRedirect: false })).dispatch(',
    // The program loads undici lazily; a mutant may take it all.
    prepend: "import { interceptors } from 'undici';\n",
    times: 1,
    tests: ['test/unit/http.test.ts'],
  },
  {
    name: 'bodies are bounded',
    find: 'if (size <= LIMITS.httpBodyBytes) {',
    replace: 'if (size >= 0) {',
    times: 1,
    tests: ['test/unit/http.test.ts'],
  },
  {
    name: 'control characters are escaped',
    find: /return text\.replace\(UNSAFE, \(char\) => \{/g,
    replace: 'return text.replace(/\\uFFFF/g, (char) => {',
    times: 1,
    tests: ['test/faults/terminal.test.ts'],
  },
  {
    name: 'programs run only for a trusted declaration',
    find: "if (isTrusted(list, subject)) return 'granted';",
    replace: "return 'granted';",
    times: 1,
    tests: ['test/cli/trust.test.ts'],
  },
  {
    name: 'compiled code is taken only from where the user alone may write',
    find: 'if (!isOurs(dir)) return;',
    replace: '',
    times: 1,
    tests: ['test/cli/compiled-code.test.ts'],
  },
  {
    name: 'a bug that no command caught is told without its message',
    find: /^process\.on\('uncaughtException'.*\n/gm,
    replace: '',
    times: 1,
    tests: THROWN,
  },
  {
    name: 'the message of a bug is cut from its places',
    find: 'stack.slice(at + message.length)',
    replace: 'stack',
    times: 1,
    tests: THROWN,
  },
  {
    name: 'no diagnostic report is written',
    find: /^keepOutOfReports\(\);\n/gm,
    replace: '',
    times: 1,
    tests: THROWN,
  },
  {
    name: 'values are counted before they are parsed',
    find: 'if (nodes > maxNodes || signs',
    replace: 'if (signs > maxNodes * 1000 || signs',
    times: 1,
    tests: HOSTILE,
  },
  {
    name: 'signs are counted before they are parsed',
    find: '|| signs > SIGNS_PER_NODE * maxNodes + OTHER_SIGNS',
    replace: '',
    times: 1,
    tests: HOSTILE,
  },
  {
    name: 'who has waited long polls rarer',
    find: 'Math.min(left, jitter(options.random) * slower)',
    replace: 'Math.min(left, jitter(options.random))',
    times: 1,
    tests: LOCK,
  },
  {
    name: 'what an old copy brought back stands for nothing that is declared',
    find: '&& !removed.has(entry.id)',
    replace: '',
    times: 2,
    tests: BESIDE,
  },
  {
    name: 'an order means the entries that stay',
    find: '(entry.id === undefined || !going.includes(entry.id))',
    replace: 'true',
    times: 1,
    tests: ['test/cli/actions.test.ts'],
  },
];
