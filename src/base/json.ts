/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined when it is none. Never throws: V8's message quotes the text. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** The object that a JSON text holds; undefined for anything else. */
export function parseObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** The number at a key, or undefined. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
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
