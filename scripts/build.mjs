// Builds dist/: compiles the declaration's schema to plain code, writes down what the commands take,
// then bundles src/main.ts. Every `import()` becomes a chunk of its own, so that a command loads only
// what it uses. The output is CommonJS: Node starts its loader of modules only for those.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { compileSchema } from './compile-schema.mjs';

const root = new URL('..', import.meta.url);
const path = (name) => new URL(name, root).pathname;

/** The files of src/ whose path, without its ending, is one of these. */
const files = (...names) => new RegExp(`/src/(${names.join('|')})\\.ts$`);

/**
 * Which files are loaded together, each group with what it imports. Opening a file costs a start more
 * than a few functions in it that are not used: those are not compiled. What no group names becomes a
 * chunk for each `import()`. Where two groups need a file, the first gets it; a file in `core` that
 * only one command needs makes every start slower.
 */
const GROUPS = [
  // What `--version` needs too; the entry is in it, and no code of it is kept.
  {
    name: 'start',
    test: files(
      'main',
      'base/(errors|version)',
      'cli/(streams|compile-cache|kept-chunks)',
      'cli/(commands|global-options)',
    ),
  },
  // What help prints with, and every command.
  { name: 'output', test: files('cli/output') },
  { name: 'help', test: files('cli/help/(show-help|forms)') },
  // What reads a home, and what both of the next two need.
  {
    name: 'core',
    test: files(
      'cli/(run-program|auth-list|auth-status|auth-token|open-store)',
      'cli/views/(pool|status|token)',
      'cli/parse-span',
      'pool/(snapshot|list-entries|store|read-ledger|mcp-tokens|json-match|choose)',
      'pool/write/(directories|write-atomic|write-in-place)',
      'apply/(find-pool-provider|read-status|find-credential|unfinished)',
      'plan/addresses',
      'config/match-glob',
    ),
  },
  // What changes a home.
  {
    name: 'change',
    test: files(
      'apply/(executor|add-credential|add-login|detect-for)',
      'pool/(update-home|draft-pool)',
      'pool/write/lock',
      'cli/auth-add',
    ),
  },
  // What reads a declaration and plans.
  {
    name: 'plan',
    test: files(
      'config/(find-declaration|load-declaration|load-parts|read-declaration|declaration-files)',
      'cli/(auth-plan|auth-validate|declaration|planning-command|show-plan|targets)',
      'cli/views/declaration-name',
      'plan/(plan|diff|render-diff|render-human|sessions)',
      'pool/(config-file|mcp-logins)',
      'apply/(prepare-plan|observe-home|resolve-secrets|trust-programs)',
      'secrets/(resolve-reference|resolve-program)',
    ),
  },
];

const clipanion = {
  name: 'clipanion',
  // Its code for Node is CommonJS and loads `tty` only to guess at colours, which we tell it.
  resolveId: (source, importer) =>
    source === '../platform' && importer?.includes('/clipanion/')
      ? path('node_modules/clipanion/lib/platform/browser.mjs')
      : undefined,
  // Its default context makes all three streams when it is loaded. We give it a context of our own.
  transform: (code, id) => {
    if (!id.endsWith('/clipanion/lib/advanced/Cli.mjs')) return undefined;
    const without = code.replace(/^ {4}std(in|out|err): process\.std\1,\n/gm, '');
    if (/process\.std/.test(without)) throw new Error('clipanion opens streams in another way now');
    return without;
  },
};

/** Parts of libraries that are never reached: we hand over what they would stand for. */
const LEFT_OUT = [
  // Declarations are found by it, and parsed and run by none of its own loaders.
  { of: '/cosmiconfig/', names: ['js-yaml', 'parse-json', 'import-fresh'] },
  // A server's tools are counted; nothing of what it describes is compiled.
  { of: '/@modelcontextprotocol/sdk/', names: ['../validation/ajv-provider.js'] },
];

const leftOut = {
  name: 'left-out',
  resolveId: (source, importer) =>
    LEFT_OUT.some(({ of, names }) => importer?.includes(of) && names.includes(source))
      ? path('scripts/left-out.cjs')
      : undefined,
};

/** A source of ASCII alone takes half the memory and time to load: it is not decoded. */
const ascii = {
  name: 'ascii',
  generateBundle: (_, bundle) => {
    for (const chunk of Object.values(bundle)) {
      chunk.code &&= chunk.code.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
  },
};

const options = {
  platform: 'node',
  // Commands load on demand what the core chunk may hold anyway: that is meant.
  checks: { ineffectiveDynamicImport: false },
  external: ['koffi'],
  plugins: [clipanion, leftOut, ascii],
  resolve: {
    mainFields: ['module', 'main'],
    alias: {
      // The same libraries, as modules: their CommonJS forms cannot be trimmed.
      yaml: path('node_modules/yaml/browser/dist/index.js'),
      clipanion: path('node_modules/clipanion/lib/advanced/index.mjs'),
      undici$: path('scripts/undici-slim.cjs'),
    },
  },
};

/** Writes src/cli/help/forms.generated.js, from the commands themselves. */
async function writeForms() {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-forms-'));
  const build = await rolldown({
    ...options,
    input: { forms: path('src/cli/help/load-forms.ts') },
  });
  try {
    await build.write({ dir, format: 'cjs', chunkFileNames: '[name]-[hash].js' });
    const { loadForms } = createRequire(import.meta.url)(join(dir, 'forms.js'));
    const json = JSON.stringify(await loadForms());
    writeFileSync(
      path('src/cli/help/forms.generated.js'),
      `export const FORMS = JSON.parse(${JSON.stringify(json)});\n`,
    );
  } finally {
    await build.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function bundle() {
  // Tests build beside runs of the program that are under way: their chunks must stay.
  if (!process.argv.includes('--keep')) rmSync(path('dist'), { recursive: true, force: true });
  const build = await rolldown({ ...options, input: { gormes: path('src/main.ts') } });
  await build.write({
    dir: path('dist'),
    format: 'cjs',
    banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
    chunkFileNames: 'chunks/[name]-[hash].js',
    // What nearly every command needs is one file: opening many costs more than reading one.
    codeSplitting: {
      groups: GROUPS.map((group, index) => ({ ...group, priority: GROUPS.length - index })),
    },
    minify: true,
    // koffi too: one real `import()` would start the loader of modules at every write.
    dynamicImportInCjs: false,
  });
  await build.close();
  writeFileSync(path('dist/package.json'), '{ "type": "commonjs" }\n');
  chmodSync(path('dist/gormes.js'), 0o755);
}

compileSchema();
await writeForms();
await bundle();
