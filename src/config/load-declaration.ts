import type { Diagnostic } from '../base/errors.ts';
import { memo } from '../base/memo.ts';
import { applyOverlays, type OverlayFacts } from './apply-overlays.ts';
import { buildDesired } from './build-desired.ts';
import { checkFields } from './check-fields.ts';
import type { DeclarationFiles } from './declaration-files.ts';
import type { Desired } from './desired.ts';
import { findControls, findSecrets, hideSecretPlaces } from './find-secrets.ts';
import { Findings } from './findings.ts';
import { type LoadedParts, loadParts, type Part, type Reading } from './load-parts.ts';
import { mergeParts } from './merge-parts.ts';
import { nameProviders } from './name-providers.ts';

/** The main file of a declaration, as found and read. */
export interface DeclarationInput {
  /** Path as people know it, or `-` for standard input. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface DeclarationContext extends OverlayFacts {
  /** Messages show paths relative to it; included files of standard input lie below it. */
  readonly cwd: string;
  /** Reads included files: `diskFiles`. */
  readonly files: DeclarationFiles;
}

export interface LoadedDeclaration {
  /** Undefined when a diagnostic is an error. */
  readonly desired: Desired | undefined;
  /** Everything that was found, by file and place. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads, validates and overlays a declaration. Reports all that is wrong at once. Reads included
 * files and nothing else: no home, no secret, no network, no process; safe on a stranger's file.
 */
export async function loadDeclaration(
  input: DeclarationInput,
  given: DeclarationContext,
): Promise<LoadedDeclaration> {
  const read = memo((path: string) => given.files.read(path));
  const context = { ...given, files: { ...given.files, read } };
  const { hasPlain, ...loaded } = await loadBy('plain', input, context);
  if (!hasPlain || loaded.diagnostics.length === 0) return loaded;
  // What is said about a file is said with the library's places, exact to the last character.
  const { hasPlain: _, ...exact } = await loadBy('exact', input, context);
  return exact;
}

async function loadBy(
  reading: Reading,
  input: DeclarationInput,
  context: DeclarationContext,
): Promise<LoadedDeclaration & Pick<LoadedParts, 'hasPlain'>> {
  const findings = new Findings();
  const { parts, broken, hasPlain } = await loadParts(input, context, findings, reading);
  checkParts(parts, findings);
  const roots = parts.flatMap((part) => part.root ?? []);
  const [main] = parts;
  if (main?.root === undefined) {
    return { desired: undefined, diagnostics: findings.diagnostics(), hasPlain };
  }

  const named = roots.map((root) => nameProviders(root, findings));
  const merged = mergeParts(named, findings) ?? main.root;
  const overlaid = applyOverlays(merged, context, broken);
  const desired = buildDesired(overlaid, parts, broken, findings);
  return {
    desired: findings.hasErrors ? undefined : desired,
    diagnostics: findings.diagnostics(),
    hasPlain,
  };
}

/** Rules for each file by itself. */
function checkParts(parts: readonly Part[], findings: Findings): void {
  for (const { source, root } of parts) {
    if (source) findSecrets(source, root, findings);
    if (root === undefined) continue;
    hideSecretPlaces(root, findings);
    checkFields(root, findings);
    findControls(root, findings);
  }
}
