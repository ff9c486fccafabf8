import { isJsonObject, type Json } from '../base/json.ts';

/** Equal by value; the order of keys does not count. NaN, which YAML can hold, equals itself. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index] ?? null));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null));
}

/**
 * Which old element each new one continues: by `id` where all are objects with a unique one, else
 * by equality in order, and by position between equal ones.
 *
 * @returns for each element of `next` a position in `old`, each at most once, or undefined for a new one
 */
export function matchElements(old: readonly Json[], next: readonly Json[]): (number | undefined)[] {
  return matchById(old, next) ?? matchByValue(old, next);
}

function matchById(
  old: readonly Json[],
  next: readonly Json[],
): (number | undefined)[] | undefined {
  const positions = new Map(old.map((item, index) => [idOf(item), index]));
  const wanted = new Set(next.map(idOf));
  if (positions.has(undefined) || wanted.has(undefined)) return undefined;
  if (positions.size !== old.length || wanted.size !== next.length) return undefined;
  return next.map((item) => positions.get(idOf(item)));
}

function idOf(item: Json): string | undefined {
  return isJsonObject(item) && typeof item.id === 'string' ? item.id : undefined;
}

function matchByValue(old: readonly Json[], next: readonly Json[]): (number | undefined)[] {
  const places = new Map<string, number[]>();
  for (let index = old.length - 1; index >= 0; index--) {
    const text = JSON.stringify(old[index]);
    const same = places.get(text);
    if (same) same.push(index);
    else places.set(text, [index]);
  }
  let free = 0;
  const equal = next.map((item) => {
    const same = places.get(JSON.stringify(item)) ?? [];
    let from = same.pop();
    while (from !== undefined && from < free) from = same.pop();
    if (from !== undefined) free = from + 1;
    return from;
  });
  const taken = new Set(equal);
  let last = -1;
  return equal.map((from) => {
    if (from === undefined && (last + 1 >= old.length || taken.has(last + 1))) return undefined;
    last = from ?? last + 1;
    return last;
  });
}
