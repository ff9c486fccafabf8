import { type CallbackAnswer, judgeParams } from './callback-request.ts';
import { isToken } from './token-reply.ts';

/** What the provider's page gives to a person who cannot be redirected. */
export type PasteForm =
  /** `<code>#<state>` (Anthropic). */
  | 'code#state'
  /** A code alone: PKCE is all that binds it to this login. */
  | 'code'
  /** The address of a page that did not load. */
  | 'redirect_url';

export type PastedVerdict =
  | CallbackAnswer
  /** For a note to the person; holds nothing of what was pasted. */
  | { readonly kind: 'refused'; readonly why: string; readonly empty: boolean };

export interface PasteExpected {
  readonly form: PasteForm;
  readonly state: string;
  /** Path of the page at which the login ends. Anthropic's first page has a `code` of its own. */
  readonly path: string;
}

/** More than any address or code. */
const LONGEST = 8192;

/**
 * Reads what a person pasted: the whole address, its query, `code#state`, or a bare code where the
 * provider shows one. The state is compared in each form that has one, and each form has one
 * unless the page shows the code alone (oauth-flows §16.3).
 */
export function readPasted(text: string, expected: PasteExpected): PastedVerdict {
  const { form, state } = expected;
  const given = text.trim();
  if (given === '') return { kind: 'refused', why: 'nothing was pasted', empty: true };
  if (given.length > LONGEST) return refused('that is too long for an address or a code');
  if (URL.canParse(given) && /^https?:/i.test(given) && new URL(given).pathname !== expected.path) {
    return refused('that is the address of another page: paste the one at which the login ends');
  }
  const params = paramsOf(given);
  if (params) {
    return (
      judgeParams(params, state) ??
      refused(
        params.has('state')
          ? 'state mismatch: that belongs to another login, or a part of it is missing'
          : 'the state is missing: paste the whole address',
      )
    );
  }
  if (form === 'code') {
    return isToken(given)
      ? { kind: 'code', params: new URLSearchParams({ code: given }) }
      : refused('that is no code');
  }
  return refused(
    form === 'code#state'
      ? 'a part is missing: paste the whole text that the page shows, with the # in it'
      : 'that is no address: paste the whole address of the page that did not load',
  );
}

function refused(why: string): PastedVerdict {
  return { kind: 'refused', why, empty: false };
}

/** Parameters of an address, a query or `code#state`; undefined for anything else. */
function paramsOf(given: string): URLSearchParams | undefined {
  if (/^https?:\/\//i.test(given)) {
    return URL.canParse(given) ? new URL(given).searchParams : undefined;
  }
  if (/^[?&]?(\w+=[^&]*&)*(code|error|state)=/.test(given)) {
    return new URLSearchParams(given.replace(/^[?&]/, ''));
  }
  const [code = '', state, ...more] = given.split('#');
  if (state === undefined || more.length > 0) return undefined;
  return new URLSearchParams({ code, state });
}
