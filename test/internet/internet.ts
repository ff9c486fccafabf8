import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './ca.ts';
import { startProxy } from './proxy.ts';
import type { Handler, HostSimulator, SimRequest } from './simulator.ts';

/** Simulators by host name. */
export type Hosts = Readonly<Record<string, Handler | HostSimulator>>;

/**
 * A simulated internet. A program that gets `env` finds these hosts and no other. Disposing it
 * throws when a host or request came that nobody expected, or an expected one never came.
 */
export interface Internet extends AsyncDisposable {
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS. */
  readonly env: Readonly<Record<string, string>>;
  /** The certificate that `env` makes trusted, as PEM and as file. */
  readonly authority: { readonly cert: string; readonly file: string };
  readonly requests: readonly SimRequest[];
  /** Hosts to which the program asked for a connection. */
  readonly connects: readonly string[];
  /** For tests in which a problem is the point: takes them out. */
  takeProblems(): string[];
}

export async function startInternet(options: { readonly hosts: Hosts }): Promise<Internet> {
  const hosts = new Map(
    Object.entries(options.hosts).map(([name, host]) => {
      return [name, typeof host === 'function' ? { handle: host } : host] as const;
    }),
  );
  const authority = await createAuthority();
  const proxy = await startProxy(hosts, authority);
  const dir = mkdtempSync(join(tmpdir(), 'gormes-internet-'));
  const file = join(dir, 'authority.pem');
  writeFileSync(file, authority.cert);
  const takeProblems = () => {
    const missing = [...hosts].flatMap(([name, host]) =>
      (host.missing?.() ?? []).map((what) => `${name} never got ${what}`),
    );
    return [...proxy.problems.splice(0), ...missing];
  };
  return {
    env: {
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      NO_PROXY: '',
      NODE_EXTRA_CA_CERTS: file,
    },
    authority: { cert: authority.cert, file },
    requests: proxy.requests,
    connects: proxy.connects,
    takeProblems,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
      const problems = takeProblems();
      if (problems.length > 0) throw new Error(`on the simulated internet: ${problems.join('; ')}`);
    },
  };
}
