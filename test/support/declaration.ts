import type { RunOptions, World } from './world.ts';

/** Writes `gormes.auth.yaml` into the working directory of a world. */
export function declare(world: World, yaml: string): void {
  world.write('gormes.auth.yaml', `version: 1\nname: test\n${yaml}`);
}

/** Applies and expects that it went through and left nothing to do. */
export async function applied(world: World, args: readonly string[] = []): Promise<string> {
  const apply = await world.gormes(['auth', 'apply', '--yes', ...args]);
  if (apply.exitCode !== 0)
    throw new Error(`apply exited ${apply.exitCode}: ${apply.stdout}${apply.stderr}`);
  const again = await world.gormes(['auth', 'plan', '--detailed-exitcode']);
  if (again.exitCode !== 0)
    throw new Error(`not empty after apply: ${again.stdout}${again.stderr}`);
  return apply.stdout;
}

/** A plan as JSON. */
export interface PlanDocument {
  readonly empty: boolean;
  readonly changes: readonly {
    readonly action: string;
    readonly address: string;
    readonly reason: string;
    readonly [field: string]: unknown;
  }[];
  readonly drift: readonly { readonly address: string; readonly cause: string }[];
  readonly unmanaged: Readonly<Record<string, number>>;
}

/** Plans and returns the document. */
export async function planned(
  world: World,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<PlanDocument> {
  const run = await world.gormes(['auth', 'plan', '--json', ...args], options);
  if (run.stdout === '') throw new Error(`plan exited ${run.exitCode}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

/** `action address reason` of each change, in order. */
export function lines(plan: PlanDocument): string[] {
  return plan.changes.map(({ action, address, reason }) => `${action} ${address} ${reason}`);
}
