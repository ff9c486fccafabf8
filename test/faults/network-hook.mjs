// A preload (`node --import`) in the place of the name service: names do not resolve, or lead to a
// port of this machine where nobody listens. No name is ever asked for outside.
//
// FAULT_NET    dns | refused; absent: names resolve as they do
// FAULT_COUNT  file that gets a line for each name that is asked for
// FAULT_RSS    file that gets the largest size of the process in KiB, when it ends by itself
import dns from 'node:dns';
import { appendFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const { FAULT_NET, FAULT_COUNT, FAULT_RSS } = process.env;

if (FAULT_NET) {
  const { lookup } = dns;
  dns.lookup = (host, options, callback) => {
    if (net.isIP(host)) return lookup(host, options, callback);
    appendFileSync(FAULT_COUNT, `${host}\n`);
    const address = { address: '127.0.0.1', family: 4 };
    const error = Object.assign(new Error('injected'), { code: 'ENOTFOUND', hostname: host });
    if (FAULT_NET === 'dns') process.nextTick(callback, error);
    else if (options.all) process.nextTick(callback, null, [address]);
    else process.nextTick(callback, null, address.address, address.family);
    return {};
  };
  syncBuiltinESMExports();

  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // Node hands an array of its own down, with the options first.
    const [options] = Array.isArray(args[0]) ? args[0] : args;
    if (Number(options?.port) === 443) options.port = 9; // nobody's
    return connect.apply(this, args);
  };
}

if (FAULT_RSS) {
  process.on('exit', () => writeFileSync(FAULT_RSS, String(process.resourceUsage().maxRSS)));
}
