// Preloaded into a measured program (`node --require`): writes its largest memory in KiB at its end.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS));
});
