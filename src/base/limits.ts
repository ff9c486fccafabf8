/** Hard limits, each with its reason (reliability.md §4b). Sizes in bytes, durations in milliseconds. */
export const LIMITS = {
  /** Per file of a declaration: far beyond any that a person writes. */
  declarationBytes: 1024 * 1024,
  /** All files of one declaration together. */
  declarationTotalBytes: 4 * 1024 * 1024,
  declarationFiles: 32,
  /** `yaml` aborts Node on the second deep document of a process (2.9.1, Node 20). */
  declarationDepth: 64,
  /** Keys and values of all its files, aliases counted each time: reading more takes a second. */
  declarationNodes: 20_000,
  /** Of all its files: lines without content cost a little, too. */
  declarationLines: 50_000,
  declarationAliases: 100,
  /** Backslashes in double quotes: `yaml` makes an error with a stack of each that is wrong. */
  declarationEscapes: 10_000,
  authReadBytes: 32 * 1024 * 1024,
  authWriteBytes: 32 * 1024 * 1024,
  jsonDepth: 200,
  envBytes: 1024 * 1024,
  configBytes: 4 * 1024 * 1024,
  labelLength: 64,
  secretBytes: 64 * 1024,
  httpConnectMs: 10_000,
  httpTotalMs: 20_000,
  httpBodyBytes: 1024 * 1024,
  /** A program that is asked for a secret: time for a person at a pinentry, not for a hang. */
  commandMs: 30_000,
  /** Between SIGTERM and SIGKILL. */
  commandKillMs: 2_000,
  /** References that are looked up side by side. */
  references: 8,
  /** A refresh may hold the lock for 25 s (design §16). */
  lockWaitMs: 30_000,
} as const;
