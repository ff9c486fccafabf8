import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { PlanDocument } from '../support/declaration.ts';
import { HermesPools } from '../support/hermes-pools.ts';
import { inLanes, type Place, PROGRAM, withPlace } from './faulty-run.ts';
import { chooseSeed, Dice, figure, LIMIT_MS, sized } from './sizes.ts';

const INTERLEAVINGS = sized(30, 200);
const PROVIDER = 'xai';

const hermes = new HermesPools();
afterAll(() => hermes.end());

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function gormes(place: Place, args: readonly string[]): Promise<Run> {
  const env = { PATH: process.env.PATH, HOME: place.dir, HERMES_HOME: place.home.dir };
  return new Promise((resolve) => {
    const all = [PROGRAM, '--lock-timeout', '60', ...args];
    execFile(process.execPath, all, { cwd: place.dir, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What plans told, counted for the figure. */
const seen = { resurrected: 0, relabelled: 0, unmade: 0, overlaps: 0 };

/** One home, its declaration, and a Hermes that holds a copy of its pool. */
class Interleaving {
  readonly #place: Place;
  readonly #dice: Dice;
  /** Secret of each declared label. */
  readonly #declared = new Map<string, string>();
  readonly #moved = new Map<string, string>();
  /** Secrets that a declaration once had, and dropped. */
  readonly #dropped = new Set<string>();
  /** Secrets that somebody else added, by label: none of our business. */
  readonly #others = new Map<string, string>();
  #count = 0;

  constructor(place: Place, dice: Dice) {
    this.#place = place;
    this.#dice = dice;
  }

  async run(): Promise<void> {
    const { home } = this.#place;
    home.seed({ [PROVIDER]: [{ label: 'hers', key: 'secret-hers' }] });
    this.#others.set('hers', 'secret-hers');
    for (let n = 0; n < 3; n++) this.#declare(this.#newLabel());
    await this.#apply();
    await this.#hermes('load');
    for (let steps = 2 + this.#dice.below(3); steps > 0; steps--) {
      // Hermes writes before the change, while it is made, after it, or not at all.
      const when = this.#dice.below(4);
      if (when === 0) await this.#hermes('persist');
      const change = this.#change();
      const writing = when === 1 ? this.#hermes('persist') : undefined;
      if (writing === undefined) await change();
      else {
        seen.overlaps++;
        await Promise.all([change({ alone: false }), writing]);
      }
      if (when === 2) await this.#hermes('persist');
    }
    await this.#hermes('persist');
    await this.#checkPlan();
    // A Hermes that starts again knows what was applied; then one apply is enough.
    await this.#hermes('load');
    await this.#apply();
    expect(this.#mismatches()).toEqual([]);
    expect((await this.#plan()).empty).toBe(true);
  }

  /** A change by gormes, or by Hermes; what it says must be true when nobody else wrote meanwhile. */
  #change(): (options?: { readonly alone: boolean }) => Promise<void> {
    const label = this.#dice.pick(['', ...this.#declared.keys()]);
    const kind = this.#dice.below(label === '' ? 3 : 6);
    if (kind === 0) return () => this.#hermesAdds();
    if (kind === 1) return () => this.#addOne();
    if (kind === 2) this.#declare(this.#newLabel());
    if (kind === 3) this.#drop(label);
    if (kind === 4) this.#declare(label);
    if (kind === 5) this.#rename(label);
    return (options) => this.#apply(options);
  }

  #newLabel(): string {
    return `label-${this.#count++}`;
  }

  /** Declares a label, or another secret for it. */
  #declare(label: string): void {
    const old = this.#declared.get(label);
    if (old !== undefined) this.#dropped.add(old);
    this.#declared.set(label, `secret-${this.#count++}`);
  }

  #drop(label: string): void {
    this.#dropped.add(this.#declared.get(label) ?? '');
    this.#declared.delete(label);
  }

  #rename(label: string): void {
    const to = this.#newLabel();
    this.#declared.set(to, this.#declared.get(label) ?? '');
    this.#declared.delete(label);
    this.#moved.set(label, to);
  }

  #write(): void {
    const { dir } = this.#place;
    const rows = [...this.#declared].map(([label, secret]) => {
      writeFileSync(join(dir, `${label}.key`), `${secret}\n`, { mode: 0o600 });
      return `      ${label}: { api_key: "file:${label}.key" }\n`;
    });
    const moved = [...this.#moved]
      .filter(([, to]) => this.#declared.has(to))
      .map(([from, to]) => `{ from: ${PROVIDER}/${from}, to: ${PROVIDER}/${to} }`);
    const credentials =
      rows.length === 0 ? '    credentials: {}\n' : `    credentials:\n${rows.join('')}`;
    const text = `version: 1\nname: test\nmoved: [${moved.join(', ')}]\nproviders:\n  ${PROVIDER}:\n${credentials}`;
    writeFileSync(join(dir, 'gormes.auth.yaml'), text);
  }

  async #apply({ alone }: { readonly alone: boolean } = { alone: true }): Promise<void> {
    this.#write();
    const run = await gormes(this.#place, ['auth', 'apply', '--yes']);
    // 4: something changed meanwhile, or differs still; a message says what.
    expect(alone ? [0] : [0, 4], `${run.stdout}${run.stderr}`).toContain(run.code);
    if (alone) expect(this.#mismatches(), run.stdout).toEqual([]);
  }

  async #addOne(): Promise<void> {
    const label = this.#newLabel();
    const secret = `secret-${label}`;
    const run = await gormes(this.#place, [
      'auth',
      'add',
      PROVIDER,
      '--label',
      label,
      '--api-key',
      secret,
    ]);
    expect(run.code, run.stderr).toBe(0);
    this.#others.set(label, secret);
  }

  async #hermesAdds(): Promise<void> {
    const label = this.#newLabel();
    this.#others.set(label, `secret-${label}`);
    await hermes.tell({
      home: this.#place.home.dir,
      provider: PROVIDER,
      op: 'add',
      label,
      key: `secret-${label}`,
    });
  }

  #hermes(op: 'load' | 'persist'): Promise<void> {
    return hermes.tell({ home: this.#place.home.dir, provider: PROVIDER, op });
  }

  #rows(): JsonObject[] {
    return this.#place.home.pool(PROVIDER);
  }

  /** Where the pool is not what is declared. */
  #mismatches(): string[] {
    const rows = this.#rows();
    const back = rows.filter(({ access_token }) => this.#dropped.has(String(access_token)));
    const missing = [...this.#declared].filter(
      ([label, secret]) => !rows.some((row) => row.label === label && row.access_token === secret),
    );
    return [
      ...back.map(({ id }) => `back: ${id}`),
      ...missing.map(([label]) => `missing: ${label}`),
    ];
  }

  async #plan(): Promise<PlanDocument> {
    const run = await gormes(this.#place, ['auth', 'plan', '--json']);
    expect(run.code, run.stderr).toBe(0);
    return JSON.parse(run.stdout);
  }

  /** Whatever Hermes' old copy undid is in the next plan as what it is, and nothing else is. */
  async #checkPlan(): Promise<void> {
    this.#write();
    const plan = await this.#plan();
    const rows = this.#rows();
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    // What others added survives, and is left alone.
    for (const [label, secret] of this.#others) {
      expect(rows).toContainEqual(expect.objectContaining({ label, access_token: secret }));
      expect(plan.changes.map(({ address }) => address)).not.toContain(`${PROVIDER}/${label}`);
    }
    for (const row of rows.filter(({ access_token }) => this.#dropped.has(String(access_token)))) {
      seen.resurrected++;
      expect(plan.changes).toContainEqual(
        expect.objectContaining({
          action: 'remove',
          reason: 'resurrected',
          row: expect.objectContaining({ id: row.id }),
        }),
      );
      expect(plan.drift.map(({ cause }) => cause)).toContain('resurrected');
    }
    for (const [label, secret] of this.#declared) {
      const row = rows.find(({ access_token }) => access_token === secret);
      if (row?.label === label) continue;
      seen[row === undefined ? 'unmade' : 'relabelled']++;
      const action = row === undefined ? 'add' : 'relabel';
      expect(plan.changes).toContainEqual(
        expect.objectContaining({ action, address: `${PROVIDER}/${label}` }),
      );
    }
    if (this.#mismatches().length > 0) expect(plan.empty).toBe(false);
  }
}

test(
  `a Hermes with an old copy, and ${INTERLEAVINGS} interleavings of its writes with changes of ours: additions survive, and what it undoes is told`,
  async () => {
    const seed = chooseSeed();
    const numbers = Array.from({ length: INTERLEAVINGS }, (_, n) => n);
    await inLanes(numbers, (number) =>
      withPlace(async (place) => {
        const dice = new Dice(seed ^ Math.imul(number + 1, 0x9e3779b1));
        try {
          await new Interleaving(place, dice).run();
        } catch (error) {
          throw new Error(`seed ${seed}, interleaving ${number}`, { cause: error });
        }
      }),
    );
    // Else nothing was tried.
    expect(seen.resurrected).toBeGreaterThan(0);
    expect(seen.relabelled).toBeGreaterThan(0);
    figure(
      `beside an old copy of Hermes: ${INTERLEAVINGS} interleavings (seed ${seed}), ${seen.overlaps} writes at once: ` +
        `0 additions lost, ${seen.resurrected} entries that came back and ${seen.relabelled} labels that were undone, ` +
        'each in the next plan as such, 0 claims of success that were not true',
    );
  },
  LIMIT_MS,
);
