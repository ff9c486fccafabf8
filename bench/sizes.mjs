// How large the program is on disk.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;

/** Bytes of a file, or of all files below a directory. */
function bytesOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

/** Directories of a package and of what it installs along, as far as they are there. */
function dependencies(name, seen = new Set()) {
  const path = join(root, 'node_modules', name);
  if (seen.has(path) || !existsSync(path)) return [];
  seen.add(path);
  const { dependencies: hard, optionalDependencies: soft } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  );
  const more = Object.keys({ ...hard, ...soft }).flatMap((each) => dependencies(each, seen));
  return [path, ...more];
}

/** Bytes of the bundle, and of all that an installation puts on the disk. */
export function sizes() {
  const { files, dependencies: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packed = files.filter((name) => !/[!*]/.test(name) && existsSync(join(root, name)));
  const installed = [
    ...packed.map((name) => join(root, name)),
    join(root, 'docs'), // more than is packed, by the decisions
    ...Object.keys(own).flatMap((name) => dependencies(name)),
  ];
  return {
    bundle: bytesOf(join(root, 'dist')),
    installed: installed.reduce((sum, path) => sum + bytesOf(path), 0),
  };
}
