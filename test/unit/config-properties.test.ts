import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/config/diagnostic.ts';
import { matchGlob } from '../../src/config/match-glob.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { desiredOf, load } from './fixtures-config/load.ts';

const pooled = CATALOG.filter((row) => row.types.includes('api_key') && !row.refuses?.add);
const label = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);

/** A provider's block as JSON, which is YAML: any label is quoted. */
const block = fc.record({
  strategy: fc.constantFrom('fill_first', 'round_robin'),
  credentials: fc.dictionary(label, fc.constant({ state: 'absent' }), { maxKeys: 4 }),
});

test('the set of what is declared does not depend on the order of providers', async () => {
  const ids = pooled.map((row) => row.id);
  const chosen = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 5 });
  const blocks = chosen.chain((names) =>
    fc.tuple(
      fc.tuple(...names.map((id) => fc.tuple(fc.constant(id), block))),
      fc.shuffledSubarray(names, { minLength: names.length }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(blocks, async ([entries, order]) => {
      const text = (names: readonly string[]) => {
        const map = new Map(entries);
        const parts = names.map((id) => `${JSON.stringify(id)}: ${JSON.stringify(map.get(id))}`);
        return `version: 1\nproviders: { ${parts.join(', ')} }\n`;
      };
      const addresses = async (names: readonly string[]) => {
        const { providers } = await desiredOf(text(names));
        const plain = providers.map(({ id, strategy, credentials }) => ({
          id,
          strategy,
          labels: credentials.map((c) => c.address),
        }));
        return plain.sort((a, b) => (a.id < b.id ? -1 : 1));
      };
      expect(await addresses(order)).toEqual(await addresses(entries.map(([id]) => id)));
    }),
    { numRuns: 60 },
  );
});

test('labels keep the order of the file, whatever they look like', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(label, { maxLength: 8 }), async (labels) => {
      const lines = labels.map((name) => `      "${name}": { state: absent }`).join('\n');
      const text = `version: 1\nproviders:\n  xai:\n    credentials:${labels.length ? `\n${lines}` : ' {}'}\n`;
      const { providers } = await desiredOf(text);
      expect(providers[0]?.credentials.map((c) => c.label)).toEqual(labels);
    }),
    { numRuns: 60 },
  );
});

/** Places of a declaration where a scalar may stand, right or wrong; `%` is that scalar. */
const PLACES = [
  'name: %',
  '%: 1',
  'unmanaged: %',
  'version: %',
  'limits: { max_removals: % }',
  'limits: { %: 1 }',
  'model: { provider: % }',
  'model: %',
  'include: [%]',
  'homes: [%]',
  'providers: { %: {} }',
  'providers: { xai: % }',
  'providers: { xai: { strategy: % } }',
  'providers: { xai: { sources: { %: suppress } } }',
  'providers: { xai: { sources: { a: % } } }',
  'providers: { xai: { credentials: { %: {} } } }',
  'providers: { xai: { credentials: { a: % } } }',
  'providers: { xai: { credentials: { a: { api_key: % } } } }',
  'providers: { xai: { credentials: { a: { api_key: "env:B", base_url: % } } } }',
  'providers: { xai: { credentials: { a: { type: % } } } }',
  'providers: { xai: { credentials: { a: { api_key: { command: [echo, %] } } } } }',
  'providers: { xai: { credentials: { a: { api_key: { %: 1 } } } } }',
  'providers: { nous: { credentials: { a: { min_key_ttl: % } } } }',
  'providers: { spotify: { client_id: %, x: 1 } }',
  'custom_providers: { %: {} }',
  'custom_providers: { a: { name: %, base_url: x } }',
  'mcp_servers: { a: % }',
  'moved: [{ from: %, to: % }]',
  'forget: [%]',
  'ignore: [%]',
  'ignore: [{ source: %, x: 1 }]',
  'overlays: [{ when: { host: % }, x: 1 }]',
  'overlays: [{ when: { %: 1 } }]',
  'x: [%',
  'x: % : %',
  '# %\nx: 1',
  'x: &%',
  'x: *%',
  'x: !%',
];

const body = fc.stringMatching(/^[a-z]{4}[0-9]{4}[A-Za-z0-9]{16,24}$/);
const key = fc
  .tuple(
    fc.constantFrom(
      'sk-',
      'sk-ant-api03-',
      'sk-or-v1-',
      'ghp_',
      'gho_',
      'github_pat_',
      'hf_',
      'gsk_',
      'xai-',
      'ya29.',
    ),
    body,
  )
  .map(([prefix, rest]) => ({ text: prefix + rest, rest }));
const quotes = fc.constantFrom('', '"', "'");

test('a key never shows in what is reported, wherever it stands', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PLACES),
      key,
      quotes,
      async (place, { text, rest }, quote) => {
        const yaml = `version: 1\n${place.replaceAll('%', quote + text + quote)}\n`;
        const { diagnostics, desired } = await load(yaml);
        expect(desired).toBeUndefined();
        const out = diagnostics.map(formatDiagnostic).join('\n') + JSON.stringify(diagnostics);
        for (let at = 0; at + 12 <= rest.length; at++)
          expect(out).not.toContain(rest.slice(at, at + 12));
      },
    ),
    { numRuns: 600 },
  );
});

test('whatever stands as a secret never shows, whether it looks like a key or not', async () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!$%&()+,./;<=>?@^_~-]{8,20}$/);
  const places = [
    'c: { api_key: % }',
    'c: { apikey: % }',
    'c: { key: % }',
    'c: { api_key: [%] }',
    'c: { api_key: { command: % } }',
    'c: %',
    'c: [%]',
    'c: { api_key: %, x: 1 }',
    'c: { api_key: %, protect: 3',
    'c:\n        api_key: %\n        x: 1',
    'c:\n        api_key: |\n          %\n        x: 1',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), secret, quotes, async (place, text, quote) => {
      fc.pre(quote !== '' || /^[A-Za-z0-9][A-Za-z0-9!$()+./;<=^_~-]*$/.test(text));
      const credential = place.replaceAll('%', () => quote + text + quote);
      const yaml = `version: 1\nproviders:\n  xai:\n    credentials:\n      ${credential}\n`;
      const { diagnostics } = await load(yaml);
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(diagnostics.map(formatDiagnostic).join('\n')).not.toContain(text);
    }),
    { numRuns: 600 },
  );
});

test('no text makes the loader throw, and places are within the file', async () => {
  const pieces = fc.constantFrom(
    'version: 1',
    'providers',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '#',
    '!t',
    '%',
    '@',
    '?',
    '\t',
    'xai',
    'credentials',
    'null',
    '1',
    '---',
    'é',
    '日',
    '😀',
    '__proto__',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
      async (text) => {
        const { diagnostics, desired } = await load(text);
        expect(desired === undefined || diagnostics.every((d) => d.severity === 'warning')).toBe(
          true,
        );
        const lines = text.split('\n');
        for (const { place } of diagnostics) {
          const line = lines[place.line - 1];
          expect(line).toBeDefined();
          expect(place.column).toBeLessThanOrEqual([...(line ?? '')].length + 1);
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test('globs mean what a regular expression says', () => {
  const pattern = fc.stringMatching(/^[ab*?]{0,8}$/);
  const text = fc.stringMatching(/^[ab/]{0,8}$/);
  fc.assert(
    fc.property(pattern, text, (glob, given) => {
      const regex = new RegExp(`^${glob.replaceAll('?', '.').replaceAll('*', '.*')}$`, 's');
      expect(matchGlob(glob, given)).toBe(regex.test(given));
    }),
  );
});
