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
  /** Sent as `client_secret` in the body; public clients have none. */
  readonly clientSecret?: Secret;
}

/** What a request needs of the context of a login or a refresh. */
export type SendContext = Pick<LoginContext & RefreshContext, 'clock' | 'http' | 'signal'>;
