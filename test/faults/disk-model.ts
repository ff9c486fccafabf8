import { dirname } from 'node:path';

/** A call that the program made, as `record.mjs` writes it down. */
export type Step =
  | { readonly op: 'create' | 'open'; readonly path: string; readonly ino: number }
  | { readonly op: 'data'; readonly ino: number; readonly text: string }
  | { readonly op: 'sync'; readonly ino: number }
  | { readonly op: 'syncDir'; readonly path: string }
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'unlink'; readonly path: string }
  | { readonly op: 'mkdir'; readonly path: string };

/** A file's data: what the disk has for sure, and what was written since. */
interface Inode {
  synced: string;
  readonly since: string[];
}

/** A name in a directory: what it means for sure, and what it came to mean since; undefined: nothing. */
interface Name {
  synced: Inode | undefined;
  readonly since: (Inode | undefined)[];
}

/**
 * A disk that may lose everything that was not synced, in any order (as ALICE found file systems to
 * do): a name may be there before the data of its file, and one name without another.
 */
export class DiskModel {
  readonly #names = new Map<string, Name>();
  readonly #inodes = new Map<number, Inode>();
  /** Directories whose own name is not synced yet. */
  readonly #loose = new Set<string>();

  /** @param files what stands there for sure at the beginning */
  constructor(files: ReadonlyMap<string, string>) {
    for (const [path, synced] of files)
      this.#names.set(path, { synced: { synced, since: [] }, since: [] });
  }

  take(step: Step): void {
    switch (step.op) {
      case 'create': {
        const inode: Inode = { synced: '', since: [] };
        this.#inodes.set(step.ino, inode);
        this.#name(step.path).since.push(inode);
        return;
      }
      case 'data':
        this.#inode(step.ino).since.push(step.text);
        return;
      case 'open': {
        // What was there at the beginning is known by its path until now.
        const inode = now(this.#name(step.path));
        if (inode !== undefined) this.#inodes.set(step.ino, inode);
        return;
      }
      case 'sync': {
        const inode = this.#inode(step.ino);
        inode.synced = inode.since.at(-1) ?? inode.synced;
        inode.since.length = 0;
        return;
      }
      case 'syncDir':
        this.#syncDir(step.path);
        return;
      case 'rename': {
        const from = this.#name(step.from);
        this.#name(step.to).since.push(now(from));
        from.since.push(undefined);
        return;
      }
      case 'unlink':
        this.#name(step.path).since.push(undefined);
        return;
      case 'mkdir':
        this.#loose.add(step.path);
        return;
      default:
        step satisfies never;
    }
  }

  /** What a file may hold after a power loss now; undefined: it is not there. */
  possible(path: string): Set<string | undefined> {
    const found = new Set<string | undefined>();
    const name = this.#name(path);
    for (const inode of [name.synced, ...name.since]) {
      if (inode === undefined) found.add(undefined);
      else for (const text of versions(inode)) found.add(text);
    }
    for (let dir = dirname(path); dir !== '/'; dir = dirname(dir))
      if (this.#loose.has(dir)) found.add(undefined);
    return found;
  }

  #syncDir(path: string): void {
    for (const [other, name] of this.#names) {
      if (dirname(other) !== path) continue;
      name.synced = now(name);
      name.since.length = 0;
    }
    for (const dir of this.#loose) if (dirname(dir) === path) this.#loose.delete(dir);
  }

  #name(path: string): Name {
    const name = this.#names.get(path) ?? { synced: undefined, since: [] };
    this.#names.set(path, name);
    return name;
  }

  #inode(ino: number): Inode {
    const inode = this.#inodes.get(ino) ?? { synced: '', since: [] };
    this.#inodes.set(ino, inode);
    return inode;
  }
}

function now({ synced, since }: Name): Inode | undefined {
  return since.length > 0 ? since.at(-1) : synced;
}

/** What a file may hold: all of a write, or half of what it changed. */
function versions({ synced, since }: Inode): string[] {
  return [
    synced,
    ...since.flatMap((text) => {
      let same = 0;
      while (same < text.length && text[same] === synced[same]) same++;
      return [text.slice(0, same + Math.floor((text.length - same) / 2)), text];
    }),
  ];
}
