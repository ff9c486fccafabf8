import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHome, type Home } from '../../src/pool/home.ts';
import { loginServer, readMcpServers } from '../../src/pool/mcp-servers.ts';
import { mcpFileName, mcpFiles, readMcpLogin } from '../../src/pool/mcp-tokens.ts';

let dir = '';
let home: Home;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gormes-mcp-'));
  home = findHome({}, dir, { home: dir, profile: undefined });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ['linear', 'linear'],
  ['my server', 'my_server'],
  ['_a_', 'a'],
  ['../../etc/passwd', 'etc_passwd'],
  ['größe-1', 'größe-1'],
  ['', 'default'],
  ['///', 'default'],
  ['x'.repeat(200), 'x'.repeat(128)],
])('the file of the server "%s" is named as Hermes names it', (server, name) => {
  expect(mcpFileName(server)).toBe(name);
});

test.each([
  ['no file', undefined, 'absent'],
  ['nonsense', '{', 'absent'],
  ['no tokens', '{}', 'absent'],
  ['a refresh token', '{"refresh_token":"r","expires_at":1}', 'usable'],
  ['no end', '{"access_token":"a"}', 'usable'],
  ['an end to come', '{"access_token":"a","expires_at":2000}', 'usable'],
  ['an end that was', '{"access_token":"a","expires_at":1999.5}', 'expired'],
])('a login with %s is %s', (_name, text, state) => {
  mkdirSync(join(dir, 'mcp-tokens'));
  if (text !== undefined) writeFileSync(mcpFiles(home, 's').tokens, text);
  expect(readMcpLogin(home, 's', 1_999_500)).toBe(state);
});

test('servers are read with their settings, variables filled in, nonsense left out', async () => {
  writeFileSync(
    home.configFile,
    `mcp_servers:
  full:
    url: https://\${MCP_HOST}/mcp
    auth: OAuth
    connect_timeout: 30
    oauth: { client_id: id, client_secret: "\${MCP_SECRET}", scope: a b, redirect_port: "8123", timeout: 60 }
  local: { command: npx }
  header: { url: https://h.example, headers: {} }
  odd: { url: https://o.example, auth: oauth, oauth: { redirect_port: 70000, timeout: soon } }
  text: just text
`,
  );
  const env = (name: string) => ({ MCP_HOST: 'm.example', MCP_SECRET: 's3cret' })[name];
  const servers = await readMcpServers(home, env);
  expect(servers.map(({ name }) => name)).toEqual(['full', 'local', 'header', 'odd']);
  const [full, local, header, odd] = servers.map(loginServer);
  expect(full).toMatchObject({
    url: 'https://m.example/mcp',
    connectTimeoutMs: 30_000,
    oauth: { clientId: 'id', scope: 'a b', redirectPort: 8123, waitMs: 60_000 },
  });
  expect(JSON.stringify(full)).not.toContain('s3cret');
  expect(typeof full === 'object' && full.oauth.clientSecret?.reveal()).toBe('s3cret');
  expect(local).toBe('no_url');
  expect(header).toBe('not_oauth');
  expect(odd).toMatchObject({ oauth: { redirectPort: undefined, waitMs: undefined } });
});

test('a config without servers has none, whatever else stands there', async () => {
  expect(await readMcpServers(home, () => undefined)).toEqual([]);
  writeFileSync(home.configFile, 'mcp_servers: [1]\n');
  expect(await readMcpServers(home, () => undefined)).toEqual([]);
});
