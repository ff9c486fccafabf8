import { EXIT, GormesError } from '../base/errors.ts';
import { hasControls } from '../base/text.ts';

/** Longer than any name, shorter than a pasted file. */
const NAME_LENGTH = 200;
const URL_LENGTH = 2048;

/** The name of a model, trimmed. @throws `model_refused` (exit 64) */
export function checkModel(given: string): string {
  const model = given.trim();
  if (model !== '' && model.length <= NAME_LENGTH && !hasControls(model)) return model;
  throw new GormesError('model_refused', 'this is no name of a model', {
    exitCode: EXIT.usage,
    hint: 'gormes model --provider openrouter --model anthropic/claude-sonnet-4.5',
  });
}

/** What is wrong with an endpoint; undefined when nothing is. */
export function urlProblem(given: string): string | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    return 'an endpoint begins with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'an endpoint holds no name and password';
  if (url.search !== '' || url.hash !== '') return 'an endpoint has no ? and no #';
  return given.length > URL_LENGTH ? 'this is too long' : undefined;
}

/** @throws `url_refused` (exit 64) */
export function checkUrl(given: string): void {
  const problem = urlProblem(given);
  // Not repeated: it may hold a password.
  if (problem !== undefined)
    throw new GormesError('url_refused', problem, {
      exitCode: EXIT.usage,
      hint: '--base-url https://api.example.com/v1',
    });
}
