/** For `test/cli/large-declaration.test.ts`; see `homes.mjs`. */
export function makeHome(dir: string, entries: number, label?: string): void;

export function makeLargeDeclaration(
  dir: string,
  host: string,
): { readonly file: string; readonly env: Readonly<Record<string, string>> };
