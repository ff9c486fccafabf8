import { COMMANDS, commandWords } from '../commands.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import { commandForms, type OptionForm } from '../help/forms.ts';
import {
  type Candidate,
  type Completion,
  completeArgument,
  completeOption,
  completeValue,
  type LiveNames,
} from './candidates.ts';

/**
 * What may stand in place of the last word of a command line.
 *
 * @param line the words behind the program's name; the last one is being typed, and may be empty
 */
export async function completeLine(line: readonly string[], live: LiveNames): Promise<Completion> {
  const typed = line.at(-1) ?? '';
  const completion = await completeWord(line.slice(0, -1), typed, live);
  if (completion === 'files') return completion;
  return completion.filter(({ value }) => value.startsWith(typed));
}

async function completeWord(
  before: readonly string[],
  typed: string,
  live: LiveNames,
): Promise<Completion> {
  // What follows `--` is another program's line.
  if (before.includes('--')) return 'files';
  const called = readWords(before, GLOBAL_OPTIONS).positions;
  const words = commandWords(called.slice(0, 2));
  const [form] = words === undefined ? [] : commandForms([words]);
  const options = [...(form?.options ?? []), ...GLOBAL_OPTIONS];
  const { open, positions } = readWords(before, options);
  const own = positions.slice(form === undefined ? 0 : form.words.split(' ').length);
  if (open !== undefined) return await completeValue(form?.words ?? '', open, own, live);

  const equals = typed.startsWith('-') ? typed.indexOf('=') : -1;
  if (equals > 0) {
    const name = typed.slice(0, equals);
    const option = options.find(({ names, value }) => value && names.includes(name));
    if (option === undefined) return [];
    const values = await completeValue(form?.words ?? '', option, own, live);
    if (values === 'files') return values;
    return values.map((one) => ({ ...one, value: `${name}=${one.value}` }));
  }
  if (typed.startsWith('-')) return completeOption(options);
  const more = positions.length < 2 ? nextWords(positions) : [];
  if (more.length > 0 || form === undefined) return more;
  return await completeArgument(form, own, live);
}

interface ReadWords {
  /** The option that waits for its value. */
  readonly open: OptionForm | undefined;
  /** Words that are neither options nor values of them. */
  readonly positions: readonly string[];
}

function readWords(words: readonly string[], options: readonly OptionForm[]): ReadWords {
  const positions: string[] = [];
  let open: OptionForm | undefined;
  for (const word of words) {
    if (open !== undefined) open = undefined;
    else if (!word.startsWith('-')) positions.push(word);
    else open = options.find(({ names, value }) => value && names.includes(word));
  }
  return { open, positions };
}

/** The words that may follow those of a command: `auth`, then `add`. */
function nextWords(before: readonly string[]): Candidate[] {
  const start = before.map((word) => `${word} `).join('');
  const forms = commandForms(Object.keys(COMMANDS).filter((words) => words.startsWith(start)));
  const found = new Map<string, string>();
  for (const { words, description } of forms) {
    const [next = '', ...rest] = words.slice(start.length).split(' ');
    if (rest.length === 0) found.set(next, description);
    else if (!found.has(next)) found.set(next, '');
  }
  return [...found].map(([value, description]) => ({ value, description }));
}
