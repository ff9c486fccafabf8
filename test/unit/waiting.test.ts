import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Http } from '../../src/base/deps.ts';
import { createStreams, type Streams } from '../../src/cli/streams.ts';
import { createWaiting, waitingHttp } from '../../src/cli/ui/waiting.ts';
import { Screen } from '../support/screen.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What stands at the end of the text, one element a change. */
function recorded(isShown = true) {
  const shown: (string | undefined)[] = [];
  const waiting = createWaiting({ status: (line) => shown.push(line) }, () => isShown);
  return { shown, waiting };
}

test('the first second is silent, and so is what is over by then', () => {
  const { shown, waiting } = recorded();
  const quick = waiting('quick');
  vi.advanceTimersByTime(999);
  quick.end();
  vi.advanceTimersByTime(60_000);
  expect(shown).toEqual([]);
});

test('of several the one that has taken longest is told, and nothing when all are over', () => {
  const { shown, waiting } = recorded();
  const first = waiting('first');
  vi.advanceTimersByTime(500);
  const second = waiting('second');
  vi.advanceTimersByTime(500);
  expect(shown).toEqual(['first']);
  vi.advanceTimersByTime(500);
  first.end();
  first.end();
  second.say('second, and further');
  second.end();
  second.say('too late');
  expect(shown).toEqual(['first', 'first', 'second', 'second, and further', undefined]);
});

test('where nothing is to be shown nothing is', () => {
  const { shown, waiting } = recorded(false);
  const wait = waiting('x');
  vi.advanceTimersByTime(5000);
  wait.end();
  expect(shown).toEqual([]);
});

test('a request tells its host alone, whatever becomes of it', async () => {
  const { shown, waiting } = recorded();
  const ends: (() => void)[] = [];
  const send: Http = () =>
    new Promise((_resolve, reject) => ends.push(() => reject(new Error('no'))));
  const asked = waitingHttp(
    send,
    waiting,
  )({
    method: 'GET',
    url: 'https://user:secret@api.example:8443/path/secret?key=secret',
  });
  vi.advanceTimersByTime(1000);
  ends[0]?.();
  await expect(asked).rejects.toThrow('no');
  expect(shown).toEqual(['Waiting for api.example:8443…', undefined]);
});

/** Streams of which stderr is a terminal of so many columns. */
function onScreen(columns = 40): { streams: Streams; screen: () => string } {
  const screen = new Screen(columns);
  const stream = {
    columns,
    isTTY: true,
    on: () => stream,
    write: (text: string) => screen.write(text.replaceAll('\n', '\r\n')),
  };
  const source = { stdin: stream, stdout: stream, stderr: stream } as unknown as NodeJS.Process;
  const streams = createStreams(source);
  void streams.stderr; // as made by its first use, from when on it is written to
  return { streams, screen: () => screen.text };
}

test('the line stays below what is written, and goes without a trace', () => {
  const { streams, screen } = onScreen();
  streams.status('Waiting…');
  expect(screen()).toBe('Waiting…');
  streams.write('stderr', 'one\n');
  expect(screen()).toBe('one\nWaiting…');
  streams.write('stderr', 'half ');
  streams.status('Still waiting…');
  expect(screen()).toBe('one\nhalf');
  streams.write('stderr', 'a line\n');
  expect(screen()).toBe('one\nhalf a line\nStill waiting…');
  streams.status(undefined);
  expect(screen()).toBe('one\nhalf a line\n');
});

test('it is one row, however narrow the terminal is', () => {
  const { streams, screen } = onScreen(10);
  streams.status('Waiting for a host with a long name…');
  expect(screen()).toBe('Waiting f');
  streams.status(undefined);
  expect(screen()).toBe('');
});

test('it makes room for what draws by itself, and comes back behind it', () => {
  const { streams, screen } = onScreen();
  streams.status('Waiting…');
  const release = streams.hold();
  const other = streams.hold();
  expect(screen()).toBe('');
  streams.stderr.write('? ');
  streams.status('Still waiting…');
  release();
  expect(screen()).toBe('?');
  streams.stderr.write('yes\n');
  other();
  expect(screen()).toBe('? yes\nStill waiting…');
});
