import type { ListedTrust, Trusted } from '../../apply/trust-programs.ts';
import { describePrograms } from '../../apply/trust-subject.ts';
import { escapeControls } from '../../base/text.ts';

/** What `auth trust` did. */
export function viewTrusted({ state, path, programs }: Trusted): string {
  const name = escapeControls(path);
  switch (state) {
    case 'trusted':
      return [
        `${name} may start, as long as it stays as it is:`,
        ...describePrograms(programs),
      ].join('\n');
    case 'already':
      return `${name} is trusted already.`;
    case 'nothing_to_trust':
      return `${name} starts no program, so there is nothing to trust.`;
    case 'refused':
      return `${name} is not trusted. Nothing was changed.`;
    default:
      return state satisfies never;
  }
}

export function viewRevoked({
  path,
  was,
}: {
  readonly path: string;
  readonly was: boolean;
}): string {
  return was
    ? `${escapeControls(path)} is trusted no longer.`
    : `${escapeControls(path)} was not trusted.`;
}

const STATES: Readonly<Record<ListedTrust['state'], string>> = {
  as_trusted: '',
  changed: '  changed since, so you will be asked again',
  gone: '  gone',
};

/** Every trusted declaration and what it may start. */
export function viewTrustList(list: readonly ListedTrust[]): string {
  if (list.length === 0) return 'No declaration is trusted to start programs.';
  return list
    .map(({ record, state }) =>
      [
        `${escapeControls(record.path)}${STATES[state]}`,
        ...record.programs.map((program) => `  ${escapeControls(program)}`),
      ].join('\n'),
    )
    .join('\n\n');
}

export function trustListToJson(list: readonly ListedTrust[]): object {
  return {
    trusted: list.map(({ record: { path, files, programs, trustedAt }, state }) => ({
      declaration: path,
      state,
      files,
      programs,
      trusted_at: trustedAt,
    })),
  };
}
