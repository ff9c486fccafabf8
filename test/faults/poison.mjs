// A preload (`node --import`) that counts what the program asks of the system about a directory, and
// its reading and writing of JSON; at number POISON_AT it throws what holds secrets wherever an error
// can hold them. The program itself has no switch for it.
//
// POISON_DIR   directory below which calls count
// POISON_AT    the call to hit, from 1; 0: only count
// POISON_MODE  throw: from the call | later: from nowhere, when the call is done | reject: as a
//              promise that nobody awaits
// POISON_TEXT  the secret
// POISON_COUNT file that gets the number of calls, when the program ends
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const {
  POISON_DIR = '',
  POISON_AT = '0',
  POISON_MODE,
  POISON_TEXT = '',
  POISON_COUNT,
} = process.env;
const open = new Set();
let calls = 0;

/** As careless libraries make them: the input in the message, in a cause, in fields, in the stack. */
function poison() {
  const inner = new SyntaxError(`Unexpected token in "${POISON_TEXT}" is not valid JSON`);
  const error = new AggregateError(
    [inner],
    `boom ${POISON_TEXT}\n    at ${POISON_TEXT} (x.js:1:1)`,
  );
  return Object.assign(error, {
    cause: inner,
    input: POISON_TEXT,
    config: { headers: [POISON_TEXT] },
  });
}

function hit(run) {
  calls++;
  if (calls !== Number(POISON_AT)) return run();
  if (POISON_MODE === 'throw') throw poison();
  if (POISON_MODE === 'reject') Promise.reject(poison());
  else {
    setImmediate(() => {
      throw poison();
    });
  }
  return run();
}

for (const name of Object.keys(fs).filter((key) => key.endsWith('Sync'))) {
  const real = fs[name];
  fs[name] = (target, ...rest) => {
    const isOurs =
      open.has(target) || (typeof target === 'string' && target.startsWith(POISON_DIR));
    if (!isOurs) return real(target, ...rest);
    // What asks whether a file is there never throws.
    const result = name === 'existsSync' ? real(target, ...rest) : hit(() => real(target, ...rest));
    if (name === 'openSync') open.add(result);
    if (name === 'closeSync') open.delete(target);
    return result;
  };
}
syncBuiltinESMExports();
for (const name of ['parse', 'stringify']) {
  const real = JSON[name];
  JSON[name] = (...args) => hit(() => real(...args));
}

if (POISON_COUNT) {
  const { writeFileSync } = await import('node:fs');
  process.on('exit', () => writeFileSync(POISON_COUNT, String(calls)));
}
