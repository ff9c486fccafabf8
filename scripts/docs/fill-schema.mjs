/**
 * schema/gormes.auth.schema.json with what follows from elsewhere filled in: the names of the
 * catalog, and what an overlay may say, which is the same as outside of it, or null.
 *
 * @param schema the file, whose other parts are written by hand
 * @param {readonly import('../../src/providers/provider.ts').ProviderRow[]} catalog
 */
export function fillSchema(schema, catalog) {
  const { definitions } = schema;
  const { provider } = definitions.model.properties;
  const model = {
    ...definitions.model,
    properties: {
      ...definitions.model.properties,
      provider: { ...provider, examples: [...catalog.map(({ id }) => id), 'custom:lab-vllm'] },
    },
  };
  const { additionalProperties, ...providers } = definitions.providers;
  const written = {
    ...Object.fromEntries(Object.entries(definitions).filter(([name]) => !isOverlay(name))),
    model,
    providers: { ...providers, ...providersOf(catalog), additionalProperties },
  };
  const overlays = Object.keys(definitions)
    .filter(isOverlay)
    .map((name) => [name, nullable(written[name.slice(OVERLAY.length)])]);
  return { ...schema, definitions: { ...written, ...Object.fromEntries(overlays) } };
}

const OVERLAY = 'overlay_';

function isOverlay(name) {
  return name.startsWith(OVERLAY);
}

const ref = (name) => ({ $ref: `#/definitions/${name}` });

/** Ids first: editors offer them in this order. */
function providersOf(catalog) {
  const ids = catalog.map((row) => [row.id, { ...ref(formOf(row)), description: row.name }]);
  const aliases = catalog.flatMap((row) =>
    row.aliases.map((alias) => [
      alias,
      { ...ref(formOf(row)), description: `Another name of ${row.id}` },
    ]),
  );
  // Checks go by these; the properties are for editors (see compile-schema.mjs).
  const patterns = catalog
    .filter((row) => formOf(row) !== 'provider')
    .map((row) => [`^(${[row.id, ...row.aliases].join('|')})$`, ref(formOf(row))]);
  return {
    properties: Object.fromEntries([...ids, ...aliases]),
    patternProperties: Object.fromEntries(patterns),
  };
}

/** What is held of a provider: a pool, a single login, or an expectation. */
function formOf(row) {
  if (row.session) return 'session';
  return row.apiShape === 'bedrock-converse' ? 'assertions' : 'provider';
}

/** What a part becomes in an overlay: the same, except that null may stand anywhere and deletes. */
function nullable(part) {
  const { title, description, default: _, examples, required, minProperties, ...rest } = part;
  const map = (parts) =>
    Object.fromEntries(Object.entries(parts).map(([key, inner]) => [key, nullable(inner)]));
  return {
    ...rest,
    ...(rest.$ref && { $ref: rest.$ref.replace('#/definitions/', `#/definitions/${OVERLAY}`) }),
    ...(rest.type && { type: [rest.type, 'null'].flat() }),
    ...(rest.enum && { enum: [...rest.enum, null] }),
    ...(rest.properties && { properties: map(rest.properties) }),
    ...(rest.patternProperties && { patternProperties: map(rest.patternProperties) }),
    ...(typeof rest.additionalProperties === 'object' && {
      additionalProperties: nullable(rest.additionalProperties),
    }),
  };
}
