import type { Hosts } from './internet.ts';
import { bearer, type Handler, jsonFields, refuseUnless } from './simulator.ts';

/** Billing plans of Z.AI; each has an endpoint of its own. */
export type ZaiPlan = 'global' | 'cn' | 'coding-global' | 'coding-cn';

export interface ZaiOptions {
  /** Key → the plans that it is good for. A key that is not here is unknown everywhere. */
  readonly keys: Readonly<Record<string, readonly ZaiPlan[]>>;
  /** Models that are not sold any more. */
  readonly retired?: readonly string[];
}

const PATHS: Readonly<Record<string, ZaiPlan>> = {
  'api.z.ai/api/paas/v4/chat/completions': 'global',
  'open.bigmodel.cn/api/paas/v4/chat/completions': 'cn',
  'api.z.ai/api/coding/paas/v4/chat/completions': 'coding-global',
  'open.bigmodel.cn/api/coding/paas/v4/chat/completions': 'coding-cn',
};

const MODELS: Readonly<Record<ZaiPlan, readonly string[]>> = {
  global: ['glm-5'],
  cn: ['glm-5'],
  'coding-global': ['glm-5.2', 'glm-5.1', 'glm-5v-turbo', 'glm-4.7'],
  'coding-cn': ['glm-5.2', 'glm-5.1', 'glm-5v-turbo', 'glm-4.7'],
};

/** The four endpoints of Z.AI: one-token completions (oauth-flows §13.2) and the model list. */
export function zai(options: ZaiOptions): Hosts {
  const handle: Handler = (request) => {
    const plans = options.keys[bearer(request)];
    if (request.path.endsWith('/models')) {
      refuseUnless(request.method === 'GET', 'GET for a model list');
      return plans ? { body: { data: [{ id: 'glm-5' }] } } : UNKNOWN_KEY;
    }
    const plan = PATHS[request.host + request.path];
    refuseUnless(plan !== undefined && request.method === 'POST', 'POST to a known endpoint');
    const body = jsonFields(request, ['model', 'stream', 'max_tokens', 'messages']);
    refuseUnless(body.stream === false && body.max_tokens === 1, 'one token and no stream');
    refuseUnless(
      JSON.stringify(body.messages) === '[{"role":"user","content":"ping"}]',
      'one message that says ping',
    );
    const model = body.model;
    refuseUnless(typeof model === 'string' && MODELS[plan].includes(model), `a model of ${plan}`);
    if (!plans) return UNKNOWN_KEY;
    if (options.retired?.includes(model)) return reply(400, '1211', 'Unknown Model');
    if (!plans.includes(plan)) return reply(429, '1113', 'Insufficient balance');
    return { body: { model, choices: [{ message: { role: 'assistant', content: 'p' } }] } };
  };
  return { 'api.z.ai': handle, 'open.bigmodel.cn': handle };
}

function reply(status: number, code: string, message: string) {
  return { status, body: { error: { code, message } } };
}

const UNKNOWN_KEY = reply(401, '1000', 'Authentication Failed');
