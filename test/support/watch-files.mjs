// A preload (`node --import`) that notes every opening of a file below WATCH_DIR in WATCH_LOG, for
// tests that say what a program does not touch.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { WATCH_DIR = '', WATCH_LOG = '' } = process.env;
const append = fs.appendFileSync;

function watch(owner, name) {
  const real = owner[name];
  owner[name] = (path, ...rest) => {
    if (String(path).startsWith(WATCH_DIR)) append(WATCH_LOG, `${name} ${path}\n`);
    return real(path, ...rest);
  };
}

for (const name of [
  'openSync',
  'readFileSync',
  'writeFileSync',
  'statSync',
  'lstatSync',
  'existsSync',
  'readdirSync',
]) {
  watch(fs, name);
}
for (const name of ['open', 'readFile', 'writeFile', 'stat', 'access', 'readdir'])
  watch(fs.promises, name);
syncBuiltinESMExports();
