import type { KnownProvider } from '../../apply/list-providers.ts';
import { escapeControls, listOf } from '../../base/text.ts';
import { wrap } from '../../base/wrap.ts';
import type { CredentialType } from '../../providers/provider.ts';

const TYPE_WORDS: Readonly<Record<CredentialType, string>> = {
  api_key: 'API key',
  oauth: 'login',
  import: 'login of its own program',
};

/** One provider a line, its other names and what to do instead below it. */
export function viewProviders(providers: readonly KnownProvider[], columns: number): string {
  const rows = providers.map((provider) => ({
    id: escapeControls(provider.id),
    name: escapeControls(provider.name),
    takes: listOf(provider.types.map((type) => TYPE_WORDS[type])),
    more: moreOf(provider),
  }));
  const idWidth = Math.max(...rows.map(({ id }) => id.length));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ id, name, takes, more }) => {
      const line = `${id.padEnd(idWidth)}  ${name.padEnd(nameWidth)}  ${takes}`.trimEnd();
      const below = more.flatMap((text) => wrap(text, columns, ' '.repeat(idWidth + 2)));
      return [line, ...below].join('\n');
    })
    .join('\n');
}

function moreOf({ aliases, variables, instead }: KnownProvider): string[] {
  const names = aliases.length === 0 ? [] : [`also ${aliases.join(', ')}`];
  const read = variables.length === 0 ? [] : [`reads ${variables.map(escapeControls).join(', ')}`];
  return [...names, ...read, ...(instead === undefined ? [] : [instead])];
}

/** JSON of `auth providers`. */
export function providersToJson(providers: readonly KnownProvider[]): object {
  return {
    providers: providers.map(({ instead, ...provider }) => ({
      ...provider,
      instead: instead ?? null,
    })),
  };
}
