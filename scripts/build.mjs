// Builds dist/: compiles the declaration's schema to plain code, then bundles src/main.ts.
// Every `import()` becomes a chunk of its own, so that a command loads only what it uses.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { rolldown } from 'rolldown';

const root = new URL('..', import.meta.url);
const path = (name) => new URL(name, root).pathname;

function compileSchema() {
  const schema = JSON.parse(readFileSync(path('schema/gormes.auth.schema.json'), 'utf8'));
  const ajv = new Ajv({
    allErrors: true,
    code: { source: true, esm: true },
    strict: true,
    allowUnionTypes: true,
  });
  const code = standaloneCode(ajv, ajv.compile(schema));
  writeFileSync(path('src/config/validate-shape.generated.js'), code);
}

async function bundle() {
  rmSync(path('dist'), { recursive: true, force: true });
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
