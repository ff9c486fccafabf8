import type { Secret } from '../../base/secret.ts';
import type { LoginContext, RefreshContext } from '../oauth.ts';

/** An authorization server that speaks the standard, and what we are to it. */
export interface Server {
  /** For messages: `xAI`. */
  readonly provider: string;
  /** Compared with the `iss` of a callback that carries one (RFC 9207). */
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly authorizeUrl?: string;
  readonly deviceUrl?: string;
  readonly clientId: string;
  /** Public clients have none. */
  readonly clientSecret?: Secret;
  /** How the secret is sent: in the body (the default), or as HTTP Basic (RFC 6749 §2.3.1). */
  readonly clientAuth?: 'post' | 'basic';
  /** True where every callback must carry `iss` (RFC 9207 §3). */
  readonly namesIssuer?: boolean;
  /** What the tokens are for (RFC 8707); sent with the code too. */
  readonly resource?: string;
}

/** What a request needs of the context of a login or a refresh. */
export type SendContext = Pick<LoginContext & RefreshContext, 'clock' | 'http' | 'signal'>;
