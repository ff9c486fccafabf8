import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  /** The short name of the program; text of the system, not ours. */
  readonly name: string;
}

/** Processes that are looked at before we give up: this is for a message only. */
const PROCESS_LIMIT = 4096;

/**
 * Who listens on a TCP port of this machine, where Linux tells it: `/proc/net/tcp` names the
 * socket's inode, and the process that holds it is found among those that we may look at. Undefined
 * on other systems, and when it belongs to somebody else.
 */
export async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return undefined;
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).slice(0, PROCESS_LIMIT);
  for (const pid of pids) {
    if (!(await holdsOneOf(pid, sockets))) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return { pid: Number(pid), name: name.trim() };
  }
  return undefined;
}

/** Inodes of the sockets in state LISTEN (0A) with that local port; see proc_net_tcp of the kernel. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state, , , , , , inode] = fields;
    return state === '0A' && local.endsWith(`:${wanted}`) && inode ? [inode] : [];
  });
}

async function holdsOneOf(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const dir = `/proc/${pid}/fd`;
  const links = await readdir(dir).catch(() => []);
  for (const link of links) {
    const target = await readlink(`${dir}/${link}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}
