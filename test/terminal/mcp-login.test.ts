import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMcp } from '../internet/mcp.ts';
import { startOidc } from '../internet/oidc.ts';
import { addressIn } from '../support/browser.ts';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld } from '../support/world.ts';

const RESOURCE = 'https://mcp.example/mcp';

test('the address of the last page can be pasted; Ctrl-C at the question ends it', async () => {
  await using oidc = await startOidc({ resource: RESOURCE });
  await using mcp = await startMcp({
    issuer: oidc.issuer,
    accepts: (token) => oidc.accepts(token, RESOURCE),
    tools: ['search'],
  });
  await using world = await startWorld({ hosts: { ...oidc.hosts, ...mcp.hosts } });
  world.home.write('config.yaml', `mcp_servers:\n  m: { url: "${RESOURCE}", auth: oauth }\n`);
  for (const ending of ['.json', '.client.json'])
    world.allowSecretIn(join(world.home.dir, 'mcp-tokens', `m${ending}`));
  const before = world.home.hash();

  await using stopped = startTerminal(world, ['mcp', 'login', 'm']);
  await stopped.answer('Paste the code or the address', KEY.ctrlC);
  expect(await stopped.end()).toBe(130);
  expect(world.home.hash()).toBe(before);

  await using run = startTerminal(world, ['mcp', 'login', 'm'], { columns: 60 });
  await run.answer('Paste the code or the address', KEY.enter);
  await run.see('nothing was pasted');
  await run.see('Paste the code or the address');
  const back = await oidc.browse(addressIn(run.raw) ?? '');
  run.press(back.replace(/state=[^&]*/, 'state=other'), KEY.enter);
  await run.see('state mismatch');
  await run.answer('Paste the code or the address', back, KEY.enter);
  await run.see('Authenticated — 1 tool available');
  expect(await run.end()).toBe(0);
  const code = new URL(back).searchParams.get('code') ?? '';
  expect(run.raw, 'what is pasted is not echoed').not.toContain(code);
});
