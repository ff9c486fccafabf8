import { escapeControls } from '../../base/text.ts';

/** What `fmt` did to a file; nothing when there was nothing to do. */
export function viewFormatted(result: {
  readonly declaration: string;
  readonly changed: boolean;
  readonly written: boolean;
}): string {
  if (!result.changed) return '';
  const file = result.declaration === '-' ? 'standard input' : escapeControls(result.declaration);
  return result.written
    ? `Formatted ${file}`
    : `${file} is not formatted: gormes auth fmt -f ${file}`;
}
