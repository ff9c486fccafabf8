import { expect, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { parseAuthText } from '../../src/pool/auth-file.ts';
import { apiKeysAndLogin, aprilHome, environmentReferences } from '../support/homes.ts';

const STORES = { apiKeysAndLogin, environmentReferences, aprilHome };

test.each(Object.entries(STORES))(
  '%s: cut anywhere, it is not understood, and never empty',
  (_name, { auth }) => {
    const whole = auth.trimEnd();
    for (let length = 0; length < whole.length; length++) {
      const read = () => parseAuthText('auth.json', whole.slice(0, length));
      expect(read, `cut at ${length}`).toThrow(GormesError);
      expect(read, `cut at ${length}`).toThrow(
        expect.objectContaining({ code: 'auth_not_understood' }),
      );
    }
  },
);

test('with any one bit flipped it is understood or refused, and the message tells no byte of it', () => {
  const bytes = Buffer.from(apiKeysAndLogin.auth);
  let [understood, refused] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (bytes[at] ?? 0) ^ (1 << (at % 7));
    try {
      parseAuthText('auth.json', flipped.toString('utf8'));
      understood++;
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      expect(error.message + (error.hint ?? '')).not.toMatch(/FAKE|fake|sk-ant/);
      refused++;
    }
  }
  expect(Math.min(understood, refused)).toBeGreaterThan(100);
});
