// Stands for koffi in the single-file executable, which carries koffi's native part inside of itself.
// What is loaded must be a file: it is one for a moment, in a fresh directory that is nobody else's.
// Bun would write it by itself, under a name that others can foresee and take first.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import embedded from './koffi.bin' with { type: 'file' };

function loadFrom(parent) {
  const native = { exports: {} };
  const dir = mkdtempSync(join(parent, '.gormes-'));
  try {
    const file = join(dir, 'koffi.node');
    writeFileSync(file, readFileSync(embedded), { mode: 0o500 });
    process.dlopen(native, file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return native.exports;
}

function loadKoffi() {
  try {
    return loadFrom(tmpdir());
  } catch (error) {
    // Where no program may be started from /tmp, none may be loaded from there.
    try {
      return loadFrom(homedir());
    } catch {
      throw error;
    }
  }
}

export const { load, errno, os } = loadKoffi();
