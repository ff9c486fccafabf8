// A preload (`node --import`) that writes down what the program does to the files of a home, for a
// model of what a power loss can leave (power-loss.test.ts).
//
// RECORD_HOME  directory below which calls are written down
// RECORD_FILE  file that gets a line of JSON for each of them
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';

const { RECORD_HOME = '', RECORD_FILE = '' } = process.env;
const real = { ...fs };
const open = new Map();

const below = (path) => typeof path === 'string' && path.startsWith(RECORD_HOME);
/** The directory above holds the home's own name. */
const counts = (path) => below(path) || path === dirname(RECORD_HOME);
const note = (step) => real.appendFileSync(RECORD_FILE, `${JSON.stringify(step)}\n`);
/** What the file holds now, synced or not. */
const noteData = (fd) => note({ op: 'data', ino: open.get(fd).ino, text: textOf(fd) });

/** By the path: the descriptor may be for writing alone. */
function textOf(fd) {
  return real.readFileSync(open.get(fd).path, 'latin1');
}

fs.openSync = (path, flags, mode) => {
  const existed = real.existsSync(path);
  const fd = real.openSync(path, flags, mode);
  if (!counts(path)) return fd;
  const { ino } = real.fstatSync(fd);
  open.set(fd, { path, ino });
  note({ op: existed ? 'open' : 'create', path, ino });
  return fd;
};
fs.closeSync = (fd) => {
  open.delete(fd);
  real.closeSync(fd);
};
for (const name of ['writeSync', 'writeFileSync', 'ftruncateSync']) {
  fs[name] = (target, ...rest) => {
    if (below(target)) throw new Error(`${name} of a path can't be recorded: ${target}`);
    const result = real[name](target, ...rest);
    if (open.has(target)) noteData(target);
    return result;
  };
}
for (const name of ['fsyncSync', 'fdatasyncSync']) {
  fs[name] = (fd) => {
    real[name](fd);
    if (!open.has(fd)) return;
    const { path, ino } = open.get(fd);
    note(real.fstatSync(fd).isDirectory() ? { op: 'syncDir', path } : { op: 'sync', ino });
  };
}
fs.renameSync = (from, to) => {
  real.renameSync(from, to);
  if (below(to)) note({ op: 'rename', from, to });
};
for (const name of ['unlinkSync', 'rmSync']) {
  fs[name] = (path, ...rest) => {
    real[name](path, ...rest);
    if (below(path)) note({ op: 'unlink', path });
  };
}
fs.mkdirSync = (path, options) => {
  const result = real.mkdirSync(path, options);
  if (below(path)) note({ op: 'mkdir', path });
  return result;
};
syncBuiltinESMExports();
