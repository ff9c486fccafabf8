import type { Home } from './home.ts';
import { EMPTY_LEDGER, type Ledger, parseLedger } from './ledger.ts';
import { readRegularFile } from './read-file.ts';

const LEDGER_BYTES = 16 * 1024 * 1024;

/** What a home's ledger says; empty when there is none. Throws `ledger_not_understood`. */
export function readLedger(home: Pick<Home, 'ledgerFile'>): Ledger {
  const text = readRegularFile(home.ledgerFile, LEDGER_BYTES)?.text;
  return text === undefined ? EMPTY_LEDGER : parseLedger(text, home.ledgerFile);
}
