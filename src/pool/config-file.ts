import { GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';
import { readRegularFile } from './read-file.ts';
import type { YamlRules } from './yaml-document.ts';
import { YamlText } from './yaml-text.ts';

/**
 * `config.yaml` as a value with `get`, `set`, `append`, `delete` and `text`. Hermes' own two ways of
 * writing lose comments and layout (pool-store §6); ours keep every other byte. Values are read as
 * PyYAML reads them (YAML 1.1).
 */
export type ConfigFile = YamlText;

/** `config.yaml` is Hermes' and may be large, but not this deep, wide or intertwined. */
const MAX_DEPTH = 64;
const MAX_NODES = 200_000;
const MAX_ALIASES = 100;

/**
 * Reads `config.yaml`; an absent one is empty. Loads the YAML library.
 *
 * @throws GormesError `config_not_understood`, `not_a_file`, `file_too_large`, `not_utf8`,
 *   `read_failed`; the changes of the result throw `config_not_understood` too
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  return await parseConfigText(path, readRegularFile(path, LIMITS.configBytes)?.text ?? '');
}

/**
 * `config.yaml` from its text; `path` is for messages.
 *
 * @throws GormesError `config_not_understood`
 */
export async function parseConfigText(path: string, text: string): Promise<ConfigFile> {
  const yaml = await import('yaml');
  return new YamlText(yaml, text, rulesFor(path));
}

function rulesFor(path: string): YamlRules {
  return {
    version: '1.1',
    maxDepth: MAX_DEPTH,
    maxNodes: MAX_NODES,
    maxAliases: MAX_ALIASES,
    refuse: (reason, at) =>
      new GormesError(
        'config_not_understood',
        `${escapeControls(path)} cannot be used: ${reason}`,
        {
          ...(at ? { place: { file: path, ...at } } : {}),
          hint: 'mend the file by hand, then run the command again',
        },
      ),
  };
}
