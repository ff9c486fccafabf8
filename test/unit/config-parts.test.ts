import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import type { DeclarationContext } from '../../src/config/load-declaration.ts';
import { brief, context, desiredOf, load, memoryFiles } from './fixtures-config/load.ts';

/** A file that declares labels of one provider as absent. */
const part = (labels: readonly string[], provider = 'xai') =>
  `providers:\n  ${provider}:\n    credentials:\n${labels.map((label) => `      ${label}: { state: absent }\n`).join('')}`;

async function loadTree(include: string, files: Readonly<Record<string, string>>) {
  const { disk, reads } = memoryFiles({ '/repo/gormes.auth.yaml': '', ...files });
  const result = await load(`version: 1\ninclude: ${include}\n`, context(disk));
  return { ...result, findings: brief(result.diagnostics), reads };
}

describe('included files', () => {
  test('are read in the order of the lines, sorted within a glob, and joined', async () => {
    const { desired, findings } = await loadTree('[b.yaml, "auth.d/*.yaml"]', {
      '/repo/b.yaml': part(['b']),
      '/repo/auth.d/2.yaml': part(['two'], 'grok'),
      '/repo/auth.d/1.yaml': part(['one']),
      '/repo/auth.d/notes.txt': 'x',
    });
    expect(findings).toEqual([]);
    expect(desired?.providers.map((p) => p.id)).toEqual(['xai']);
    expect(desired?.providers[0]?.credentials.map((c) => c.label)).toEqual(['b', 'one', 'two']);
    expect(desired?.files.map((file) => file.path)).toEqual([
      '/repo/gormes.auth.yaml',
      '/repo/b.yaml',
      '/repo/auth.d/1.yaml',
      '/repo/auth.d/2.yaml',
    ]);
    expect(desired?.files[1]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<readonly [string, string, Readonly<Record<string, string>>, string]>([
    ['a file above', '[../x.yaml]', { '/x.yaml': '' }, 'include_outside 2:11'],
    ['an absolute path', '[/etc/passwd]', { '/etc/passwd': '' }, 'include_outside 2:11'],
    [
      'a way out and in again',
      '[../etc/../../etc/passwd]',
      { '/etc/passwd': '' },
      'include_outside 2:11',
    ],
    ['the directory itself', '["."]', {}, 'include_outside 2:11'],
    ['no such file', '[x.yaml]', {}, 'include_not_found 2:11'],
    ['itself', '[gormes.auth.yaml]', {}, 'include_cycle 2:11'],
    [
      'a circle',
      '[a.yaml]',
      { '/repo/a.yaml': 'include: [gormes.auth.yaml]' },
      'include_cycle a.yaml:1:11',
    ],
    ['an unknown key', '[a.yaml]', { '/repo/a.yaml': 'x: 1' }, 'unknown_key a.yaml:1:1'],
    ['a name', '[a.yaml]', { '/repo/a.yaml': 'name: x' }, 'main_file_only a.yaml:1:1'],
    [
      'an old version',
      '[a.yaml]',
      { '/repo/a.yaml': 'version: 3\nx: 1' },
      'version_newer a.yaml:1:10',
    ],
    ['no YAML', '[a.yaml]', { '/repo/a.yaml': '[' }, 'yaml_syntax a.yaml:1:2'],
    [
      'an address of another file',
      '[a.yaml, b.yaml]',
      { '/repo/a.yaml': part(['x']), '/repo/b.yaml': part(['x'], 'grok') },
      'defined_twice b.yaml:4:7',
    ],
    [
      'a strategy of another file',
      '[a.yaml, b.yaml]',
      {
        '/repo/a.yaml': 'providers: { xai: { strategy: random } }',
        '/repo/b.yaml': 'providers: { xai: { strategy: random } }',
      },
      'defined_twice b.yaml:1:21',
    ],
    [
      'a pin of another file',
      '[a.yaml, b.yaml]',
      {
        '/repo/a.yaml': 'providers: { xai: { credentials: { a: { api_key: "env:A" } }, pin: a } }',
        '/repo/b.yaml': 'providers: { grok: { pin: a } }',
      },
      'defined_twice b.yaml:1:22',
    ],
    [
      'a limit of another file',
      '[a.yaml, b.yaml]',
      {
        '/repo/a.yaml': 'limits: { max_removals: 1 }',
        '/repo/b.yaml': 'limits: { max_removals: 1 }',
      },
      'defined_twice b.yaml:1:11',
    ],
  ])('%s is refused', async (_name, include, files, expected) => {
    const { findings, desired } = await loadTree(include, files);
    expect(findings).toEqual([expected]);
    expect(desired).toBeUndefined();
  });

  test('what lies outside is not read', async () => {
    const { reads } = await loadTree('[../x.yaml, /etc/passwd, "../*"]', {
      '/x.yaml': '',
      '/etc/passwd': '',
    });
    expect(reads).toEqual([]);
  });

  test('a link that leaves the tree is refused unread', async () => {
    const { disk, reads } = memoryFiles({
      '/repo/gormes.auth.yaml': '',
      '/repo/a.yaml': 'link',
      '/repo/sub/b.yaml': 'below a link',
    });
    const real: DeclarationContext['files'] = {
      ...disk,
      realPath: (path) =>
        path === '/repo/a.yaml'
          ? '/etc/passwd'
          : path === '/repo/sub'
            ? '/etc'
            : disk.realPath(path),
    };
    const text = 'version: 1\ninclude: [a.yaml, "*.yaml", "sub/*.yaml"]\n';
    const { diagnostics } = await load(text, context(real));
    expect(brief(diagnostics)).toEqual(['include_outside 2:11', 'include_outside 2:19']);
    expect(reads).toEqual([]);
  });

  test('a glob that matches nothing, or the file itself, is fine', async () => {
    expect((await loadTree('["x/*.yaml", "*.yaml"]', {})).findings).toEqual([]);
  });

  test('a file that two others include is read once', async () => {
    const { reads, findings } = await loadTree('[a.yaml, b.yaml]', {
      '/repo/a.yaml': 'include: [c.yaml]',
      '/repo/b.yaml': 'include: [c.yaml]',
      '/repo/c.yaml': part(['x']),
    });
    expect(findings).toEqual([]);
    expect(reads).toEqual(['/repo/a.yaml', '/repo/c.yaml', '/repo/b.yaml']);
  });

  test('a thousand files are refused after the limit', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`/repo/d/${n}.yaml`, 'forget: []']),
    );
    const { findings, reads } = await loadTree('["d/*.yaml"]', many);
    expect(findings).toEqual(['too_many_files 2:11']);
    expect(reads).toHaveLength(LIMITS.declarationFiles - 1);
  });

  test('files that are too large together are refused', async () => {
    const big = `# ${'x'.repeat(1024 * 1024 - 20)}\nforget: []`;
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`/repo/${n}.yaml`, big]));
    const { findings } = await loadTree('["?.yaml"]', many);
    expect(findings).toEqual(['too_much_included 2:11']);
  });

  const labels = (file: number) => Array.from({ length: 2000 }, (_, n) => `k${file}-${n}`);
  test.each<readonly [string, (file: number) => string, string]>([
    ['values', (file) => part(labels(file)), 'too_many_nodes 2.yaml:998:15'],
    ['lines', () => `forget: []\n${'#\n'.repeat(24_500)}`, 'too_many_lines 2.yaml:994:1'],
  ])(
    'too many %s in all files are refused, and no file behind is read',
    async (_name, text, finding) => {
      const files = Array.from({ length: 9 }, (_, n) => [`/repo/${n}.yaml`, text(n)]);
      const { findings, reads } = await loadTree('["?.yaml"]', Object.fromEntries(files));
      expect(findings).toEqual([finding]);
      expect(reads).toEqual(['/repo/0.yaml', '/repo/1.yaml', '/repo/2.yaml']);
    },
  );
});

describe('overlays', () => {
  const base = `version: 1
providers:
  anthropic:
    credentials:
      max: { type: oauth, protect: true }
      api: { api_key: "env:A" }
`;
  const labels = async (overlays: string, over: Partial<DeclarationContext> = {}) => {
    const { providers } = await desiredOf(`${base}overlays:\n${overlays}\n`, over);
    return providers.map((p) => `${p.id}: ${p.credentials.map((c) => c.label).join(' ')}`);
  };
  const drop = 'providers: { claude: { credentials: { max: null } } }';

  test.each([
    ['host', 'ci-*', true],
    ['host', 'ci', false],
    ['user', 'alice', true],
    ['user', 'Alice', false],
    ['os', 'linux', true],
    ['os', 'darwin', false],
    ['home', '~/.hermes', true],
    ['home', '/home/*/.hermes', true],
    ['home', '~/.hermes-*', false],
    ['profile', 'default', true],
    ['profile', 'work', false],
  ])('a condition on %s with %s: %s', async (key, glob, applies) => {
    const got = await labels(`  - { when: { ${key}: "${glob}" }, ${drop} }`);
    expect(got).toEqual([applies ? 'anthropic: api' : 'anthropic: max api']);
  });

  test('all conditions must match', async () => {
    expect(await labels(`  - { when: { host: "ci-*", os: win32 }, ${drop} }`)).toEqual([
      'anthropic: max api',
    ]);
  });

  test('an unknown home matches nothing', async () => {
    const overlay = `  - { when: { home: "*" }, ${drop} }`;
    expect(await labels(overlay, { home: undefined })).toEqual(['anthropic: max api']);
  });

  test('null deletes at every level', async () => {
    expect(await labels('  - { when: { host: "*" }, providers: { anthropic: null } }')).toEqual([]);
    expect(await labels('  - { when: { host: "*" }, providers: null }')).toEqual([]);
  });

  test('fields are joined, new labels come last, and places stay those of the base', async () => {
    const { providers } = await desiredOf(`${base}overlays:
  - when: { host: "*" }
    providers:
      anthropic:
        credentials:
          api: { base_url: "https://x.example/v1" }
          more: { api_key: "env:B", account: null }
`);
    expect(providers[0]?.credentials).toMatchObject([
      { label: 'max', protect: true },
      { label: 'api', baseUrl: 'https://x.example/v1', reference: { variable: 'A' } },
      { label: 'more', reference: { variable: 'B' } },
    ]);
    expect(providers[0]?.credentials[1]?.place.line).toBe(6);
  });

  test('a later overlay wins, and lists are replaced', async () => {
    const { unmanaged, ignore } = await desiredOf(`version: 1
ignore: ["xai/*", "gemini/*"]
overlays:
  - { when: { os: "*" }, unmanaged: remove, ignore: ["copilot/*"] }
  - { when: { os: "*" }, unmanaged: keep }
`);
    expect(unmanaged).toBe('keep');
    expect(ignore).toEqual([{ address: 'copilot/*' }]);
  });

  test('a pin is set, changed and dropped, and is checked once all that applies is in', async () => {
    const pin = async (overlay: string) => {
      const yaml = `${base}    pin: max\noverlays:\n  - { when: { os: "*" }, providers: ${overlay} }\n`;
      const { desired, diagnostics } = await load(yaml);
      return desired?.providers[0]?.pin ?? brief(diagnostics);
    };
    expect(await pin('{}')).toBe('max');
    expect(await pin('{ claude: { pin: api } }')).toBe('api');
    expect(await pin('{ claude: { pin: null } }')).toEqual([]);
    expect(await pin('{ claude: { credentials: { max: null } } }')).toEqual([
      'pin_not_declared 7:10',
    ]);
    expect(await pin('{ claude: { credentials: { max: null }, pin: null } }')).toEqual([]);
  });

  test('a pin may name a credential of another file', async () => {
    const { disk } = memoryFiles({
      '/repo/gormes.auth.yaml': '',
      '/repo/a.yaml': 'providers: { xai: { credentials: { a: { api_key: "env:A" } } } }',
    });
    const text = 'version: 1\ninclude: [a.yaml]\nproviders: { grok: { pin: a } }\n';
    expect((await desiredOf(text, context(disk))).providers).toMatchObject([{ pin: 'a' }]);
  });

  test('the main file has the last word over included ones', async () => {
    const { disk } = memoryFiles({
      '/repo/gormes.auth.yaml': '',
      '/repo/a.yaml': 'overlays: [{ when: { os: "*" }, unmanaged: remove }]',
    });
    const text =
      'version: 1\ninclude: [a.yaml]\noverlays: [{ when: { os: "*" }, unmanaged: keep }]\n';
    expect((await desiredOf(text, context(disk))).unmanaged).toBe('keep');
  });

  test('one that does not apply here is checked all the same', async () => {
    const { diagnostics } = await load(`version: 1
overlays:
  - when: { host: elsewhere }
    providers: { nope: {}, xai: { credentials: { a: { api_key: hunter2 } } } }
`);
    expect(brief(diagnostics)).toEqual(['unknown_provider 4:18', 'literal_secret 4:64']);
  });

  test('null outside of overlays is refused', async () => {
    const { diagnostics } = await load('version: 1\nproviders: { xai: null }\n');
    expect(brief(diagnostics)).toEqual(['wrong_type 2:19']);
  });
});
