// What src/base/http.ts uses of undici, for the bundle: the rest (fetch, WebSocket, caches, mocks) is
// more than half of it. Tests of src/base/http.ts run on the whole package, those of the built
// program on this.
const api = require('undici/lib/api');
const buildConnector = require('undici/lib/core/connect');
const Client = require('undici/lib/dispatcher/client');
const Dispatcher = require('undici/lib/dispatcher/dispatcher');
const EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent');

// As undici's own index does.
Object.assign(Dispatcher.prototype, api);
module.exports = { buildConnector, Client, EnvHttpProxyAgent };
