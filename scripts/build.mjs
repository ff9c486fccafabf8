// Builds dist/: compiles the declaration's schema to plain code, then bundles src/main.ts.
// Every `import()` becomes a chunk of its own, so that a command loads only what it uses.
import { chmodSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { compileSchema } from './compile-schema.mjs';

const root = new URL('..', import.meta.url);
const path = (name) => new URL(name, root).pathname;

async function bundle() {
  // Tests build beside runs of the program that are under way: their chunks must stay.
  if (!process.argv.includes('--keep')) rmSync(path('dist'), { recursive: true, force: true });
  const build = await rolldown({
    input: { gormes: path('src/main.ts') },
    platform: 'node',
    external: ['koffi'],
    resolve: { mainFields: ['module', 'main'] },
  });
  await build.write({
    dir: path('dist'),
    format: 'esm',
    banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: true,
  });
  await build.close();
  chmodSync(path('dist/gormes.js'), 0o755);
}

compileSchema();
await bundle();
