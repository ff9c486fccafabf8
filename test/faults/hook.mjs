// A preload (`node --import`) that counts the program's changes below a home and, at number
// FAULT_AT, kills it or makes the call fail. The program itself has no switch for it.
//
// FAULT_HOME   directory below which calls count
// FAULT_AT     the call to hit, from 1; absent: only count
// FAULT_MODE   kill-before | kill-after | kill-mid (half of a write) | an errno such as ENOSPC
// FAULT_COUNT  file that gets the number of calls, when the program ends by itself
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { FAULT_HOME = '', FAULT_AT = '0', FAULT_MODE = '', FAULT_COUNT } = process.env;
const real = { ...fs };
const open = new Set();
let calls = 0;

const below = (path) => typeof path === 'string' && path.startsWith(FAULT_HOME);
const writes = (flags) =>
  typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(String(flags ?? 'r'));

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered at once, but not before this call returns.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}

/** Runs a call, or what stands in its place at the chosen number. */
function hit(run, half) {
  calls++;
  if (calls !== Number(FAULT_AT)) return run();
  if (FAULT_MODE === 'kill-before') die();
  if (FAULT_MODE === 'kill-mid') {
    half?.();
    die();
  }
  if (FAULT_MODE === 'kill-after') {
    run();
    die();
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
    if (below(path)) open.add(fd);
    return fd;
  };
  return below(path) && writes(flags) ? hit(run) : run();
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
  fs[name] = (fd, ...rest) =>
    open.has(fd) ? hit(() => real[name](fd, ...rest)) : real[name](fd, ...rest);
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
  fs[name] = (path, ...rest) =>
    below(path) ? hit(() => real[name](path, ...rest)) : real[name](path, ...rest);
}
syncBuiltinESMExports();

if (FAULT_COUNT) process.on('exit', () => real.writeFileSync(FAULT_COUNT, String(calls)));
