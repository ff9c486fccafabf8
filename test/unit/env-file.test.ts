import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { parseEnvFile, readEnvFile } from '../../src/pool/env-file.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof GormesError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

/** Names as people give them, none of the refused ones. */
const name = fc.constantFrom('OPENROUTER_API_KEY', 'A', 'b_2', '_X', 'XAI_API_KEY');
/** Values made of what trips readers, and ordinary ones. */
const value = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...`ab1 '"\\$#{}=:-\`!n`),
    maxLength: 12,
  }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
);
const eol = fc.constantFrom('\n', '\r\n', '\r');
const otherLine = fc.constantFrom(
  ...['', '  ', '# note', '   # "quoted', 'OTHER=1', 'export OTHER = "a b"  # c', 'no definition'],
  ...["Q='it'", 'D="x\\"y"', '=x', 'export', '\tT=1 ', 'KEY-WITH-DASH=1', 'U=ü'],
);
const file = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(otherLine, eol), { maxLength: 8 }),
    otherLine,
  )
  .map(([bom, lines, last]) => bom + lines.map((parts) => parts.join('')).join('') + last);

/** What python-dotenv gives for a name: its grammar (parser.py of 1.0) over the whole text, last one wins. */
function dotenvGet(text: string, wanted: string): string | undefined {
  let found: string | undefined;
  let rest = text.replace(/^\ufeff/, '');
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest !== '') {
    take(/^\s*/);
    const line = rest;
    take(/^(?:export[^\S\r\n]+)?/);
    const key = rest.startsWith('#') ? undefined : take(/^([^=#\s]+)/)?.[1];
    take(/^[^\S\r\n]*/);
    let bound: string | undefined;
    if (key !== undefined && take(/^=[^\S\r\n]*/)) {
      if (rest.startsWith("'")) {
        bound = take(/^'((?:\\'|[^'])*)'/)?.[1]?.replace(/\\([\\'])/g, '$1');
      } else if (rest.startsWith('"')) {
        const escapes: Record<string, string> = {
          n: '\n',
          t: '\t',
          r: '\r',
          a: '\x07',
          b: '\b',
          f: '\f',
          v: '\v',
        };
        const escaped = /\\([\\'"abfnrtv])/g;
        bound = take(/^"((?:\\"|[^"])*)"/)?.[1]?.replace(
          escaped,
          (_, char: string) => escapes[char] ?? char,
        );
      } else {
        bound = take(/^[^\r\n]*/)?.[0]
          .replace(/\s+#.*/, '')
          .trimEnd();
      }
    }
    take(/^(?:[^\S\r\n]*#[^\r\n]*)?/);
    if (!take(/^[^\S\r\n]*(?:\r\n|\n|\r|$)/)) {
      // An error: the rest of the line is left out, and so is the binding.
      rest = line;
      take(/^[^\r\n]*(?:\r\n|\r|\n)?/);
    } else if (key === wanted && bound !== undefined) {
      found = bound.replace(/\$\{[^}:]*(?::-([^}]*))?\}/g, (_, other?: string) => other ?? '');
    }
  }
  return found;
}

/** R3 of pool-store §5: as R1, and what stands behind ` #` outside quotes is a comment. */
function scopeGet(text: string, wanted: string): string | undefined {
  let found: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const match = /^\s*(?:export )?\s*(\w+)\s*=\s*(.*)$/.exec(line);
    if (match?.[1] !== wanted) continue;
    const raw = match[2] ?? '';
    const quoted = /^(?:"((?:\\.|[^"\\])*)"|'([^']*)')\s*(?:#.*)?$/.exec(raw);
    if (!quoted) found = raw.replace(/\s+#.*/, '').trim();
    else found = quoted[1]?.replace(/\\(["\\])/g, '$1') ?? quoted[2];
  }
  return found;
}

describe('reading, as R1', () => {
  test.each([
    { text: 'A=1', is: '1' },
    { text: '  A = 1  ', is: '1' },
    { text: 'export A=1', is: '1' },
    { text: 'A="a \\"b\\" \\\\n \\n"', is: 'a "b" \\n \\n' },
    { text: "A='a \\' b'", is: "a \\' b" },
    { text: 'A=a # not a comment', is: 'a # not a comment' },
    { text: 'A="a" # c', is: '"a" # c' },
    { text: `A=\${B}`, is: `\${B}` },
    { text: 'A="', is: '"' },
    { text: 'A=', is: '' },
    { text: 'A=1\nA=2', is: '2' },
    { text: 'A=1\rB=2', is: '1' },
    { text: '\ufeffA=1\r\n', is: '1' },
    { text: '#A=1', is: undefined },
    { text: 'AA=1', is: undefined },
    { text: 'A', is: undefined },
  ])('$text gives $is', ({ text, is }) => {
    expect(parseEnvFile(text).get('A')).toBe(is);
  });

  test('names come once, in order', () => {
    expect(parseEnvFile('B=1\nA=2\n# C=3\nexport B=4\n=5').names()).toEqual(['B', 'A']);
  });

  test('any text survives parsing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), file, (junk, text) => {
        expect(parseEnvFile(junk).text).toBe(junk);
        expect(parseEnvFile(text).text).toBe(text);
      }),
    );
  });
});

describe('writing', () => {
  test('what is set is what all three readers get, or it is refused', () => {
    fc.assert(
      fc.property(file, name, value, (text, key, wanted) => {
        const before = parseEnvFile(text);
        const code = codeOf(() => before.set(key, wanted));
        fc.pre(code === 'nothing thrown');
        const after = before.set(key, wanted);
        expect(after.get(key)).toBe(wanted);
        expect(parseEnvFile(after.text).get(key)).toBe(wanted);
        expect(scopeGet(after.text, key)).toBe(wanted);
        // An open quote in a line before would swallow ours in python-dotenv: not our doing.
        expect(dotenvGet(after.text, key)).toBe(wanted);
        expect(after.set(key, wanted).text).toBe(after.text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('nothing is refused but ends in a backslash, references to variables and control characters', () => {
    fc.assert(
      fc.property(value, (wanted) => {
        if (codeOf(() => parseEnvFile('').set('A', wanted)) === 'nothing thrown') return;
        expect(wanted).toMatch(/\\$|\$\{[^}]*\}/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('all other lines keep their bytes, whatever is set and removed', () => {
    fc.assert(
      fc.property(file, name, value, value, (text, key, first, second) => {
        const before = parseEnvFile(text);
        fc.pre(codeOf(() => before.set(key, first).set(key, second)) === 'nothing thrown');
        const after = before.set(key, first).set(key, second);
        const end = /[\r\n]$|^\ufeff?$/.test(text) ? '' : (/\r\n|\n|\r/.exec(text)?.[0] ?? '\n');
        expect(after.text.startsWith(text + end)).toBe(true);
        expect(after.text.slice(text.length + end.length)).toMatch(
          new RegExp(`^${key}=[^\r\n]*[\r\n]+$`),
        );
        expect(after.remove(key).text).toBe(text + end);
        expect(after.remove(key).get(key)).toBeUndefined();
      }),
    );
  });

  test('the last definition is the one that is rewritten; indent, export and line end stay', () => {
    const text = 'A=1\r\n  export A = old # comment\r\nB=2\r\n';
    expect(parseEnvFile(text).set('A', 'new').text).toBe('A=1\r\n  export A = new\r\nB=2\r\n');
    expect(parseEnvFile(text).remove('A').text).toBe('B=2\r\n');
    // R1 knows `export` with a space only.
    expect(parseEnvFile('export\tA=1').set('A', '2').text).toBe('export A=2');
  });

  test.each([
    { value: '', line: 'A=' },
    { value: 'sk-or-v1_abc.DEF/ghi+jkl=', line: 'A=sk-or-v1_abc.DEF/ghi+jkl=' },
    { value: 'a b', line: "A='a b'" },
    { value: 'a#b', line: "A='a#b'" },
    { value: 'pa$$word', line: "A='pa$$word'" },
    { value: '"quoted"', line: `A='"quoted"'` },
    { value: "it's", line: `A="it's"` },
    { value: `it's "it" \\`, line: undefined },
    { value: 'a\\\\b', line: 'A="a\\\\\\\\b"' },
    { value: 'C:\\dir\\', line: 'A=C:\\dir\\' },
    { value: ' padded ', line: "A=' padded '" },
  ])('$value is written as $line', ({ value: wanted, line }) => {
    if (line === undefined)
      expect(codeOf(() => parseEnvFile('').set('A', wanted))).toBe('env_value_unsafe');
    else expect(parseEnvFile('').set('A', wanted).text).toBe(`${line}\n`);
  });

  test.each([
    ...[
      '\n',
      '\r',
      '\v',
      '\f',
      '\x1c',
      '\x1d',
      '\x1e',
      '\x85',
      '\u2028',
      '\u2029',
      '\0',
      '\x7f',
      '\x1b',
      '\t',
    ],
    ...['\ud800', `\${HOME}`, `\${X:-y}`],
  ])('a value with %j is refused and not shown', (part) => {
    const secret = `secret${part}EVIL=1`;
    try {
      parseEnvFile('').set('A', secret);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'env_value_unsafe', exitCode: 1 });
      expect(String(error)).not.toContain('secret');
    }
  });

  test('beyond ASCII only where Hermes does not drop it', () => {
    expect(parseEnvFile('').set('NOTE', 'für').text).toBe("NOTE='für'\n");
    for (const key of ['X_API_KEY', 'X_TOKEN', 'X_SECRET', 'X_KEY']) {
      expect(codeOf(() => parseEnvFile('').set(key, 'für'))).toBe('env_value_unsafe');
    }
  });

  test.each([
    ...['', '1A', 'A-B', 'A B', 'A=B', 'Ä', 'A\nB', 'PATH', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES'],
    ...['PYTHONPATH', 'NODE_OPTIONS', 'GIT_SSH_COMMAND', 'HERMES_HOME', 'SHELL', 'EDITOR', 'PAGER'],
  ])('the name %j is refused', (refused) => {
    expect(codeOf(() => parseEnvFile('').set(refused, 'x'))).toBe('env_name_refused');
    expect(codeOf(() => parseEnvFile('').remove(refused))).toBe('env_name_refused');
  });

  test('a value that opens a quote and does not close it is neither replaced nor removed', () => {
    const text = 'A="-----BEGIN\nKEY=\n-----END"\nB=1\n';
    const env = parseEnvFile(text);
    expect(codeOf(() => env.set('A', 'x'))).toBe('env_not_understood');
    expect(codeOf(() => env.remove('A'))).toBe('env_not_understood');
    expect(env.remove('B').text).toBe('A="-----BEGIN\nKEY=\n-----END"\n');
  });
});

describe('readEnvFile', () => {
  function scratch(): string {
    const dir = mkdtempSync(join(tmpdir(), 'env-'));
    onTestFinished(() => {
      rmSync(dir, { recursive: true, force: true });
    });
    return dir;
  }

  test('an absent file is empty', () => {
    expect(readEnvFile(join(scratch(), '.env')).text).toBe('');
  });

  const refusals: { name: string; make: (path: string) => void; code: string }[] = [
    {
      name: 'NUL characters',
      make: (path) => writeFileSync(path, 'A=1\0\n'),
      code: 'env_not_understood',
    },
    {
      name: 'UTF-16 without a mark',
      make: (path) => writeFileSync(path, 'A=1\n', 'utf16le'),
      code: 'env_not_understood',
    },
    {
      name: 'UTF-16',
      make: (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x41, 0x00])),
      code: 'not_utf8',
    },
    { name: 'a directory', make: (path) => mkdirSync(path), code: 'not_a_file' },
    { name: 'a FIFO', make: (path) => execFileSync('mkfifo', [path]), code: 'not_a_file' },
    {
      name: 'more than a mebibyte',
      make: (path) => writeFileSync(path, 'x'.repeat(1024 * 1024 + 1)),
      code: 'file_too_large',
    },
  ];
  test.each(refusals)('$name: refused, not repaired', ({ make, code }) => {
    const path = join(scratch(), '.env');
    make(path);
    expect(codeOf(() => readEnvFile(path))).toBe(code);
  });
});
