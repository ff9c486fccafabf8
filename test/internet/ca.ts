import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate and its private key, as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What may be wrong with a host's certificate. */
export type BadCertificate = 'expired' | 'self-signed' | 'wrong-host';

/** A certificate authority of one test, trusted by whoever gets `cert` as NODE_EXTRA_CA_CERTS. */
export interface Authority {
  readonly cert: string;
  issue(host: string, bad?: BadCertificate): Promise<Identity>;
}

const DAY_MS = 86_400_000;
const CURVE = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

export async function createAuthority(): Promise<Authority> {
  // Two authorities of one name would be mixed up: issuers are found by name.
  const name = `gormes test authority ${randomUUID()}`;
  const root = await generate([{ name: 'commonName', value: name }], {
    ...CURVE,
    ...validity(-1, 30),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { key: root.private, cert: root.cert };
  return {
    cert: root.cert,
    issue: async (host, bad) => {
      const name = bad === 'wrong-host' ? 'somebody.else.example' : host;
      const made = await generate([{ name: 'commonName', value: name }], {
        ...CURVE,
        ...(bad === 'expired' ? validity(-30, -1) : validity(-1, 30)),
        ...(bad === 'self-signed' ? {} : { ca }),
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
        ],
      });
      return { key: made.private, cert: made.cert };
    },
  };
}

/** Days from now. */
function validity(from: number, to: number) {
  const now = Date.now();
  return {
    notBeforeDate: new Date(now + from * DAY_MS),
    notAfterDate: new Date(now + to * DAY_MS),
  };
}
