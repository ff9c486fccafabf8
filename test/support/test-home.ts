import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { findProvider } from '../../src/providers/find-provider.ts';

/** A row of the pool as a test speaks of it; what is not given is as `auth add` leaves it. */
export interface SeedEntry {
  readonly label: string;
  readonly key: string;
  readonly id?: string;
  readonly type?: 'api_key' | 'oauth';
  readonly source?: string;
  /** Fields of the row as the file writes them; they win. */
  readonly raw?: JsonObject;
}

/** A Hermes home in a temporary directory, which does not exist until something is written. */
export class TestHome {
  readonly dir: string;
  /** Paths that the test wrote itself: secrets may stand there. */
  readonly written = new Set<string>();

  constructor(dir: string) {
    this.dir = dir;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** Writes a file of the home, 0600 unless said otherwise. */
  write(name: string, text: string, mode = 0o600): void {
    const file = this.path(name);
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text);
    chmodSync(file, mode);
    this.written.add(file);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** `auth.json`, parsed. */
  auth(): JsonObject {
    return this.json('auth.json');
  }

  json(name: string): JsonObject {
    const value: unknown = JSON.parse(this.read(name));
    if (!isJsonObject(value)) throw new Error(`${name} holds no object`);
    return value;
  }

  /** The rows of one pool, as they stand in `auth.json`; none when the file or the pool is absent. */
  pool(provider: string): JsonObject[] {
    if (!this.exists('auth.json')) return [];
    const pools = this.auth().credential_pool;
    const rows: Json | undefined = isJsonObject(pools) ? pools[provider] : undefined;
    return Array.isArray(rows) ? rows.filter(isJsonObject) : [];
  }

  /** Writes `auth.json` with these pools; `more` are other keys of its top level. */
  seed(pools: Readonly<Record<string, readonly SeedEntry[]>>, more: JsonObject = {}): void {
    const credentialPool: JsonObject = {};
    for (const [provider, entries] of Object.entries(pools)) {
      credentialPool[provider] = entries.map((entry, priority) => row(provider, entry, priority));
    }
    const store = {
      version: 1,
      providers: {},
      credential_pool: credentialPool,
      updated_at: '2026-08-10T09:03:21.481230+00:00',
      ...more,
    };
    this.write('auth.json', `${JSON.stringify(store, null, 2)}\n`);
  }

  /** Changes when any file, link, mode or name in the home does; `absent` when there is no home. */
  hash(): string {
    if (!existsSync(this.dir)) return 'absent';
    const hash = createHash('sha256');
    for (const file of filesUnder(this.dir)) {
      const stat = lstatSync(file);
      hash.update(`${relative(this.dir, file)}\0${stat.mode.toString(8)}\0`);
      if (stat.isFile()) hash.update(readFileSync(file));
      if (stat.isSymbolicLink()) hash.update(readlinkSync(file));
      hash.update('\0');
    }
    return hash.digest('hex');
  }
}

/** Everything below a directory in the order of names, directories included, links not followed. */
export function filesUnder(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      return entry.isDirectory() ? [path, ...filesUnder(path)] : [path];
    });
}

/** A row as Hermes writes it (pool-store §7), without the product's own writer. */
function row(provider: string, entry: SeedEntry, priority: number): JsonObject {
  const baseUrl = findProvider(provider)?.baseUrl;
  return {
    id:
      entry.id ??
      createHash('sha256').update(`${provider}/${entry.label}`).digest('hex').slice(0, 6),
    label: entry.label,
    auth_type: entry.type ?? 'api_key',
    priority,
    source: entry.source ?? 'manual',
    access_token: entry.key,
    last_status: null,
    last_status_at: null,
    last_error_code: null,
    last_error_reason: null,
    last_error_message: null,
    last_error_reset_at: null,
    ...(baseUrl ? { base_url: baseUrl } : {}),
    request_count: 0,
    ...entry.raw,
  };
}
