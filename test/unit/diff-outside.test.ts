import { expect, test } from 'vitest';
import type { DesiredProvider } from '../../src/config/desired.ts';
import type { PlanInput } from '../../src/plan/context.ts';
import { diffAsserts } from '../../src/plan/diff-asserts.ts';
import { diffSession } from '../../src/plan/diff-session.ts';
import { EMPTY_LEDGER } from '../../src/pool/ledger.ts';
import type { LiveSession } from '../../src/pool/session.ts';
import type { AwsIdentity } from '../../src/providers/aws-identity.ts';

const KNOWN: AwsIdentity = {
  state: 'known',
  source: 'AWS_PROFILE',
  profile: 'ai',
  ssoProfile: undefined,
  region: 'us-east-1',
  account: '111111111111',
  arn: 'arn:aws:iam::111111111111:user/a',
  error: undefined,
};

type Asserts = NonNullable<DesiredProvider['asserts']>;

function asserted(asserts: Asserts, aws: Partial<AwsIdentity> | undefined): string | undefined {
  const provider = { id: 'bedrock', asserts } as DesiredProvider;
  const outside = aws && { aws: { ...KNOWN, ...aws } };
  const change = diffAsserts({ outside } as PlanInput, provider);
  return change && `${change.reason} ${change.unfulfilled}`;
}

const HOLDS = undefined;
const FAILS = 'assertion_failed true';
const UNKNOWN = 'not_checkable false';
const GONE = { account: undefined, arn: undefined };

test.each<[string, Asserts, Partial<AwsIdentity> | undefined, string | undefined]>([
  [
    'everything is as asserted',
    { profile: 'ai', region: 'us-east-1', account: '111111111111' },
    {},
    HOLDS,
  ],
  ['the account differs', { account: '2' }, {}, FAILS],
  ['the region differs', { region: 'x' }, {}, FAILS],
  ['the profile differs', { profile: 'x' }, {}, FAILS],
  ['variables stand in place of the profile', { profile: 'ai' }, { profile: undefined }, FAILS],
  ['nobody looked', { account: '2' }, undefined, UNKNOWN],
  [
    'there are no credentials',
    { region: 'us-east-1' },
    { ...GONE, state: 'no_credentials', source: undefined, profile: undefined },
    FAILS,
  ],
  [
    'the credentials are refused',
    { account: '2' },
    { ...GONE, state: 'refused', error: 'ExpiredToken' },
    FAILS,
  ],
  [
    'AWS does not answer',
    { account: '2' },
    { ...GONE, state: 'unreachable', error: 'dns' },
    UNKNOWN,
  ],
  [
    'AWS does not answer, and the region differs',
    { region: 'x' },
    { ...GONE, state: 'unreachable', error: 'dns' },
    FAILS,
  ],
  [
    'nothing was read in time',
    { region: 'x', profile: 'y' },
    { ...GONE, state: 'unreachable', source: undefined, profile: undefined, error: 'timeout' },
    UNKNOWN,
  ],
  [
    'a Bedrock token, and a region',
    { region: 'us-east-1' },
    { ...GONE, state: 'bearer_token', profile: undefined },
    HOLDS,
  ],
  [
    'a Bedrock token, and an account',
    { account: '2' },
    { ...GONE, state: 'bearer_token', profile: undefined },
    UNKNOWN,
  ],
  ['a program that is not run', { account: '2' }, { ...GONE, state: 'not_asked' }, UNKNOWN],
  [
    'a program that is not run, of another profile',
    { profile: 'x' },
    { ...GONE, state: 'not_asked' },
    FAILS,
  ],
])('assertions when %s', (_name, asserts, aws, expected) => {
  expect(asserted(asserts, aws)).toBe(expected);
});

function session(
  declared: Partial<NonNullable<DesiredProvider['session']>>,
  live: Partial<LiveSession> | undefined,
): string | undefined {
  const provider = {
    id: 'spotify',
  } as unknown as DesiredProvider;
  const wish = {
    state: 'logged_in',
    protect: false,
    clientId: undefined,
    scopes: [],
    ...declared,
  } as const;
  const stored = {
    provider: 'spotify',
    usable: true,
    clientId: 'a',
    scopes: ['s1', 's2'],
    ...live,
  };
  const input = {
    desired: { name: 'test' },
    live: { sessions: live === undefined ? [] : [stored] },
    ledger: {
      ...EMPTY_LEDGER,
      sessions: new Map([['spotify', { declaration: 'test', client: 'a', protect: false }]]),
    },
  } as unknown as PlanInput;
  const [change] = diffSession(input, provider, wish).changes;
  return change && `${change.action} ${change.reason}`;
}

test.each<
  [string, Parameters<typeof session>[0], Parameters<typeof session>[1], string | undefined]
>([
  ['there is none', {}, undefined, 'login not_in_pool'],
  ['it works and nothing is declared of it', {}, {}, undefined],
  ['app and scopes are as declared', { clientId: 'a', scopes: ['s2', 's1'] }, {}, undefined],
  ['it may do more than declared', { scopes: ['s1'] }, {}, undefined],
  ['it is dead', { clientId: 'b' }, { usable: false }, 'relogin token_dead'],
  ['it is of another app', { clientId: 'b' }, {}, 'relogin client_changed'],
  ['a scope is missing', { scopes: ['s1', 's3'] }, {}, 'relogin scopes_changed'],
])('a declared session when %s', (_name, declared, live, expected) => {
  expect(session(declared, live)).toBe(expected);
});
