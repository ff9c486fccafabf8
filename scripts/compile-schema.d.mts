/** Writes src/config/validate-shape.generated.js from schema/gormes.auth.schema.json. */
export function compileSchema(): void;
