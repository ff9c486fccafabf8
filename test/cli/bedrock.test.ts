import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { expect, test } from 'vitest';
import { type AwsUser, awsSim } from '../internet/aws.ts';
import { declare, planned } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

const ACCOUNT = '123456789012';

function user(name: string, account = ACCOUNT, more: Partial<AwsUser> = {}): AwsUser {
  return {
    accessKeyId: `AKIA${name.toUpperCase()}`,
    secretAccessKey: `aws-secret-of-${name}-${'s'.repeat(20)}`,
    account,
    arn: `arn:aws:iam::${account}:user/${name}`,
    ...more,
  };
}

function variablesOf({ accessKeyId, secretAccessKey }: AwsUser): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

/** What a plan says of `bedrock:`; undefined when it holds. */
async function findings(
  world: World,
  asserts: string,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  declare(world, `providers:\n  bedrock: ${asserts}\n`);
  const run = await world.gormes(['auth', 'plan', '--json'], { env });
  expect(run.stderr).toBe('');
  const { changes } = JSON.parse(run.stdout);
  return changes[0] && `${changes[0].reason} ${changes[0].unfulfilled}: ${changes[0].detail}`;
}

test('keys in variables hold what is asserted, or fail with what was found', async () => {
  const alice = user('alice');
  await using world = await startWorld({ hosts: awsSim({ region: 'us-east-1', users: [alice] }) });
  world.secret('secret key', alice.secretAccessKey);
  const env = variablesOf(alice);
  expect(
    await findings(world, `{ account: "${ACCOUNT}", region: us-east-1 }`, env),
  ).toBeUndefined();
  expect(await findings(world, '{ account: "999999999999" }', env)).toBe(
    `assertion_failed true: account is ${ACCOUNT}, not 999999999999`,
  );
  expect(await findings(world, '{ profile: ai, account: "1" }', env)).toBe(
    `assertion_failed true: profile is none, but AWS_ACCESS_KEY_ID, not ai; account is ${ACCOUNT}, not 1`,
  );
  const apply = await world.gormes(['auth', 'apply', '--yes'], { env });
  expect(apply.exitCode).toBe(4);
  expect(apply.stdout).toContain('assertion_failed');
});

test("keys in the home's .env count, and win over a profile, as they do for Hermes", async () => {
  const alice = user('alice');
  await using world = await startWorld({ hosts: awsSim({ region: 'eu-west-1', users: [alice] }) });
  world.home.write(
    '.env',
    `AWS_ACCESS_KEY_ID=${alice.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${alice.secretAccessKey}\nAWS_REGION=eu-west-1\n`,
  );
  const asserts = `{ account: "${ACCOUNT}", region: eu-west-1 }`;
  expect(await findings(world, asserts, { AWS_PROFILE: 'other' })).toBeUndefined();
});

test('profiles of the shared files, one that takes on the region, one that is not there', async () => {
  const main = user('main');
  const ai = user('ai', '210987654321');
  await using world = await startWorld({
    hosts: {
      ...awsSim({ region: 'us-east-1', users: [main] }),
      ...awsSim({ region: 'eu-central-1', users: [ai] }),
    },
  });
  const entry = ({ accessKeyId, secretAccessKey }: AwsUser) =>
    `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  world.write('~/.aws/credentials', `[default]\n${entry(main)}[ai]\n${entry(ai)}`);
  world.write('~/.aws/config', '[profile ai]\nregion = eu-central-1\n');
  expect(await findings(world, `{ profile: default, account: "${ACCOUNT}" }`, {})).toBeUndefined();
  const env = { AWS_PROFILE: 'ai' };
  const asserts = '{ profile: ai, region: eu-central-1, account: "210987654321" }';
  expect(await findings(world, asserts, env)).toBeUndefined();
  expect(await findings(world, '{ profile: ai }', {})).toBe(
    'assertion_failed true: profile is default, not ai',
  );
  const missing = { AWS_PROFILE: 'nobody' };
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, missing)).toBe(
    'assertion_failed true: AWS refuses the credentials of AWS_PROFILE (CredentialsProviderError)',
  );
});

test('a login in the SSO cache becomes the role; one that has run out is told', async () => {
  const role = user('role', ACCOUNT, { sessionToken: `session-${'t'.repeat(24)}` });
  const token = `sso-token-${'x'.repeat(24)}`;
  const startUrl = 'https://acme.awsapps.com/start';
  await using world = await startWorld({
    hosts: awsSim({
      region: 'us-east-1',
      users: [role],
      sso: { token, accountId: ACCOUNT, roleName: 'Dev', user: role },
    }),
  });
  world.secret('sso token', token);
  world.secret('session token', role.sessionToken ?? '');
  const config = world.write(
    '~/.aws/config',
    `[profile dev]\nsso_start_url = ${startUrl}\nsso_region = us-east-1\nsso_account_id = ${ACCOUNT}\nsso_role_name = Dev\n`,
  );
  const cache = (expiresAt: string) =>
    world.write(
      `~/.aws/sso/cache/${createHash('sha1').update(startUrl).digest('hex')}.json`,
      JSON.stringify({ startUrl, region: 'us-east-1', accessToken: token, expiresAt }),
    );
  const env = { AWS_PROFILE: 'dev' };
  cache(new Date(Date.now() + 3_600_000).toISOString());
  expect(await findings(world, `{ profile: dev, account: "${ACCOUNT}" }`, env)).toBeUndefined();
  cache('2020-01-01T00:00:00Z');
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toBe(
    'assertion_failed true: the SSO login of profile dev has ended (CredentialsProviderError)',
  );
  const hint = 'hint: aws sso login --profile dev\n';
  expect((await world.gormes(['auth', 'plan'], { env })).stdout).toContain(hint);
  expect((await world.gormes(['auth', 'apply', '--yes'], { env })).stdout).toContain(hint);
  expect((await world.gormes(['auth'], { env })).stdout).toContain(
    '(could not resolve: its SSO login has ended: aws sso login --profile dev)',
  );
  // A role that the login of another profile takes on.
  appendFileSync(
    config,
    '[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = dev\n',
  );
  const assumed = await world.gormes(['auth', 'plan'], { env: { AWS_PROFILE: 'role' } });
  expect(assumed.stdout).toContain(hint);
});

test('without any credentials it says so; a region alone is checked all the same', async () => {
  await using world = await startWorld();
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, {})).toBe(
    `assertion_failed true: no AWS credentials are found; asserted: account ${ACCOUNT}`,
  );
  expect(await findings(world, '{ region: eu-west-3 }', {})).toBe(
    'assertion_failed true: region is us-east-1, not eu-west-3',
  );
});

test('without a network nothing is known, and nothing is held against the home', async () => {
  await using world = await startWorld();
  const asserts = `{ account: "${ACCOUNT}" }`;
  expect(await findings(world, asserts, variablesOf(user('alice')))).toBe(
    `not_checkable false: asserted, not checked (AWS did not answer: proxy): account ${ACCOUNT}`,
  );
  const run = await world.gormes(['auth', 'plan', '--detailed-exitcode'], {
    env: variablesOf(user('alice')),
  });
  expect(run.exitCode).toBe(0);
});

test.each([
  [
    'keys that are wrong',
    { status: 403, code: 'InvalidClientTokenId' },
    'assertion_failed true: AWS refuses the credentials of AWS_ACCESS_KEY_ID (InvalidClientTokenId)',
  ],
  ['a session that has run out', { status: 403, code: 'ExpiredToken' }, '(ExpiredToken'],
  ['a service that is down', { status: 503, code: 'ServiceUnavailable' }, 'not_checkable false'],
])('STS about %s', async (_name, refusal, text) => {
  const alice = user('alice');
  const hosts = awsSim({ region: 'us-east-1', users: [alice], refusal });
  await using world = await startWorld({ hosts });
  const found = await findings(world, `{ account: "${ACCOUNT}" }`, variablesOf(alice));
  expect(found).toContain(text);
});

test('a Bedrock token tells no account, and is sent nowhere', async () => {
  await using world = await startWorld({ hosts: {} });
  const env = { AWS_BEARER_TOKEN_BEDROCK: world.canary('bedrock token') };
  expect(await findings(world, '{ region: us-east-1 }', env)).toBeUndefined();
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toContain('not_checkable false');
  expect(world.internet?.connects).toEqual([]);
});

test('a profile with credential_process is told, and its program is not started', async () => {
  await using world = await startWorld();
  world.program('aws-vault', { stdout: '{}' });
  world.write(
    '~/.aws/config',
    '[profile vault]\ncredential_process = aws-vault export\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = vault\n',
  );
  for (const profile of ['vault', 'role']) {
    const env = { AWS_PROFILE: profile };
    expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toContain('credential_process');
  }
  expect(world.calls('aws-vault')).toEqual([]);
});

/** A metadata service; without an answer it keeps every question open. */
async function metadata(
  answer?: Record<string, string>,
): Promise<{ env: Record<string, string>; server: Server }> {
  const server = createServer((request, response) => {
    if (answer === undefined) return;
    response.end(answer[request.url ?? ''] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const endpoint = `http://127.0.0.1:${address.port}`;
  return {
    env: {
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
    },
    server,
  };
}

test('the role of a machine is found at its metadata service', async () => {
  const role = user('machine', ACCOUNT, { sessionToken: `imds-${'t'.repeat(24)}` });
  await using world = await startWorld({ hosts: awsSim({ region: 'us-east-1', users: [role] }) });
  const path = '/latest/meta-data/iam/security-credentials/';
  const { env, server } = await metadata({
    '/latest/api/token': 'metadata-token',
    [path]: 'worker',
    [`${path}worker`]: JSON.stringify({
      Code: 'Success',
      AccessKeyId: role.accessKeyId,
      SecretAccessKey: role.secretAccessKey,
      Token: role.sessionToken,
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  });
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toBeUndefined();
  server.close();
});

test('a slow metadata service does not hold up the plan, which ends with what is known', async () => {
  await using world = await startWorld();
  const { env, server } = await metadata();
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toMatch(
    /no AWS credentials are found|AWS did not answer: nothing within 2 s/,
  );
  server.closeAllConnections();
  server.close();
});

test('an STS that keeps its answer is not waited for; what the machine itself tells still counts', async () => {
  await using world = await startWorld({
    hosts: { 'sts.us-east-1.amazonaws.com': () => ({ raw: () => undefined }) },
  });
  const env = variablesOf(user('alice'));
  expect(await findings(world, `{ account: "${ACCOUNT}" }`, env)).toContain(
    'not_checkable false: asserted, not checked (AWS did not answer: nothing within 2 s)',
  );
  expect(await findings(world, '{ region: eu-west-3 }', env)).toBe(
    'assertion_failed true: region is us-east-1, not eu-west-3',
  );
});

test('auth status bedrock stays offline', async () => {
  await using world = await startWorld({ hosts: {} });
  const env = variablesOf(user('alice'));
  const run = await world.gormes(['auth', 'status', 'bedrock', '--json'], { env });
  expect(JSON.parse(run.stdout)).toMatchObject({ logged_in: true, source: 'AWS_ACCESS_KEY_ID' });
  expect(world.internet?.connects).toEqual([]);
});

test('a declaration without bedrock asks AWS nothing', async () => {
  await using world = await startWorld({ hosts: {} });
  declare(world, 'providers: { openrouter: { strategy: fill_first } }\n');
  const { changes } = await planned(world);
  expect(changes).toEqual([]);
  expect(world.internet?.connects).toEqual([]);
});
