import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { PoolStore } from '../pool/store.ts';
import { defineEndpoint, endpointName } from './define-endpoint.ts';
import { checkUrl } from './model-input.ts';
import { type ChosenModel, type ModelInput, setModel } from './set-model.ts';

/**
 * Sets the model from options alone: nobody is asked, nobody logs in, no network. `custom` defines
 * the endpoint first, or takes the one that has its URL.
 *
 * @throws `endpoint_missing`, `url_refused` (exit 64) and what `setModel` throws
 */
export async function chooseModel(
  deps: Deps,
  store: PoolStore,
  input: ModelInput,
): Promise<ChosenModel> {
  const isCustom = input.provider.trim().toLowerCase() === 'custom';
  if (!isCustom) return await setModel(deps, store, input);
  const { model, baseUrl, apiMode } = input;
  if (baseUrl === undefined) throw endpointMissing();
  checkUrl(baseUrl);
  const url = baseUrl.replace(/\/+$/, '');
  const name = endpointName(url);
  const provider = await defineEndpoint(deps, store, { name, baseUrl: url, apiMode });
  return await setModel(deps, store, { provider, model });
}

function endpointMissing(): GormesError {
  return new GormesError('endpoint_missing', 'a custom endpoint needs its address', {
    exitCode: EXIT.usage,
    hint: 'gormes model --provider custom --base-url http://localhost:8000/v1 --model MODEL',
  });
}
