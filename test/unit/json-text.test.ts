import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../src/base/json.ts';
import { sameJson } from '../../src/pool/json-match.ts';
import { editJsonText, stringifyJson } from '../../src/pool/json-text.ts';
import { parseJsonFast, parseJsonText } from '../../src/pool/parse-json.ts';

/** Any JSON value, with the keys that trouble JavaScript. */
const key = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', '10', '1', 'id', '"', '\\'),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(tie('json'), { maxLength: 5 }),
    fc
      .array(key, { maxLength: 4 })
      .chain((ids) =>
        fc.tuple(...[...new Set(ids)].map((id) => tie('json').map((x): Json => ({ id, x })))),
      ),
    fc.dictionary(key, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const layout = fc.constantFrom<(value: Json) => string>(
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 2),
  (value) => ` ${JSON.stringify(value, null, '\t')}\n\n`,
  (value) => JSON.stringify(value, null, 4).replaceAll('\n', '\r\n'),
  (value) => stringifyJson(value),
);

/** As JSON.parse reads 12345678901234567890. */
const BIG = Number('12345678901234567890');

describe('editJsonText', () => {
  test('the result parses to what was asked, from any text to any value', () => {
    fc.assert(
      fc.property(json, json, layout, (old, next, write) => {
        const edited = editJsonText(write(old), next);
        const parsed: Json = JSON.parse(edited);
        expect(sameJson(parsed, next)).toBe(true);
        expect(editJsonText(edited, next)).toBe(edited);
      }),
      { numRuns: 1000 },
    );
  });

  test('asking for what is there changes no byte', () => {
    fc.assert(
      fc.property(json, layout, (value, write) => {
        const text = write(value);
        const again: Json = JSON.parse(text);
        expect(editJsonText(text, again)).toBe(text);
      }),
    );
  });

  test('a new key at the end and its removal give the bytes back', () => {
    const objects = json.filter((value) => isJsonObject(value) && Object.keys(value).length > 0);
    fc.assert(
      fc.property(objects, json, layout, (old, value, write) => {
        const text = write(old);
        const plain: Json = JSON.parse(text);
        if (!isJsonObject(plain)) throw new Error('no object');
        const added = editJsonText(text, { ...plain, 'not there yet': value });
        expect(editJsonText(added, plain)).toBe(text);
        const body = text.trimEnd().slice(0, -1).trimEnd();
        expect(added.startsWith(body)).toBe(true);
      }),
    );
  });

  test('an array element that goes leaves the bytes of the others', () => {
    const odd =
      '[ {"id": "a", "n": 1.0} ,\n\t{"id":"b", "n": 12345678901234567890}, {"id": "\\u0063", "n":1e400} ]';
    expect(
      editJsonText(odd, [
        { id: 'b', n: BIG },
        { id: 'c', n: Infinity },
      ]),
    ).toBe('[ {"id":"b", "n": 12345678901234567890}, {"id": "\\u0063", "n":1e400} ]');
    expect(
      editJsonText(odd, [
        { id: 'a', n: 1 },
        { id: 'c', n: Infinity },
      ]),
    ).toBe('[ {"id": "a", "n": 1.0}, {"id": "\\u0063", "n":1e400} ]');
    expect(
      editJsonText(odd, [
        { id: 'a', n: 1 },
        { id: 'b', n: BIG },
      ]),
    ).toBe('[ {"id": "a", "n": 1.0} ,\n\t{"id":"b", "n": 12345678901234567890} ]');
  });

  const hermes = `{
  "version": 1,
  "big": 12345678901234567890,
  "one": 1.0,
  "10": "integer-like",
  "2": "\\u00e9\\ud83d\\ude00",
  "pool": {
    "xai": [
      {
        "id": "a1",
        "label": "work",
        "status": null
      },
      {
        "id": "b2",
        "label": "home",
        "tls": {"insecure": false, "ca": null}
      }
    ],
    "zai": []
  }
}
`;
  const rows: {
    name: string;
    change: (value: Record<string, Json>) => void;
    from: string;
    to: string;
  }[] = [
    {
      name: 'a primitive is replaced in place',
      change: (value) => {
        value.version = 2;
      },
      from: '"version": 1,',
      to: '"version": 2,',
    },
    {
      name: 'a row is added in the layout around it, ASCII only',
      change: (value) => {
        value.pool = { ...pool(value), zai: [{ id: 'c3', label: 'é' }] };
      },
      from: '"zai": []',
      to: '"zai": [\n      {\n        "id": "c3",\n        "label": "\\u00e9"\n      }\n    ]',
    },
    {
      name: 'a key is added to a one-line object in one line',
      change: (value) => {
        value.pool = {
          ...pool(value),
          xai: [
            { id: 'a1', label: 'work', status: null },
            { id: 'b2', label: 'home', tls: { insecure: false, ca: null, new: [1, { x: 2 }] } },
          ],
        };
      },
      from: '{"insecure": false, "ca": null}',
      to: '{"insecure": false, "ca": null, "new": [1, {"x": 2}]}',
    },
    {
      name: 'the last row goes with its comma',
      change: (value) => {
        value.pool = { ...pool(value), xai: [{ id: 'a1', label: 'work', status: null }] };
      },
      from: ',\n      {\n        "id": "b2",\n        "label": "home",\n        "tls": {"insecure": false, "ca": null}\n      }',
      to: '',
    },
    {
      name: 'a provider key is added at the end',
      change: (value) => {
        value.pool = { ...pool(value), new: [] };
      },
      from: '"zai": []',
      to: '"zai": [],\n    "new": []',
    },
    {
      name: 'a provider without rows is an empty list',
      change: (value) => {
        value.pool = { ...pool(value), xai: [] };
      },
      from: hermes.slice(hermes.indexOf('"xai"'), hermes.indexOf(',\n    "zai"')),
      to: '"xai": []',
    },
  ];
  function pool(value: Record<string, Json>): Record<string, Json> {
    if (!isJsonObject(value.pool)) throw new Error('no pool');
    return value.pool;
  }
  test.each(rows)('$name, and nothing else changes', ({ change, from, to }) => {
    const value: Json = JSON.parse(hermes);
    if (!isJsonObject(value)) throw new Error('no object');
    change(value);
    expect(hermes.split(from)).toHaveLength(2);
    expect(editJsonText(hermes, value)).toBe(hermes.replace(from, () => to));
  });

  test('reordered rows keep their texts', () => {
    const text = '[{"id":"a","n":1.0}, {"id":"b","n":2.0}, {"id":"c","n":3.0}]';
    const next = [
      { id: 'c', n: 3 },
      { id: 'a', n: 1 },
      { id: 'b', n: 5 },
    ];
    expect(editJsonText(text, next)).toBe(
      '[{"id":"c","n":3.0}, {"id":"a","n":1.0}, {"id":"b","n":5}]',
    );
  });

  test.each([
    { text: '["a","b","c"]', next: ['a', 'c'], edited: '["a","c"]' },
    { text: '["a", "b"]', next: ['a', 'b', 'c'], edited: '["a", "b", "c"]' },
    { text: '["a"]', next: ['b', 'a'], edited: '["b", "a"]' },
    { text: '[1.0, 2.0]', next: [1, 3], edited: '[1.0, 3]' },
    { text: '[{"x":1.0,"y":1}]', next: [{ x: 1, y: 2 }], edited: '[{"x":1.0,"y":2}]' },
    { text: '{"a":1}', next: { a: 1, b: { c: [] } }, edited: '{"a":1,"b":{"c":[]}}' },
    { text: '{ }', next: { a: 1 }, edited: '{\n  "a": 1\n}' },
    {
      text: '{"__proto__": 1.0}',
      next: JSON.parse('{"__proto__": 1, "a": 2}'),
      edited: '{"__proto__": 1.0, "a": 2}',
    },
  ])('$text becomes $edited', ({ text, next, edited }) => {
    expect(editJsonText(text, next)).toBe(edited);
  });

  test('a text with duplicate keys, or that is no JSON, or a value that is none, is a bug', () => {
    expect(() => editJsonText('{"a": 1, "a": 2}', { a: 3 })).toThrow('duplicate keys');
    expect(() => editJsonText('{', {})).toThrow('not JSON');
    expect(() => editJsonText('{}', { a: Number.NaN })).toThrow('another value');
  });

  test('a store of 5 MB with 10,000 rows is edited with nothing but the row changed', () => {
    const row = (index: number) => ({
      id: `id${index}`,
      label: 'x'.repeat(400),
      at: index / 7,
      none: null,
    });
    const store = {
      version: 1,
      pool: { p: Array.from({ length: 10_000 }, (_, index) => row(index)) },
    };
    const text = stringifyJson(store);
    store.pool.p.splice(5_000, 1);
    const edited = editJsonText(text, store);
    const start = text.indexOf(',\n      {\n        "id": "id5000"');
    const end = text.indexOf(',\n      {\n        "id": "id5001"');
    expect(edited === text.slice(0, start) + text.slice(end)).toBe(true);
  });
});

describe('parseJsonText', () => {
  test('agrees with JSON.parse on every value', () => {
    fc.assert(
      fc.property(json, layout, (value, write) => {
        const text = write(value);
        const result = parseJsonText(text);
        expect(result.problems).toEqual([]);
        expect(result.value).toEqual(JSON.parse(text));
      }),
    );
  });

  test('finds a syntax problem exactly where JSON.parse finds one', () => {
    const token = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '\\',
        '1',
        '-',
        '.5',
        '01',
        '1e',
        '1e5',
        'true',
        'nul',
      ],
      ...[
        ' ',
        '\n',
        '\t',
        '\u00a0',
        '\ufeff',
        '"\u0001"',
        '"\\x"',
        '"\\u00e9"',
        '"\\u00g0"',
        '//',
        "'a'",
      ],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        const { problems } = parseJsonText(text);
        const syntax = problems.some(({ kind }) => kind === 'syntax');
        expect(syntax).toBe(parseJsonFast(text) === undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    { text: '', at: [1, 1], message: 'the file ends too early' },
    { text: '{"a": 1,\n  "b" 2}', at: [2, 7], message: 'expected ":"' },
    { text: '{"a": 1 "b": 2}', at: [1, 9], message: 'expected "," or "}"' },
    { text: '[1, 2', at: [1, 6], message: 'expected "," or "]"' },
    { text: '[1,]', at: [1, 4], message: 'expected a value' },
    { text: '{"a": 1,}', at: [1, 9], message: 'expected a key in double quotes' },
    { text: '{"a": "SECRET', at: [1, 14], message: 'a string does not end' },
    { text: '{"a": SECRET}', at: [1, 7], message: 'expected a value' },
    { text: '{"a": "x\ty"}', at: [1, 9], message: 'a control character in a string' },
    { text: '{} {}', at: [1, 4], message: 'expected the end of the file' },
    { text: '\ufeff{}', at: [1, 1], message: 'the file begins with a byte order mark' },
  ])('$text is refused at its place, without quoting it', ({ text, at, message }) => {
    const [line, column] = at;
    expect(parseJsonText(text)).toEqual({
      value: null,
      problems: [{ kind: 'syntax', line, column, message }],
    });
    expect(message).not.toContain('SECRET');
  });

  test('NaN and duplicate keys are named and read as Python reads them', () => {
    const { value, problems } = parseJsonText(
      '{"a": NaN,\n "b": [-Infinity, Infinity],\n "a": 3, "\\u0061": 4}',
    );
    expect(value).toEqual({ a: 4, b: [null, null] });
    expect(problems.map(({ kind, line, column }) => `${kind} ${line}:${column}`)).toEqual([
      'nan 1:7',
      'nan 2:8',
      'nan 2:19',
      'duplicate_key 3:2',
      'duplicate_key 3:10',
    ]);
  });

  test('depth is capped without recursion, brackets in strings do not count', () => {
    for (const text of [
      '['.repeat(100_000),
      '{"a":'.repeat(100_000),
      `${'['.repeat(201)}${']'.repeat(201)}`,
    ]) {
      expect(parseJsonFast(text)).toBeUndefined();
      expect(parseJsonText(text).problems).toMatchObject([{ kind: 'too_deep', line: 1 }]);
    }
    const fine = `${'['.repeat(200)}"${'[\\"'.repeat(500)}"${']'.repeat(200)}`;
    expect(parseJsonText(fine).problems).toEqual([]);
    expect(parseJsonFast(fine)).toBeDefined();
  });
});

test('a new file is printed as Python prints it', () => {
  const value = { a: 'é\u007f\u2028😀\n"', b: [], c: {}, d: [1, null, true] };
  expect(stringifyJson(value)).toBe(
    '{\n  "a": "\\u00e9\\u007f\\u2028\\ud83d\\ude00\\n\\"",\n  "b": [],\n  "c": {},\n  "d": [\n    1,\n    null,\n    true\n  ]\n}\n',
  );
});

test('a row with a number beyond what JavaScript holds keeps it when the row is printed anew', () => {
  const before = JSON.parse('{"rows":[1]}');
  const after = {
    rows: [{ huge: Number.POSITIVE_INFINITY, low: -Number.MAX_VALUE * 2, text: '1e999' }],
  };
  const edited = editJsonText(JSON.stringify(before), after);
  expect(parseJsonFast(edited)).toEqual(after);
});
