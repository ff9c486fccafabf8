import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Answer, Question, SectionId } from '../../src/apply/setup/question.ts';
import { runSection, type SectionResult } from '../../src/apply/setup/run-setup.ts';
import { SECTION_IDS, SECTIONS } from '../../src/apply/setup/sections.ts';
import { Secret } from '../../src/base/secret.ts';
import { findHome } from '../../src/pool/home.ts';
import { homeStore } from '../../src/pool/store.ts';
import { depsFor } from '../support/random-homes.ts';

const ASKED = SECTION_IDS.filter((id) => id !== 'model');

/** Places of two keys that setup asks for, and places of others beside them. */
const PLACES: readonly string[] = [
  ...new Set(ASKED.flatMap((id) => SECTIONS[id].questions.flatMap(placesOf))),
  ...['terminal.timeout', 'agent.reasoning_effort', 'display.skin', 'mine.own', 'web.others'],
];

function placesOf({ targets }: Question): string[] {
  return targets.flatMap((target) =>
    'config' in target && target.config.length === 2 ? [target.config.join('.')] : [],
  );
}

/** A line of the file; `place` where it defines one. */
interface Line {
  readonly text: string;
  readonly place?: string;
  /** What stands behind the value. */
  readonly comment?: string;
}

const values = [
  '1',
  '0.7',
  'true',
  'local',
  '"two words"',
  "'x'",
  'ssh',
  'edge',
  '~',
  '[web, mine]',
];
const comments = ['', ' # why', '   # since May: "yes"', ' #'];
const gaps = ['', '# a line of its own', '      # far in', '#- not: [yaml'];

/** A `config.yaml` as people keep it, of the places that were drawn. */
const files = fc
  .record({
    places: fc.subarray([...PLACES]),
    indent: fc.constantFrom(2, 4),
    eol: fc.constantFrom('\n', '\r\n'),
    draws: fc.array(fc.nat(9999), { minLength: 150, maxLength: 150 }),
  })
  .map(({ places, indent, eol, draws }) => {
    const draw = draws.values();
    const pick = (list: readonly string[]): string =>
      list[(draw.next().value ?? 0) % list.length] ?? '';
    const tops = [...new Set(places.map((place) => place.split('.')[0]))];
    const lines = tops.flatMap((top): Line[] => [
      { text: pick(gaps) },
      { text: `${top}:` },
      ...places
        .filter((place) => place.startsWith(`${top}.`))
        .flatMap((place): Line[] => {
          const comment = pick(comments);
          const text = `${' '.repeat(indent)}${place.split('.')[1]}: ${pick(values)}${comment}`;
          return [{ text: pick(gaps) }, { text, place, comment }];
        }),
    ]);
    return { lines, eol, text: lines.map(({ text }) => `${text}${eol}`).join('') };
  });

/** An answer that the question takes. */
function answerFor(question: Question, seed: number): Answer {
  switch (question.kind) {
    case 'choice':
      return question.choices[seed % question.choices.length]?.value ?? '';
    case 'many':
      return question.choices
        .filter((_, index) => ((seed >> (index % 10)) & 1) === 1)
        .map(({ value }) => value);
    case 'number':
      return question.whole ? question.least + (seed % 20) : question.least;
    case 'yes_no':
      return seed % 2 === 0;
    case 'secret':
      return new Secret(`key-${seed}`);
    case 'list':
      return [`${10_000 + seed}`, `${20_000 + seed}`];
    case 'text':
      return `https://host-${seed}.example`;
    default:
      return question satisfies never;
  }
}

interface Outcome {
  readonly result: SectionResult;
  /** Of the same answers once more. */
  readonly again: SectionResult;
  readonly text: string;
  readonly finally: string;
}

/** Goes through a section twice on a file, with the same answers. */
async function answered(text: string, id: SectionId, seeds: readonly number[]): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-setup-'));
  try {
    const path = join(dir, 'config.yaml');
    writeFileSync(path, text);
    const deps = depsFor(dir);
    const home = findHome({}, dir, { home: dir, profile: undefined });
    const run = async (): Promise<SectionResult> => {
      const answers = new Map<string, Answer>();
      return await runSection(deps, homeStore(home, deps, 0), SECTIONS[id], {
        answers: undefined,
        quick: false,
        ask: async (question) => {
          const seed = seeds[answers.size % seeds.length] ?? 0;
          const answer = answerFor(question, seed);
          answers.set(question.key, answer);
          return answer;
        },
      });
    };
    const result = await run();
    const after = readFileSync(path, 'utf8');
    const again = await run();
    return { result, again, text: after, finally: readFileSync(path, 'utf8') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const seeds = fc.array(fc.nat(5000), { minLength: 8, maxLength: 8 });

/** The first list stands in the second, in its order, with others between. */
function isWithin(few: readonly string[], many: readonly string[]): boolean {
  let at = 0;
  for (const line of many) if (line === few[at]) at += 1;
  return at === few.length;
}

test.each(ASKED)(
  '%s: lines that no answer concerns keep every byte and their order',
  async (id) => {
    await fc.assert(
      fc.asyncProperty(files, seeds, async ({ lines, eol, text }, drawn) => {
        const { result, text: after } = await answered(text, id, drawn);
        const written = new Set(result.written);
        const kept = lines.filter(({ place }) => place === undefined || !written.has(place));
        const afterLines = after.split(eol);
        expect(
          isWithin(
            kept.map((line) => line.text),
            afterLines,
          ),
          after,
        ).toBe(true);
        for (const { place, comment = '' } of lines) {
          if (place === undefined || !written.has(place)) continue;
          const key = ` ${place.split('.')[1]}:`;
          const found = afterLines.filter(
            (line) => line.includes(key) && line.endsWith(comment.trim()),
          );
          expect(found.length, `${place} in ${after}`).toBeGreaterThan(0);
        }
      }),
      { numRuns: 25 },
    );
  },
);

test.each(ASKED)(
  '%s: only the places that it names have other values, and they are steady',
  async (id) => {
    await fc.assert(
      fc.asyncProperty(files, seeds, async ({ text }, drawn) => {
        const { result, again, text: after, finally: last } = await answered(text, id, drawn);
        const cut = (tree: unknown): unknown => {
          const copy = structuredClone(tree ?? {}) as Record<
            string,
            Record<string, unknown> | null
          >;
          for (const place of result.written) {
            const [top = '', ...rest] = place.split('.');
            const inner = copy[top];
            const key = rest[0];
            if (inner && key !== undefined) delete inner[key];
            if (inner && Object.keys(inner).length === 0) delete copy[top];
          }
          return copy;
        };
        expect(cut(parse(after, { version: '1.1' }))).toEqual(cut(parse(text, { version: '1.1' })));
        expect(again.written).toEqual([]);
        expect(last).toBe(after);
      }),
      { numRuns: 25 },
    );
  },
);
