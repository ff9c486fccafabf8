import { CANARY, HOSTILE, type Maker, mutate } from './hostile-text.ts';
import type { Dice } from './sizes.ts';

/** What the listener of a login expects; the port is put in by whoever sends the request. */
export const CALLBACK = { path: '/callback', state: 'S'.repeat(43), port: '@PORT@' } as const;

const ENV = `# keys
OPENROUTER_API_KEY=sk-or-1
export GLM_API_KEY="two words"
  INDENTED = 'single' # comment
EMPTY=
DOUBLE="a \\"quoted\\" \\n b"
OPENROUTER_API_KEY=sk-or-2
NO_END=last`;

/** An `.env` that looks like one from afar. */
export function makeEnv(dice: Dice): string {
  if (dice.below(60) === 0)
    return dice.pick<Maker>([
      () => `A="${'x'.repeat(500_000)}`,
      () => 'A=1\n'.repeat(50_000),
      () => 'x'.repeat(2 * 1024 * 1024),
      () => `${"A='".repeat(30_000)}`,
      () => '\\'.repeat(200_000),
    ])();
  const value = (): string =>
    dice.pick<Maker>([
      () => dice.pick(HOSTILE),
      () => JSON.stringify(dice.pick(HOSTILE)),
      () => `'${dice.pick(HOSTILE)}'`,
      () => `"${dice.pick(HOSTILE)}`,
      () => `plain-${dice.below(1000)} # ${dice.pick(HOSTILE)}`,
      () => `\${${dice.pick(HOSTILE)}}`,
    ])();
  const name = (): string =>
    dice.below(6) === 0
      ? dice.pick(HOSTILE)
      : dice.pick(['XAI_API_KEY', 'A', 'B_1', 'export C', 'PATH']);
  const lines = Array.from({ length: dice.below(12) }, () => `${name()}=${value()}`);
  const text = dice.below(2) === 0 ? ENV : lines.join(dice.pick(['\n', '\r\n', '\r', '\u2028']));
  return mutate(dice, text);
}

/** A request to the listener of a login, as bytes on the wire; some are right. */
export function makeCallback(dice: Dice): string {
  const { path, state, port } = CALLBACK;
  const states = [state, state.slice(1), `${state}S`, '', state.toLowerCase(), '%53'.repeat(43)];
  const parameter = (): string =>
    dice.pick<Maker>([
      () => `state=${dice.pick(['', ...states])}`,
      () => `code=${dice.pick(['c', '', CANARY.text, encodeURIComponent(dice.pick(HOSTILE))])}`,
      () => `error=${dice.pick(['access_denied', '', encodeURIComponent(dice.pick(HOSTILE))])}`,
      () => `error_description=${encodeURIComponent(dice.pick(HOSTILE))}`,
      () => encodeURIComponent(dice.pick(HOSTILE)),
      () => `x=${'y'.repeat(dice.below(3) * 9000)}`,
    ])();
  const query = Array.from({ length: dice.below(5) }, parameter).join('&');
  const target = dice.pick<Maker>([
    () => `${path}?code=c&state=${state}`,
    () => `${path}?${query}`,
    () => `${path}?${query}`,
    () =>
      `${dice.pick(['/', '/callback/', '//callback', '/callback;', '*', 'http://evil/'])}?${query}`,
    () => `${path}?state=${state}&${query}`,
  ])();
  const host = dice.pick([
    `127.0.0.1:${port}`,
    `127.0.0.1:${port}`,
    `LOCALHOST:${port}`,
    'evil.example',
    `localhost.evil.example:${port}`,
    `127.0.0.1:${port}@evil.example`,
    '',
  ]);
  const method = dice.pick(['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'get', 'PRI']);
  const head = [
    `${method} ${target} HTTP/${dice.pick(['1.1', '1.1', '1.0', '2.0'])}`,
    ...(dice.below(8) === 0 ? [] : [`Host: ${host}`]),
    ...(dice.below(8) === 0 ? ['Host: evil.example'] : []),
    ...(dice.below(5) === 0 ? ['Origin: https://evil.example'] : []),
    ...(dice.below(9) === 0 ? [`Content-Length: ${dice.pick(['5', '-1', '99999999'])}`] : []),
    ...(dice.below(9) === 0 ? ['Transfer-Encoding: chunked'] : []),
    ...(dice.below(9) === 0 ? [`X-A: ${dice.pick(HOSTILE)}`] : []),
    'Connection: close',
  ];
  const text = `${head.join('\r\n')}\r\n\r\n`;
  return dice.below(3) === 0 ? mutate(dice, text) : text;
}

const STATUSES = ['200', '200', '200', '200', '201', '204', '302', '400', '400', '401', '403'];
const ANSWER = [
  ...['access_token', 'refresh_token', 'id_token', 'expires_in', 'token_type', 'scope', 'error'],
  ...['error_description', 'account', 'resource_url', 'inference_base_url', 'portal_base_url'],
  ...['expired_in', 'status', 'base_resp', 'data', 'notification', '__proto__', 'agent_key'],
] as const;

/** The status on a line, then the body that a token endpoint answers with. */
export function makeAnswer(dice: Dice): string {
  const status = dice.pick(['200', ...STATUSES, '429', '500', '503']);
  if (dice.below(60) === 0)
    return `${status}\n${dice.pick<Maker>([
      () => '['.repeat(100_000),
      () => `{"access_token":"${'x'.repeat(500_000)}"}`,
      () => `{"access_token":"a","expires_in":${'9'.repeat(10_000)}}`,
      () => `{${'"a":{'.repeat(20_000)}`,
      () => '<html>'.repeat(50_000),
      () => '',
    ])()}`;
  const value = (key: string): string =>
    dice.pick<Maker>([
      () => JSON.stringify(`${CANARY.text}-${key}`),
      () => JSON.stringify(`${CANARY.text}-${key}`),
      () => JSON.stringify(dice.pick(HOSTILE)),
      () => (/url|data/.test(key) ? '"https://evil.example/v1"' : '"plain"'),
      () => dice.pick(['3600', '0', '-1', '1e400', '1e12', '"3600"', 'null', 'true', '{}', '[]']),
      () => `{"access_token":${JSON.stringify(dice.pick(HOSTILE))}}`,
    ])();
  const keys = [
    ...ANSWER.filter(() => dice.below(3) > 0),
    ...ANSWER.filter(() => dice.below(9) === 0),
  ];
  const body = `{${keys.map((key) => `"${key}":${value(key)}`).join(',')}}`;
  return `${status}\n${dice.below(3) === 0 ? mutate(dice, body) : body}`;
}
