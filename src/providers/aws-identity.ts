/** Who AWS says that this machine is; undefined members are not known. */
export interface AwsIdentity {
  readonly state: /** STS told the account. */
    | 'known'
    /** Nothing in the chain has credentials. */
    | 'no_credentials'
    /** `AWS_BEARER_TOKEN_BEDROCK`: it works for Bedrock alone, STS takes no such token. */
    | 'bearer_token'
    /** STS said no: the credentials have run out or are wrong. */
    | 'refused'
    /** No answer in time, or no network. */
    | 'unreachable'
    /** The profile gets its credentials from a program, which is not started for this. */
    | 'not_asked';
  /** The variable, file or service that the credentials come from; undefined with none. */
  readonly source: string | undefined;
  /** The profile in use; undefined where variables or a service give the credentials. */
  readonly profile: string | undefined;
  /** The profile whose SSO login gives the credentials: `aws sso login` renews it. */
  readonly ssoProfile: string | undefined;
  readonly region: string;
  readonly account: string | undefined;
  readonly arn: string | undefined;
  /** AWS's error code, or what the network did, where that is known. */
  readonly error: string | undefined;
}
