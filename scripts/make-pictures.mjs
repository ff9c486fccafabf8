// Draws docs/images/*.svg from real runs. With --check it writes nothing and fails when a picture is
// not what the program shows now.
import { readFileSync, writeFileSync } from 'node:fs';
import { play, SCENES } from './pictures/scenes.mjs';
import { THEME_NAMES, terminalSvg } from './pictures/svg.mjs';

function current(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

for (const scene of SCENES) {
  const text = await play(scene);
  for (const theme of THEME_NAMES) {
    const name = `docs/images/${scene.name}-${theme}.svg`;
    const file = new URL(`../${name}`, import.meta.url).pathname;
    const picture = terminalSvg(scene.title, text, theme);
    if (current(file) === picture) continue;
    if (process.argv.includes('--check')) {
      console.error(`${name} is not what the program shows: npm run docs`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, picture);
      console.log(`drew ${name}`);
    }
  }
}
