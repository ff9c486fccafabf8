import { escapeControls, shellWord } from '../../base/text.ts';
import type { AwsIdentity } from '../../providers/aws-identity.ts';

const STATES: Readonly<Record<AwsIdentity['state'], string>> = {
  known: '',
  no_credentials: 'no credentials',
  bearer_token: 'a Bedrock token has no identity',
  refused: 'AWS refused the credentials',
  unreachable: 'no answer from AWS',
  not_asked: 'the profile starts a program, which is not started for this',
};

/** The block of the summary about AWS, in Hermes' form (cli-surface §8); empty where there is none. */
export function viewAws(identity: AwsIdentity | undefined): string {
  if (identity === undefined) return '';
  const { state, source, profile, ssoProfile, region, arn, error } = identity;
  const auth = source ?? (profile === undefined ? 'unknown' : `profile ${profile}`);
  const isEnded = state === 'refused' && ssoProfile !== undefined;
  const why = isEnded
    ? `its SSO login has ended: aws sso login --profile ${shellWord(ssoProfile)}`
    : [STATES[state], error].filter((text) => text !== undefined).join(': ');
  const who = arn ?? `(could not resolve: ${why})`;
  return [
    'bedrock (AWS SDK credential chain):',
    `  Auth: ${escapeControls(auth)}`,
    `  Region: ${escapeControls(region)}`,
    `  Identity: ${escapeControls(who)}`,
    '',
    '',
  ].join('\n');
}

export function awsToJson(identity: AwsIdentity | undefined): object | null {
  if (identity === undefined) return null;
  const { state, source, profile, region, account, arn, error } = identity;
  return {
    state,
    source: source ?? null,
    profile: profile ?? null,
    region,
    account: account ?? null,
    arn: arn ?? null,
    error: error ?? null,
  };
}
