/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The string at a key, or undefined when it is absent, empty or of another type. */
export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object at a key of an object, created when it is missing. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value: Json | undefined = Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const created: JsonObject = {};
  Object.defineProperty(parent, key, {
    value: created,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return created;
}
