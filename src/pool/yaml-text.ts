import { isJsonObject, type Json } from '../base/json.ts';
import { sameJson } from './json-match.ts';
import { parseYaml, type YamlDocument, type YamlLibrary, type YamlRules } from './yaml-document.ts';
import { nest } from './yaml-print.ts';
import type { YamlPath } from './yaml-slot.ts';
import { YamlSplicer } from './yaml-splice.ts';

/**
 * A YAML text as a value: changing one gives another, in which every byte that the change does not
 * concern stays: comments, layout, quotes, line breaks, anchors. Each change is parsed again and
 * compared with what was asked for.
 *
 * What can't be changed without guessing is refused by `rules.refuse`: a place that holds an alias,
 * anchor or tag or lies in one that has another name, and a scalar where a mapping or list is needed.
 */
export class YamlText {
  readonly #yaml: YamlLibrary;
  readonly #rules: YamlRules;
  readonly #document: YamlDocument;

  /** @throws the error of `rules.refuse` for a text that is not understood */
  constructor(yaml: YamlLibrary, text: string, rules: YamlRules) {
    this.#yaml = yaml;
    this.#rules = rules;
    this.#document = parseYaml(yaml, text, rules);
  }

  get text(): string {
    return this.#document.text;
  }

  /** The value at a path, aliases and merges resolved; the whole for `[]`, null for an empty file. */
  get(path: YamlPath): Json | undefined {
    let value: Json | undefined = this.#document.value;
    for (const step of path) value = value === undefined ? undefined : member(value, step);
    return value;
  }

  /** With the value at a path; missing mappings above it are created, each at the end of its parent. */
  set(path: YamlPath, value: Json): YamlText {
    const old = this.get(path);
    if (old !== undefined && sameJson(old, value)) return this;
    const text = this.#splicer().put(path, value);
    return this.#checked(text, withValue(this.#document.value, path, value));
  }

  /** With one more element at the end of the list at a path, which is created when missing. */
  append(path: YamlPath, value: Json): YamlText {
    const list = this.get(path) ?? [];
    if (!Array.isArray(list))
      throw this.#rules.refuse('no list stands where one is needed', undefined);
    const text =
      list.length === 0
        ? this.#splicer().put(path, [value])
        : this.#splicer().put([...path, list.length], value);
    return this.#checked(text, withValue(this.#document.value, path, [...list, value]));
  }

  /** Without what stands at a path; a collection that loses its last member stays as `{}` or `[]`. */
  delete(path: YamlPath): YamlText {
    if (path.length === 0 || this.get(path) === undefined) return this;
    let next = new YamlText(this.#yaml, this.#splicer().cut(path), this.#rules);
    const isKey = typeof path.at(-1) === 'string';
    // A key can stand twice; the earlier one must not come into force.
    while (isKey && next.#splicer().has(path)) {
      next = new YamlText(this.#yaml, next.#splicer().cut(path), this.#rules);
    }
    return this.#checked(next.text, withoutValue(this.#document.value, path));
  }

  #splicer(): YamlSplicer {
    return new YamlSplicer(this.#yaml, this.#document, this.#rules);
  }

  #checked(text: string, expected: Json): YamlText {
    const next = new YamlText(this.#yaml, text, this.#rules);
    if (sameJson(next.#document.value ?? {}, expected ?? {})) return next;
    if (this.#document.aliased) {
      throw this.#rules.refuse('an anchor or alias stands in the way of the change', undefined);
    }
    throw new Error('a change of a YAML text made another value');
  }
}

function member(value: Json, step: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
  return value[step];
}

function withValue(value: Json, path: YamlPath, leaf: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  const inner = member(value, step);
  const next =
    inner === undefined || inner === null ? nest(rest, leaf) : withValue(inner, rest, leaf);
  if (!Array.isArray(value)) return { ...(isJsonObject(value) ? value : {}), [step]: next };
  const list = [...value];
  list[Number(step)] = next;
  return list;
}

function withoutValue(value: Json, path: YamlPath): Json {
  const [step = '', ...rest] = path;
  if (Array.isArray(value)) {
    if (rest.length === 0) return value.filter((_, index) => index !== step);
    return value.map((item, index) => (index === step ? withoutValue(item, rest) : item));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    if (key !== String(step)) return [[key, item]];
    return rest.length === 0 ? [] : [[key, withoutValue(item, rest)]];
  });
  return Object.fromEntries(entries);
}
