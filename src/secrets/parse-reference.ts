import { closest } from '../base/text.ts';
import type { ManagerScheme, Reference } from './reference.ts';

/** Why a text is no reference. Never holds the text: it may be the secret itself. */
export interface ReferenceProblem {
  /**
   * `literal_secret`: no scheme that we know, so it must be taken for the secret;
   * `unknown_scheme`: written like a reference; `bad_reference`: of a known scheme, but not well formed.
   */
  readonly code: 'literal_secret' | 'unknown_scheme' | 'bad_reference';
  /** What is wrong, as the end of a sentence; empty for `literal_secret`. */
  readonly detail: string;
  /** A known scheme near to the given one. */
  readonly guess: string | undefined;
}

export type ParsedReference =
  | { readonly reference: Reference }
  | { readonly problem: ReferenceProblem };

/**
 * Form of the part behind the scheme, for each manager, with an example for messages. What becomes
 * a word of its program's argv must not begin like an option.
 */
const MANAGERS: Readonly<
  Record<ManagerScheme, { readonly form: RegExp; readonly example: string }>
> = {
  op: { form: /^\/\/[^/]+\/[^/]+\/.+$/, example: 'op://vault/item/field' },
  pass: { form: /^[^-].*$/, example: 'pass:path/of/entry' },
  gopass: { form: /^[^-].*$/, example: 'gopass:path/of/entry' },
  bw: { form: /^[^-#][^#]*(#[^#]+)?$/, example: 'bw:item or bw:item#field' },
  vault: { form: /^[^-#][^#]*#[^#]+$/, example: 'vault:path#field' },
  sops: { form: /^[^#]+#[^#"[\]]+$/, example: 'sops:file#key' },
  age: { form: /^[^#]+(#[^#]+)?$/, example: 'age:file or age:file#identity' },
  keyring: { form: /^[^-/][^/]*\/[^-].*$/, example: 'keyring:service/user' },
  'aws-sm': { form: /^[^#]+(#[^#]+)?$/, example: 'aws-sm:secret-id or aws-sm:secret-id#field' },
  'gcp-sm': {
    form: /^(projects\/[^-/#][^/#]*\/secrets\/)?[^/#]+(\/versions\/[^-/#][^/#]*)?(#[^#]+)?$/,
    example: 'gcp-sm:secret or gcp-sm:projects/P/secrets/S/versions/V',
  },
};

const SCHEMES = ['env', 'file', 'prompt', 'todo', ...Object.keys(MANAGERS)];

/** True for a word that stands before the colon of references. */
export function isScheme(word: string): boolean {
  return SCHEMES.includes(word);
}

/** A variable's name as shells accept it. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A reference from its text (`scheme:rest`), or why it is none. Nothing is resolved. */
export function parseReference(text: string): ParsedReference {
  const [, scheme, rest] = /^([a-z][a-z0-9-]{0,15}):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return problem('literal_secret', '');
  if (/[\r\n]/.test(rest)) return problem('bad_reference', 'must be one line');
  switch (scheme) {
    case 'env':
      if (!VARIABLE.test(rest)) return problem('bad_reference', 'must name a variable: env:NAME');
      return { reference: { scheme, variable: rest, text } };
    case 'file':
      if (rest.trim() === '') return problem('bad_reference', 'must name a file: file:PATH');
      return { reference: { scheme, path: rest, text } };
    case 'prompt':
    case 'todo':
      return { reference: { scheme, text } };
    default:
      return isManager(scheme) ? parseManager(scheme, rest, text) : unknownScheme(scheme, rest);
  }
}

/** The reference of a command. `text` quotes words with spaces, so that different argv differ in it. */
export function commandReference(argv: readonly string[]): Reference {
  const words = argv.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : JSON.stringify(word)));
  return { scheme: 'command', argv, text: words.join(' ') };
}

function isManager(scheme: string): scheme is ManagerScheme {
  return Object.hasOwn(MANAGERS, scheme);
}

function parseManager(scheme: ManagerScheme, rest: string, text: string): ParsedReference {
  const { form, example } = MANAGERS[scheme];
  if (!form.test(rest)) return problem('bad_reference', `must have the form ${example}`);
  return { reference: { scheme, rest, text } };
}

/** `evn:X` and `foo://x` were meant as references; other words before a colon may be part of a secret. */
function unknownScheme(scheme: string, rest: string): ParsedReference {
  if (scheme === 'command') {
    return problem('bad_reference', 'must be a mapping: { command: [program, argument] }');
  }
  const guess = closest(scheme, SCHEMES);
  if (guess === undefined && !rest.startsWith('//')) return problem('literal_secret', '');
  return problem('unknown_scheme', '', guess);
}

function problem(code: ReferenceProblem['code'], detail: string, guess?: string): ParsedReference {
  return { problem: { code, detail, guess } };
}
