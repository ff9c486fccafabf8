// A preload (`node --import`) that counts the program's changes below a home and, at number
// FAULT_AT, kills it or makes the call fail. The program itself has no switch for it.
//
// FAULT_HOME   directory below which calls count
// FAULT_AT     the call to hit, from 1; absent: only count
// FAULT_MODE   kill-before | kill-after | kill-mid (half of a write) | an errno such as ENOSPC | a
//              signal such as SIGINT, which comes right before the call and does not hinder it
// FAULT_RENAME end of a path: the first rename to such a one is not made, and kills
// FAULT_LOOK   file that gets a line for each change: `d` or `f`, the mode, the path, right after it
// FAULT_COUNT  file that gets the number of calls, when the program ends by itself
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { FAULT_HOME = '', FAULT_AT = '0', FAULT_MODE = '' } = process.env;
const { FAULT_COUNT, FAULT_LOOK, FAULT_RENAME } = process.env;
const real = { ...fs };
const open = new Map();
let calls = 0;

const below = (path) => typeof path === 'string' && path.startsWith(FAULT_HOME);
const writes = (flags) =>
  typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(String(flags ?? 'r'));

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered at once, but not before this call returns.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}

/** Writes down how open a path stands at this moment. */
function look(path) {
  const stat = FAULT_LOOK && real.lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  const kind = stat.isDirectory() ? 'd' : 'f';
  real.appendFileSync(FAULT_LOOK, `${kind} ${(stat.mode & 0o7777).toString(8)} ${path}\n`);
}

/** Runs a call, or what stands in its place at the chosen number. */
function hit(run, half) {
  calls++;
  if (calls !== Number(FAULT_AT)) return run();
  if (FAULT_MODE === 'kill-before') die();
  if (FAULT_MODE.startsWith('SIG')) {
    process.kill(process.pid, FAULT_MODE);
    return run();
  }
  if (FAULT_MODE === 'kill-mid') {
    half?.();
    die();
  }
  if (FAULT_MODE === 'kill-after') {
    try {
      run();
    } finally {
      die(); // also after a call that fails, as the removal of what is not there
    }
  }
  throw Object.assign(new Error(`${FAULT_MODE}: injected`), {
    code: FAULT_MODE,
    errno: -1,
    syscall: 'injected',
  });
}

fs.openSync = (path, flags, mode) => {
  const run = () => {
    const fd = real.openSync(path, flags, mode);
    if (below(path)) open.set(fd, path);
    return fd;
  };
  if (!below(path) || !writes(flags)) return run();
  const fd = hit(run);
  look(path);
  return fd;
};
fs.closeSync = (fd) => {
  open.delete(fd);
  real.closeSync(fd);
};
fs.writeSync = (fd, data, ...rest) => {
  if (!open.has(fd)) return real.writeSync(fd, data, ...rest);
  const half = () =>
    real.writeSync(fd, Buffer.from(data).subarray(0, Math.floor(Buffer.byteLength(data) / 2)));
  return hit(() => real.writeSync(fd, data, ...rest), half);
};
fs.writeFileSync = (target, data, options) => {
  if (!open.has(target) && !below(target)) return real.writeFileSync(target, data, options);
  const half = () =>
    real.writeFileSync(
      target,
      Buffer.from(data).subarray(0, Math.floor(Buffer.byteLength(data) / 2)),
    );
  return hit(() => real.writeFileSync(target, data, options), half);
};
for (const name of ['fsyncSync', 'fdatasyncSync', 'ftruncateSync', 'fchmodSync', 'fchownSync']) {
  fs[name] = (fd, ...rest) => {
    if (!open.has(fd)) return real[name](fd, ...rest);
    hit(() => real[name](fd, ...rest));
    look(open.get(fd));
  };
}
for (const name of [
  'renameSync',
  'unlinkSync',
  'mkdirSync',
  'chmodSync',
  'rmSync',
  'linkSync',
  'copyFileSync',
]) {
  fs[name] = (path, ...rest) => {
    if (!below(path)) return real[name](path, ...rest);
    if (FAULT_RENAME && name === 'renameSync' && rest[0].endsWith(FAULT_RENAME)) die();
    const result = hit(() => real[name](path, ...rest));
    look(name === 'renameSync' ? rest[0] : path);
    return result;
  };
}
syncBuiltinESMExports();

if (FAULT_COUNT) process.on('exit', () => real.writeFileSync(FAULT_COUNT, String(calls)));
