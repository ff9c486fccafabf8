import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { createSha256 } from '../base/digest.ts';
import { GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { checkVersion } from './check-fields.ts';
import { checkShape } from './check-shape.ts';
import type { DeclarationFiles } from './declaration-files.ts';
import { decodeText } from './decode-text.ts';
import { type Findings, quote } from './findings.ts';
import { isGlob, matchGlob } from './match-glob.ts';
import { parsePlain } from './parse-plain.ts';
import { parseYaml } from './parse-yaml.ts';
import type { SourceText } from './source-text.ts';
import {
  countNodes,
  itemsOf,
  listAt,
  type MapNode,
  type ScalarNode,
  stringOf,
  type TreeNode,
} from './tree.ts';

/** One file of a declaration, read and parsed. */
export interface Part {
  readonly path: string;
  /** Of its bytes; worked out when it is asked for, which a validation never does. */
  readonly sha256: string;
  /** Absent when the bytes are no text that a declaration may have. */
  readonly source: SourceText | undefined;
  /** Absent when the text is no mapping in a YAML and a version that we read. */
  readonly root: MapNode | undefined;
}

export interface PartsContext {
  /** Messages show paths relative to it. */
  readonly cwd: string;
  readonly files: DeclarationFiles;
}

export interface LoadedParts {
  /** The main file first, then included ones in the order of their lines. */
  readonly parts: readonly Part[];
  /** Mappings whose shape is wrong: see `checkShape`. */
  readonly broken: ReadonlySet<string>;
  /** Some file was read without the YAML library. */
  readonly hasPlain: boolean;
}

/** `plain`: without the YAML library where a file can do without it; `exact`: with it always. */
export type Reading = 'plain' | 'exact';

/**
 * Reads a declaration: the main file as given, and what it includes. An included file must lie in
 * the directory of the main file or below, links followed; another is refused before it is read.
 */
export async function loadParts(
  main: { readonly path: string; readonly bytes: Uint8Array },
  context: PartsContext,
  findings: Findings,
  reading: Reading,
): Promise<LoadedParts> {
  const path = main.path === '-' ? '-' : (context.files.realPath(main.path) ?? resolve(main.path));
  const tree = path === '-' ? (context.files.realPath(context.cwd) ?? context.cwd) : dirname(path);
  const loader = new Loader(tree, context, findings, reading);
  await loader.load(path, displayName(main.path, context.cwd), main.bytes, []);
  return { parts: loader.parts, broken: loader.broken, hasPlain: loader.hasPlain };
}

/** Behind these, nothing more is included: one finding is enough. */
const TOO_MUCH = ['too_many_nodes', 'too_many_lines', 'too_many_files', 'too_much_included'];

class Loader {
  readonly parts: Part[] = [];
  readonly broken = new Set<string>();
  hasPlain = false;
  readonly #reading: Reading;
  readonly #tree: string;
  readonly #context: PartsContext;
  readonly #findings: Findings;
  #bytes = 0;
  /** What the files so far leave of the limits. */
  #lines: number = LIMITS.declarationLines;
  #nodes: number = LIMITS.declarationNodes;

  constructor(tree: string, context: PartsContext, findings: Findings, reading: Reading) {
    this.#reading = reading;
    this.#tree = tree;
    this.#context = context;
    this.#findings = findings;
  }

  /** `above`: the files that led here, outermost first. */
  async load(
    path: string,
    name: string,
    bytes: Uint8Array,
    above: readonly string[],
  ): Promise<void> {
    this.#bytes += bytes.length;
    const source = decodeText(path, name, bytes, this.#findings, this.#lines);
    const tree = source && (await this.#parse(source));
    this.#lines -= source?.lineStarts.length ?? 0;
    this.#nodes -= countNodes(tree);
    const known = tree && checkVersion(tree, above.length === 0, this.#findings);
    for (const key of known ? checkShape(tree, this.#findings) : []) this.broken.add(key);
    const root = known && tree?.kind === 'map' ? tree : undefined;
    let digest: string | undefined;
    const part: Part = {
      path,
      source,
      root,
      get sha256() {
        digest ??= createSha256().update(bytes).digest('hex');
        return digest;
      },
    };
    this.parts.push(part);
    if (root === undefined) return;
    for (const item of itemsOf(listAt(root, 'include'))) {
      if (item.kind !== 'scalar' || stringOf(item) === undefined) continue;
      for (const found of this.#expand(item, path))
        await this.#include(found, item, [...above, path]);
    }
  }

  async #parse(source: SourceText): Promise<TreeNode | undefined> {
    const plain =
      this.#reading === 'plain' ? parsePlain(source, this.#findings, this.#nodes) : undefined;
    if (plain === undefined) return await parseYaml(source, this.#findings, this.#nodes);
    this.hasPlain = true;
    return plain;
  }

  async #include(path: string, item: ScalarNode, above: readonly string[]): Promise<void> {
    if (above.includes(path)) {
      // A glob may well match the file that it stands in.
      if (isGlob(item.text)) return;
      this.#findings.error('include_cycle', `${quote(item.text)} includes itself`, item);
      return;
    }
    if (this.parts.some((part) => part.path === path)) return;
    if (TOO_MUCH.some((code) => this.#findings.has(code))) return;
    if (this.parts.length >= LIMITS.declarationFiles) {
      const message = `a declaration may have at most ${LIMITS.declarationFiles} files`;
      this.#once('too_many_files', message, item);
      return;
    }
    const bytes = this.#read(path, item);
    if (bytes === undefined) return;
    if (this.#bytes + bytes.length > LIMITS.declarationTotalBytes) {
      const mib = LIMITS.declarationTotalBytes / 1024 / 1024;
      this.#once('too_much_included', `the files together are larger than ${mib} MiB`, item);
      return;
    }
    await this.load(path, displayName(path, this.#context.cwd), bytes, above);
  }

  #read(path: string, item: ScalarNode): Uint8Array | undefined {
    try {
      return this.#context.files.read(path);
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      this.#findings.error('include_unreadable', error.message, item);
      return undefined;
    }
  }

  /** Real paths that an include line names, sorted within a glob. */
  #expand(item: ScalarNode, includer: string): string[] {
    const base = includer === '-' ? this.#tree : dirname(includer);
    const wanted = isAbsolute(item.text) ? item.text : join(base, item.text);
    if (isAbsolute(item.text) || !this.#isInside(wanted)) return this.#outside(item);
    const from = relative(this.#tree, wanted).split(sep);
    let dirs = [this.#tree];
    for (const segment of from.slice(0, -1)) {
      dirs = dirs.flatMap((dir) => this.#match(dir, segment)).filter((dir) => this.#isReal(dir));
    }
    const paths = dirs.flatMap((dir) => this.#match(dir, from.at(-1) ?? ''));
    const found = paths.flatMap((path) => {
      const real = this.#context.files.realPath(path);
      if (real === undefined) return [];
      return this.#isInside(real) ? [real] : this.#outside(item);
    });
    if (found.length === 0 && !isGlob(item.text)) {
      this.#once('include_not_found', `there is no file ${quote(item.text)}`, item);
    }
    return found;
  }

  #match(dir: string, segment: string): string[] {
    if (!isGlob(segment)) return [join(dir, segment)];
    const names = this.#context.files.list(dir).filter((name) => {
      // As in shells, a hidden file must be named by its dot.
      return (!name.startsWith('.') || segment.startsWith('.')) && matchGlob(segment, name);
    });
    return [...names].sort().map((name) => join(dir, name));
  }

  /** A directory whose real place lies in the tree: another one is not even listed. */
  #isReal(dir: string): boolean {
    const real = this.#context.files.realPath(dir);
    return real !== undefined && this.#isInside(real);
  }

  #isInside(path: string): boolean {
    const way = relative(this.#tree, path);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  }

  #outside(item: ScalarNode): [] {
    const message = `${quote(item.text)} leaves the directory of the main file`;
    this.#once(
      'include_outside',
      message,
      item,
      'include only files beside the main file or below',
    );
    return [];
  }

  /** A glob may name many files: one finding for its line is enough. */
  #once(code: string, message: string, item: ScalarNode, hint?: string): void {
    if (!this.#findings.hasAt(item)) this.#findings.error(code, message, item, { hint });
  }
}

/** Path for messages: relative within the working directory, `<stdin>` for `-`. */
export function displayName(path: string, cwd: string): string {
  if (path === '-') return '<stdin>';
  const way = relative(cwd, resolve(cwd, path));
  return way === '' || way.startsWith('..') || isAbsolute(way) ? path : way;
}
