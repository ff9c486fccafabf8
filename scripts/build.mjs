// Builds dist/: compiles the declaration's schema to plain code, then bundles src/main.ts.
// Every `import()` becomes a chunk of its own, so that a command loads only what it uses.
import { chmodSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { compileSchema } from './compile-schema.mjs';

const root = new URL('..', import.meta.url);
const path = (name) => new URL(name, root).pathname;

/** Loaded at every start; what is heavy and rare (yaml, undici, prompts, schema) stays out. */
const CORE =
  /\/src\/(main|base\/(?!http|network)|providers\/(?!model-|known-models)[^/]+$|pool\/(?!yaml|config-file|json-|lock|write|store|mcp-)|cli\/(?!declaration|setup|model|show-plan|targets|apply-jobs|save-|auth-(?:plan|apply|validate|schema|show|dump|fmt|history|snapshot|repair))[^/]+$|cli\/views\/(pool|status|error|usage)|apply\/(find-pool-provider|read-status))|\/clipanion\//;

async function bundle() {
  // Tests build beside runs of the program that are under way: their chunks must stay.
  if (!process.argv.includes('--keep')) rmSync(path('dist'), { recursive: true, force: true });
  const build = await rolldown({
    input: { gormes: path('src/main.ts') },
    platform: 'node',
    external: ['koffi'],
    resolve: {
      mainFields: ['module', 'main'],
      // Its main file is CommonJS, which would bring a loader of its own into every start.
      alias: {
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
