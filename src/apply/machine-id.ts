import { hostname } from 'node:os';
import { createSha256 } from '../base/digest.ts';
import { GormesError } from '../base/errors.ts';
import { readRegularFile } from '../pool/read-file.ts';

/** Where systemd, and before it D-Bus, keep the id of an installation. */
const FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/** Text that stands for this machine: its id, else its name. Not for printing. */
function machineId(): string {
  for (const file of FILES) {
    const text = read(file)?.trim();
    if (text !== undefined && text !== '') return text;
  }
  return hostname();
}

function read(file: string): string | undefined {
  try {
    return readRegularFile(file, 4096)?.text;
  } catch (error) {
    if (error instanceof GormesError) return undefined;
    throw error;
  }
}

/** A digest of the machine for one purpose: the same text each time, and nothing to tell it from. */
export function machineDigest(purpose: string): Buffer {
  return createSha256().update(`gormes ${purpose}\n${machineId()}`).digest();
}
