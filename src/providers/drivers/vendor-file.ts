import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type JsonObject, parseObject } from '../../base/json.ts';
import { LIMITS } from '../../base/limits.ts';

/**
 * The login file of another program. Opened without blocking, so that a pipe can't hang us
 * (reliability.md M17); never written here.
 *
 * @returns undefined when it is missing, unreadable, too large or no JSON object: it is not ours to judge
 */
export async function readVendorFile(path: string): Promise<JsonObject | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > LIMITS.httpBodyBytes) return undefined;
    return parseObject(await file.readFile('utf8'));
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
