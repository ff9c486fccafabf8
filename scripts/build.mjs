// Builds dist/: compiles the declaration's schema to plain code, then bundles src/main.ts.
// Every `import()` becomes a chunk of its own, so that a command loads only what it uses.
import { chmodSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { compileSchema } from './compile-schema.mjs';

const root = new URL('..', import.meta.url);
const path = (name) => new URL(name, root).pathname;

/**
 * What the commands that run all the time load, with what that imports; everything else stays in
 * chunks of its own. A file that is listed here without need makes every start slower.
 */
const CORE =
  /\/src\/(main|cli\/(auth-list|auth-status|open-store)|cli\/views\/(pool|status)|pool\/(snapshot|list-entries)|apply\/(find-pool-provider|read-status))\.ts$|\/clipanion\//;

/** Its code for Node is CommonJS and loads `tty` only to guess at colours, which we tell it. */
const clipanionPlatform = {
  name: 'clipanion-platform',
  resolveId: (source, importer) =>
    source === '../platform' && importer?.includes('/clipanion/')
      ? path('node_modules/clipanion/lib/platform/browser.mjs')
      : undefined,
};

async function bundle() {
  // Tests build beside runs of the program that are under way: their chunks must stay.
  if (!process.argv.includes('--keep')) rmSync(path('dist'), { recursive: true, force: true });
  const build = await rolldown({
    input: { gormes: path('src/main.ts') },
    platform: 'node',
    // Commands load on demand what the core chunk may hold anyway: that is meant.
    checks: { ineffectiveDynamicImport: false },
    external: ['koffi'],
    plugins: [clipanionPlatform],
    resolve: {
      mainFields: ['module', 'main'],
      // Its main file is CommonJS, which would bring a loader of its own into every start.
      alias: {
        // The same library, as modules: its CommonJS form brings a loader and cannot be trimmed.
        yaml: path('node_modules/yaml/browser/dist/index.js'),
        clipanion: path('node_modules/clipanion/lib/advanced/index.mjs'),
        undici$: path('scripts/undici-slim.cjs'),
      },
    },
  });
  await build.write({
    dir: path('dist'),
    format: 'esm',
    banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
    chunkFileNames: 'chunks/[name]-[hash].js',
    // What nearly every command needs is one file: opening many costs more than reading one.
    codeSplitting: { groups: [{ name: 'core', test: CORE }] },
    minify: true,
  });
  await build.close();
  chmodSync(path('dist/gormes.js'), 0o755);
}

compileSchema();
await bundle();
