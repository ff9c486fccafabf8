import { expect, test } from 'vitest';
import { runChild } from '../../src/cli/run-child.ts';

// That gormes itself ends with what this says is tested on the built program: test/cli/exec.test.ts.

test('every exit code of a program is told as it is, 0 to 255', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const ended = [];
  for (const code of codes) ended.push(await runChild(['sh', '-c', `exit ${code}`], process.env));
  expect(ended).toEqual(codes.map((exitCode) => ({ exitCode })));
});
