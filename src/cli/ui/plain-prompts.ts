import type { Deps } from '../../base/deps.ts';
import type { Choice, Prompts } from './prompts.ts';

type PlainDeps = Pick<Deps, 'terminal' | 'signal' | 'notice'>;

/**
 * Prompts for terminals that can't move their cursor (`TERM=dumb`): numbered lists and lines, as
 * Hermes has them there (cli-surface §12.1). An empty answer takes what stands in brackets; where
 * nothing does, it goes back, as Esc does elsewhere.
 */
export function createPlainPrompts(deps: PlainDeps): Prompts {
  const ask = (question: string): Promise<string> => deps.terminal.ask(question, deps);
  const choose: Prompts['choose'] = async (message, rows, initial) => {
    const first = rows.findIndex((row) => initial !== undefined && row.value === initial) + 1;
    deps.notice([message, ...numbered(rows, first)].join('\n'));
    for (;;) {
      const given = await ask(`Choice [1-${rows.length}]${first > 0 ? ` (${first})` : ''}: `);
      if (given === '' && first === 0) return undefined;
      const row = rowAt(rows, given === '' ? String(first) : given);
      if (row !== undefined) return row.value;
      deps.notice(`Please enter 1-${rows.length}`);
    }
  };
  return {
    choose,
    search: choose,
    pick: async (message, rows, chosen) => {
      const before = rows.flatMap(({ value }, i) => (chosen.includes(value) ? [i + 1] : []));
      deps.notice([message, ...numbered(rows, 0)].join('\n'));
      for (;;) {
        const given = await ask(`Numbers with commas, or none (${before.join(',') || 'none'}): `);
        if (given === '') return [...chosen];
        if (given === 'none') return [];
        const picked = given.split(',').map((part) => rowAt(rows, part.trim()));
        const values = picked.flatMap((row) => (row === undefined ? [] : [row.value]));
        if (values.length === picked.length) return values;
        deps.notice(`Please enter numbers from 1 to ${rows.length}`);
      }
    },
    text: async (message, fallback, check) => {
      for (;;) {
        const given =
          (await ask(`${message}${fallback ? ` [${fallback}]` : ''}: `)) || fallback || '';
        const wrong = check?.(given);
        if (wrong === undefined) return given;
        deps.notice(wrong);
      }
    },
    secret: async (message, check) => {
      for (;;) {
        const given = await deps.terminal.askSecret(`${message}: `, deps);
        const wrong = given.isEmpty ? undefined : check?.(given.reveal());
        if (wrong === undefined) return given;
        deps.notice(wrong);
      }
    },
    yesNo: async (message, initial) => {
      for (;;) {
        const given = (await ask(`${message} [${initial ? 'Y/n' : 'y/N'}]: `)).toLowerCase();
        if (given === '') return initial;
        if (['y', 'yes', 'n', 'no'].includes(given)) return given.startsWith('y');
        deps.notice("Please enter 'y' or 'n'");
      }
    },
  };
}

function numbered(rows: readonly Choice<unknown>[], first: number): string[] {
  return rows.map(
    ({ label, hint }, i) =>
      `  ${i + 1 === first ? '→' : ' '} ${i + 1}. ${label}${hint ? ` (${hint})` : ''}`,
  );
}

function rowAt<T>(rows: readonly Choice<T>[], given: string): Choice<T> | undefined {
  return /^\d+$/.test(given) ? rows[Number(given) - 1] : undefined;
}
