import { compileSchema } from '../../scripts/compile-schema.mjs';

/** Runs once before all tests: what the sources import must have been generated. */
export function setup(): void {
  compileSchema();
}
