import { rolldown } from 'rolldown';

/** Imports a TypeScript file of the source that stands on data alone; Node 20 can't by itself. */
export async function loadSource(input) {
  const bundle = await rolldown({ input, platform: 'node' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
}
