import { createHash, createHmac } from 'node:crypto';
import type { Hosts } from './internet.ts';
import { formFields, type Handler, refuseUnless, type SimRequest } from './simulator.ts';

/** Credentials that STS knows. */
export interface AwsUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end. */
  readonly sessionToken?: string;
  readonly account: string;
  readonly arn: string;
}

export interface AwsSimOptions {
  readonly region: string;
  readonly users: readonly AwsUser[];
  /** STS answers so in place of an identity. */
  readonly refusal?: { readonly status: number; readonly code: string };
  /** A login of the SSO portal: its bearer token, and the user that the role becomes. */
  readonly sso?: {
    readonly token: string;
    readonly accountId: string;
    readonly roleName: string;
    readonly user: AwsUser;
  };
}

/** STS of one region, and the SSO portal. STS checks each signature (SigV4), so the secret never comes. */
export function awsSim(options: AwsSimOptions): Hosts {
  const { region, users, refusal, sso } = options;
  const sts: Handler = (request) => {
    refuseUnless(request.method === 'POST' && request.path === '/', 'POST /');
    refuseUnless([...request.query].length === 0, 'no query');
    const fields = formFields(request, ['Action', 'Version']);
    refuseUnless(fields.Action === 'GetCallerIdentity', 'GetCallerIdentity');
    refuseUnless(fields.Version === '2011-06-15', 'the version of 2011-06-15');
    if (refusal !== undefined) {
      const xml = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>The security token is invalid.</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
      return { status: refusal.status, headers: { 'content-type': 'text/xml' }, body: xml };
    }
    const user = signer(request, users, region);
    return {
      headers: { 'content-type': 'text/xml' },
      body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${user.arn}</Arn><UserId>AIDA</UserId><Account>${user.account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    };
  };
  const portal: Handler = (request) => {
    refuseUnless(sso !== undefined, 'no SSO');
    refuseUnless(
      request.method === 'GET' && request.path === '/federation/credentials',
      'the role',
    );
    const query = Object.fromEntries(request.query);
    refuseUnless(
      query.account_id === sso.accountId && query.role_name === sso.roleName,
      'the role',
    );
    refuseUnless(request.headers['x-amz-sso_bearer_token'] === sso.token, 'the token of the cache');
    const { accessKeyId, secretAccessKey, sessionToken } = sso.user;
    const roleCredentials = {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: Date.now() + 3_600_000,
    };
    return { body: { roleCredentials } };
  };
  return {
    [`sts.${region}.amazonaws.com`]: sts,
    ...(sso === undefined ? {} : { [`portal.sso.${region}.amazonaws.com`]: portal }),
  };
}

/** The user whose secret made the signature (AWS Signature Version 4). */
function signer(request: SimRequest, users: readonly AwsUser[], region: string): AwsUser {
  const [, key, date, where, signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/sts\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  const user = users.find(({ accessKeyId }) => accessKeyId === key);
  refuseUnless(user !== undefined, 'a known access key');
  refuseUnless(where === region, `a signature for ${region}`);
  refuseUnless(request.headers['x-amz-security-token'] === user.sessionToken, 'the session token');
  const names = signed.split(';');
  refuseUnless(names.includes('host') && names.includes('x-amz-date'), 'host and date signed');
  const canonical = [
    request.method,
    request.path,
    '',
    ...names.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    sha256(request.body),
  ].join('\n');
  const scope = `${date}/${region}/sts/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)];
  const signingKey = [date ?? '', region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${user.secretAccessKey}`,
  );
  const right = createHmac('sha256', signingKey).update(text.join('\n')).digest('hex');
  refuseUnless(right === signature, 'a signature by the secret of that key');
  return user;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
