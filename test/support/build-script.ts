import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = new URL('../..', import.meta.url).pathname;

/**
 * Bundles a TypeScript program of the tests, so that Node can run it as a process of its own. It
 * lands below `node_modules`, from where native packages resolve.
 *
 * @param name file below `test/support`, without its ending
 * @returns the path of the program
 */
export async function buildScript(name: string): Promise<string> {
  const dir = join(ROOT, 'node_modules/.cache/gormes-test', `${name}-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  const build = await rolldown({
    input: { [name]: join(ROOT, 'test/support', `${name}.ts`) },
    platform: 'node',
    external: ['koffi'],
    logLevel: 'silent',
  });
  await build.write({ dir, format: 'esm', entryFileNames: '[name].mjs' });
  await build.close();
  return join(dir, `${name}.mjs`);
}
