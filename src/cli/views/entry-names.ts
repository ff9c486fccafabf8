import { groupBy } from '../../base/group-by.ts';
import { escapeControls } from '../../base/text.ts';

interface Named {
  readonly id: string;
  readonly label: string;
}

/**
 * How the entries of one provider are called where people read them, by id: by the label alone, as
 * Hermes does, and with the id only where a command could not tell two of them by their labels.
 */
export function entryNames(entries: readonly Named[]): (entry: Named) => string {
  const alike = groupBy(entries, ({ label }) => label.trim().toLowerCase());
  return ({ id, label }) => {
    const isShared = (alike.get(label.trim().toLowerCase()) ?? []).length > 1;
    return escapeControls(isShared ? `${label} [id:${id}]` : label);
  };
}
