import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeJson, hasControls } from '../../src/base/text.ts';

test('JSON with its controls escaped is the same value, and acts on no terminal', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
      const escaped = escapeJson(json);
      expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
      expect(hasControls(escaped)).toBe(false);
    }),
  );
  expect(escapeJson('{\n  "a": "\u009b\u202e\u007f"\n}')).toBe(
    '{\n  "a": "\\u009b\\u202e\\u007f"\n}',
  );
});
