import { expect, test } from 'vitest';
import type { Change } from '../../src/plan/change.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { renderHuman } from '../../src/plan/render-human.ts';

const NOW = Date.UTC(2026, 7, 10, 9);
const managed = { declaration: 'd', protect: false };

function planOf(changes: readonly Change[], more: Partial<Plan> = {}): Plan {
  return {
    changes,
    drift: [],
    notes: [],
    unmanaged: new Map(),
    unchanged: 0,
    providers: [
      { id: 'anthropic', strategy: 'fill_first' },
      { id: 'openrouter', strategy: 'fill_first' },
    ],
    appliedAt: undefined,
    ...more,
  };
}

function render(plan: Plan, columns = 100): string {
  return renderHuman(plan, {
    title: 'title',
    columns,
    nowMs: NOW,
    when: (at) => `<${at}>`,
    paint: (_symbol, text) => text,
  });
}

const login: Change = {
  action: 'login',
  address: 'anthropic/max',
  provider: 'anthropic',
  reason: 'not_in_pool',
  row: undefined,
  label: 'max',
  account: 'alice@example.com',
  options: {},
  managed,
};
const remove: Change = {
  action: 'remove',
  address: 'anthropic/old-key',
  provider: 'anthropic',
  reason: 'declared_absent',
  row: { id: 'b81f07', label: 'old-key', source: 'manual' },
  type: 'api_key',
  effect: { usableBefore: 3, usableAfter: 2, modelUses: false },
  cleanup: 'entry',
  waitsFor: [],
  managed,
};
const rotate: Change = {
  action: 'rotate',
  address: 'openrouter/work',
  provider: 'openrouter',
  reason: 'secret_rotated',
  row: { id: '5b2c33', label: 'work', source: 'manual' },
  label: 'work',
  from: 'op://ai/openrouter/key',
  baseUrl: undefined,
  managed,
};
const strategy: Change = {
  action: 'strategy',
  address: 'openrouter',
  provider: 'openrouter',
  reason: 'strategy_changed',
  before: 'fill_first',
  after: 'round_robin',
};

test('a plan reads as in the design', () => {
  const plan = planOf([rotate, login, strategy, remove], {
    drift: [
      {
        address: 'openai-codex/team',
        cause: 'pruned_dead',
        detail: 'gone: pruned by Hermes',
        deadAt: 5,
      },
    ],
    unmanaged: new Map([
      ['copilot', 1],
      ['zai', 2],
    ]),
    unchanged: 4,
    appliedAt: NOW - 6 * 86_400_000,
  });
  expect(render(plan)).toBe(`title

Changed outside since the last apply, 6 days ago:
  openai-codex/team   gone: pruned by Hermes, dead since <5>

anthropic                              fill_first
  + max        log in    OAuth, as alice@example.com                   not in pool
  - old-key    remove    api key #b81f07                               declared absent
                         anthropic keeps 2 usable credentials
openrouter                             fill_first → round_robin
  ± work       rotate    op://ai/openrouter/key                        secret changed

Not managed here: 3 credentials (copilot 1, zai 2). Unchanged: 4.
Plan: 1 to add, 2 to change, 1 to remove. 1 needs you to log in.
`);
});

test.each([100, 60])('no line is wider than %i columns, whatever is in it', (columns) => {
  const plan = planOf([rotate, login, strategy, remove], {
    drift: [
      {
        address: 'openai-codex/team',
        cause: 'pruned_dead',
        detail: 'gone: pruned by Hermes, dead since Tue 14:02 (refresh_token_reused)',
      },
    ],
    unmanaged: new Map(Array.from({ length: 12 }, (_, i) => [`provider-${i}`, i + 1])),
    unchanged: 4,
  });
  for (const line of render(plan, columns).split('\n')) {
    expect(line.length).toBeLessThanOrEqual(columns);
    expect(line).not.toMatch(/round_rob?i?$/);
  }
});

test('nothing to do is one sentence', () => {
  expect(render(planOf([], { unchanged: 2 }))).toBe(
    'title\n\nUnchanged: 2.\nNo changes. The home is as declared.\n',
  );
});

test('a blocked change says what to do', () => {
  const blocked: Change = {
    action: 'blocked',
    address: 'xai/a',
    provider: 'xai',
    reason: 'last_usable',
    blocks: 'remove',
    detail: 'the last usable credential of xai would be removed',
    hint: 'allow it once with --allow-empty xai',
  };
  const text = render(planOf([blocked]));
  expect(text).toContain('! a');
  expect(text).toContain('hint: allow it once with --allow-empty xai');
  expect(text).toContain('1 blocked: nothing is applied while that is so.');
});

test.each([40, 60, 80, 100])(
  'no line is wider than %i columns, headings and title aside',
  (columns) => {
    const long: Change = { ...rotate, from: `file:${'/a/rather/long/path'.repeat(8)}` };
    const body = render(planOf([long, login, remove]), columns)
      .split('\n')
      .slice(2);
    expect(
      Math.max(...body.filter((line) => line.startsWith('  ')).map((line) => line.length)),
    ).toBeLessThanOrEqual(Math.max(columns, 24 + 21 + 20));
  },
);

test('what could move the cursor is shown, not sent', () => {
  const evil: Change = {
    ...remove,
    address: 'anthropic/\u001b[2Jx',
    row: { ...remove.row, id: '\u009b1' },
  };
  const text = render(planOf([evil], { unmanaged: new Map([['\u202eevil', 1]]) }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).toContain('\\x1b[2Jx');
});
