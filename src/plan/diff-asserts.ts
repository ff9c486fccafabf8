import { shellWord } from '../base/text.ts';
import type { DesiredProvider } from '../config/desired.ts';
import type { AwsIdentity } from '../providers/aws-identity.ts';
import type { UnknownChange } from './change.ts';
import type { PlanInput } from './context.ts';

/**
 * What is asserted of AWS (`bedrock:`), against what AWS says. Undefined when it holds. What is
 * contradicted, or cannot be because there are no credentials, leaves the declaration unfulfilled;
 * what could not be asked does not.
 */
export function diffAsserts(
  { outside }: PlanInput,
  { id, asserts }: DesiredProvider,
): UnknownChange | undefined {
  if (asserts === undefined || Object.keys(asserts).length === 0) return undefined;
  const common = { action: 'unknown', address: id, provider: id } as const;
  const unchecked = (why: string): UnknownChange => ({
    ...common,
    reason: 'not_checkable',
    detail: `asserted, not checked (${why}): ${listed(asserts)}`,
    unfulfilled: false,
  });
  const failed = (detail: string, hint?: string): UnknownChange => ({
    ...common,
    reason: 'assertion_failed',
    detail,
    unfulfilled: true,
    ...(hint === undefined ? {} : { hint }),
  });
  const aws = outside?.aws;
  if (aws === undefined) return unchecked('nobody asked AWS');
  const wrong = contradictions(asserts, aws);
  if (wrong.length > 0) return failed(wrong.join('; '));
  switch (aws.state) {
    case 'known':
      return undefined;
    case 'no_credentials':
      return failed(`no AWS credentials are found; asserted: ${listed(asserts)}`);
    case 'refused':
      return aws.ssoProfile === undefined
        ? failed(`AWS refuses the credentials of ${aws.source ?? 'the chain'} (${aws.error})`)
        : failed(
            `the SSO login of profile ${aws.ssoProfile} has ended (${aws.error})`,
            `aws sso login --profile ${shellWord(aws.ssoProfile)}`,
          );
    case 'bearer_token':
      return asserts.account === undefined && asserts.profile === undefined
        ? undefined
        : unchecked('a Bedrock token tells no account');
    case 'unreachable':
      return unchecked(`AWS did not answer: ${aws.error}`);
    case 'not_asked':
      return unchecked(`profile ${aws.profile} uses credential_process, which is not run`);
    default:
      return aws.state satisfies never;
  }
}

type Asserts = NonNullable<DesiredProvider['asserts']>;

function contradictions(asserts: Asserts, aws: AwsIdentity): string[] {
  const found: string[] = [];
  const { profile, region, account } = asserts;
  // Without an answer in time nothing of it was read.
  const isRead = aws.state !== 'unreachable' || aws.source !== undefined;
  if (
    profile !== undefined &&
    isRead &&
    aws.state !== 'no_credentials' &&
    profile !== aws.profile
  ) {
    const now = aws.profile ?? (aws.source === undefined ? 'none' : `none, but ${aws.source}`);
    found.push(`profile is ${now}, not ${profile}`);
  }
  if (region !== undefined && isRead && region !== aws.region) {
    found.push(`region is ${aws.region}, not ${region}`);
  }
  if (account !== undefined && aws.state === 'known' && account !== aws.account) {
    found.push(`account is ${aws.account ?? 'not told'}, not ${account}`);
  }
  return found;
}

function listed(asserts: Asserts): string {
  return Object.entries(asserts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
