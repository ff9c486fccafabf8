// Compiles schema/gormes.auth.schema.json to plain code, so that no schema compiler runs or ships.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';

const schemaFile = new URL('../schema/gormes.auth.schema.json', import.meta.url);
const codeFile = new URL('../src/config/validate-shape.generated.js', import.meta.url);

/** Writes src/config/validate-shape.generated.js; its types are in the .d.ts beside it. */
export function compileSchema() {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  // Known providers stand there for editors: each is checked as any other is.
  delete schema.definitions.providers.properties;
  delete schema.definitions.overlay_providers.properties;
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    code: { source: true, esm: true },
    strict: true,
    allowUnionTypes: true,
  });
  const code = standaloneCode(ajv, ajv.compile(schema));
  // The output must run without ajv: minLength, maxLength, uniqueItems and formats would call into it.
  if (code.includes('require(')) {
    throw new Error(
      'a keyword of the schema needs a helper of ajv at run time: leave it to a rule',
    );
  }
  const named = code
    .replace(/export default \w+;/, '')
    .replace(/export const validate = (\w+);/, 'export const validateShape = $1;');
  const keys = JSON.stringify(knownKeys(schema));
  writeFileSync(codeFile, `${named}\nexport const KNOWN_KEYS = ${keys};\n`);
}

/**
 * Where in a declaration (`/providers/*`, `*` for any key or item) → the keys that are allowed
 * there, for "did you mean": ajv's own findings don't carry them.
 */
function knownKeys(schema) {
  const found = {};
  const visit = (given, place) => {
    const node = given.$ref ? schema.definitions[given.$ref.replace('#/definitions/', '')] : given;
    if (node.additionalProperties === false) found[place] = Object.keys(node.properties);
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      visit(child, `${place}/${key}`);
    }
    for (const [pattern, child] of Object.entries(node.patternProperties ?? {})) {
      for (const key of pattern.replace(/[\^$()]/g, '').split('|')) visit(child, `${place}/${key}`);
    }
    if (typeof node.additionalProperties === 'object') {
      visit(node.additionalProperties, `${place}/*`);
    }
    if (node.items) visit(node.items, `${place}/*`);
  };
  visit(schema, '');
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileSchema();
