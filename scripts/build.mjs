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

/**
 * What the commands that run all the time load, with what that imports; everything else stays in
 * chunks of its own. A file that is listed here without need makes every start slower.
 */
const CORE =
  /\/src\/(cli\/(run-program|auth-list|auth-status|open-store)|cli\/views\/(pool|status)|pool\/(snapshot|list-entries)|apply\/(find-pool-provider|read-status))\.ts$|\/clipanion\//;

/** What `--version` and `--help` load too, in the same file as the entry. */
const START =
  /\/src\/(main|base\/(errors|version|text)|cli\/(streams|compile-cache|commands|output|global-options))\.ts$/;

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

const options = {
  platform: 'node',
  // Commands load on demand what the core chunk may hold anyway: that is meant.
  checks: { ineffectiveDynamicImport: false },
  external: ['koffi'],
  plugins: [clipanion, leftOut],
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
      groups: [
        { name: 'start', test: START, priority: 1 },
        { name: 'core', test: CORE },
      ],
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
