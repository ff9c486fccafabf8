import {
  autocomplete,
  confirm,
  isCancel,
  multiselect,
  password,
  select,
  text,
} from '@clack/prompts';
import { Secret } from '../../base/secret.ts';
import type { Streams } from '../streams.ts';
import { type Choice, interrupted, type Prompts } from './prompts.ts';

/** What the library needs of the terminal in every call. */
interface Common {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** What the library returns for Esc is undefined here. */
type Answer<T> = Exclude<T, symbol> | undefined;

/** Rows of a list that are shown at once: a small window shows the question too. */
const ROWS = 10;

const CTRL_C = { name: 'c', ctrl: true, sequence: '\x03' };

/**
 * Prompts drawn by @clack/prompts 1.9. It cancels on Esc and Ctrl-C alike and knows no Ctrl-D, which
 * would close its line reader and leave it waiting for ever: keys are watched here beside it, and
 * Ctrl-D is followed by a Ctrl-C.
 */
export function createClackPrompts(streams: Streams, signal: AbortSignal): Prompts {
  const run = async <T>(show: (common: Common) => Promise<T>): Promise<Answer<T>> => {
    signal.throwIfAborted();
    const { stdin, stderr } = streams;
    let isInterrupted = false;
    const watch = (_text: string | undefined, key: { ctrl?: boolean; name?: string }): void => {
      if (!key.ctrl || (key.name !== 'c' && key.name !== 'd')) return;
      isInterrupted = true;
      // Aborted, the library would close first and draw the question again for the key behind it.
      if (key.name === 'd') queueMicrotask(() => stdin.emit('keypress', '\x03', CTRL_C));
    };
    stdin.on('keypress', watch);
    try {
      const answer = await show({ input: stdin, output: stderr, signal });
      if (isInterrupted || signal.aborted) throw interrupted();
      return isCancel(answer) ? undefined : (answer as Answer<T>);
    } finally {
      stdin.off('keypress', watch);
    }
  };
  return {
    choose: (message, rows, initial) =>
      byIndex(rows, initial, (options, initialValue) =>
        run((common) => select({ ...common, message, options, initialValue, maxItems: ROWS })),
      ),
    search: (message, rows, initial) =>
      byIndex(rows, initial, (options, initialValue) =>
        run((common) =>
          autocomplete({
            ...common,
            message,
            options,
            initialValue,
            maxItems: ROWS,
            placeholder: 'type to search',
            filter: (typed, option) =>
              rows[option.value]?.always === true || fits(typed, option.label ?? ''),
            validate: (value) => (typeof value === 'number' ? undefined : 'nothing is chosen'),
          }),
        ),
      ),
    pick: async (message, rows, chosen) => {
      const options = optionsOf(rows);
      const initialValues = options
        .map(({ value }) => value)
        .filter((index) => chosen.some((value) => value === rows[index]?.value));
      const picked = await run((common) =>
        multiselect({
          ...common,
          message,
          options,
          initialValues,
          maxItems: ROWS,
          required: false,
        }),
      );
      return picked === undefined ? undefined : valuesAt(rows, picked);
    },
    text: async (message, fallback, check) => {
      const answer = await run((common) =>
        text({
          ...common,
          message,
          ...(fallback === undefined ? {} : { placeholder: fallback, defaultValue: fallback }),
          validate: (given) => check?.(given?.trim() || fallback || ''),
        }),
      );
      return answer?.trim();
    },
    secret: async (message, check) => {
      const answer = await run((common) =>
        password({
          ...common,
          message,
          clearOnError: true,
          validate: (given) => (given?.trim() ? check?.(given.trim()) : undefined),
        }),
      );
      return answer === undefined ? undefined : new Secret(answer.trim());
    },
    yesNo: (message, initialValue) =>
      run((common) => confirm({ ...common, message, initialValue })),
  };
}

interface Row {
  value: number;
  label: string;
  hint?: string;
}

/** Rows by their number: the library takes nothing but texts and numbers for values. */
function optionsOf(rows: readonly Choice<unknown>[]): Row[] {
  return rows.map(({ label, hint }, value) => ({ value, label, ...(hint ? { hint } : {}) }));
}

/** Every typed word stands in the row. */
function fits(typed: string, label: string): boolean {
  const words = typed.toLowerCase().split(/\s+/);
  return words.every((word) => label.toLowerCase().includes(word));
}

async function byIndex<T>(
  rows: readonly Choice<T>[],
  initial: T | undefined,
  ask: (options: Row[], initialValue: number) => Promise<number | undefined>,
): Promise<T | undefined> {
  const first = rows.findIndex(({ value }) => initial !== undefined && value === initial);
  const index = await ask(optionsOf(rows), Math.max(0, first));
  return index === undefined ? undefined : rows[index]?.value;
}

function valuesAt<T>(rows: readonly Choice<T>[], indexes: readonly number[]): T[] {
  const sorted = [...indexes].sort((a, b) => a - b);
  return sorted.flatMap((index) => {
    const row = rows[index];
    return row === undefined ? [] : [row.value];
  });
}
