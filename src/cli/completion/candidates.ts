import type { CommandForm, OptionForm } from '../help/forms.ts';

/** What a shell may put in place of the word that is being typed. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Candidates, or the names of files, which the shell knows best. */
export type Completion = readonly Candidate[] | 'files';

/** What is live, read when it is needed. No secret is in it. */
export interface LiveNames {
  /** Providers with entries. */
  providers(): Promise<readonly Candidate[]>;
  /** Every provider that a credential can be added to. */
  allProviders(): Promise<readonly Candidate[]>;
  labels(provider: string): Promise<readonly Candidate[]>;
  profiles(): Promise<readonly Candidate[]>;
}

/** Words of a fixed set, by `command --option` or `command argument`. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'auth add --type': ['api-key', 'oauth'],
  'auth token --format': ['raw', 'header', 'env', 'json'],
  'auth validate --format': ['human', 'json', 'github', 'sarif'],
  'auth strategy strategy': ['fill_first', 'round_robin', 'random', 'least_used'],
  'auth spotify action': ['login', 'status', 'logout'],
  'setup section': ['model', 'tts', 'terminal', 'gateway', 'tools', 'agent'],
  'completion shell': ['bash', 'zsh', 'fish'],
};

/** Commands for which a provider need not have entries yet. */
const ANY_PROVIDER = ['auth add', 'auth status', 'model'];

/** Candidates for the value of an option; none where only the person knows it. */
export async function completeValue(
  words: string,
  option: OptionForm,
  before: readonly string[],
  live: LiveNames,
): Promise<Completion> {
  const choices = CHOICES[`${words} ${option.names.at(-1)}`];
  if (choices !== undefined) return choices.map(plain);
  if (option.names.includes('--label')) return await labelsOf(before, live);
  switch (option.value) {
    case 'file':
    case 'dir':
      return 'files';
    case 'provider':
      return await providersFor(words, live);
    case 'address':
      return await addresses(live);
    case 'name':
      return option.names.includes('--profile') ? await live.profiles() : [];
    default:
      return [];
  }
}

/**
 * Candidates for a positional argument.
 *
 * @param before the positional arguments that stand before it
 */
export async function completeArgument(
  form: CommandForm,
  before: readonly string[],
  live: LiveNames,
): Promise<Completion> {
  if (form.words === 'auth exec') return await addresses(live);
  const name = form.arguments[before.length]?.replace(/[<>[\]]/g, '').toLowerCase();
  const choices = CHOICES[`${form.words} ${name}`];
  if (choices !== undefined) return choices.map(plain);
  if (name === 'provider') return await providersFor(form.words, live);
  if (name === 'target') return await labelsOf(before, live);
  return name === 'file' ? 'files' : [];
}

/** The long names of options. */
export function completeOption(options: readonly OptionForm[]): Candidate[] {
  return options.flatMap(({ names, description }) =>
    names.filter((name) => name.startsWith('--')).map((value) => ({ value, description })),
  );
}

async function providersFor(words: string, live: LiveNames): Promise<readonly Candidate[]> {
  return ANY_PROVIDER.includes(words) ? await live.allProviders() : await live.providers();
}

async function labelsOf(before: readonly string[], live: LiveNames): Promise<readonly Candidate[]> {
  const [provider] = before;
  return provider === undefined ? [] : await live.labels(provider);
}

/** `provider` and `provider/label` of everything live. */
async function addresses(live: LiveNames): Promise<Candidate[]> {
  const providers = await live.providers();
  const labelled = await Promise.all(
    providers.map(async ({ value }) =>
      (await live.labels(value)).map((label) => ({ ...label, value: `${value}/${label.value}` })),
    ),
  );
  return [...providers, ...labelled.flat()];
}

function plain(value: string): Candidate {
  return { value, description: '' };
}
