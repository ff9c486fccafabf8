/** What the value of an option is called in help, where its own name does not say it. */
const NAMES: Readonly<Record<string, string>> = {
  '--config': 'file',
  '--answers': 'file',
  '--out': 'file',
  '--body': 'file',
  '--ca-bundle': 'file',
  '--against': 'file',
  '--home': 'dir',
  '--target': 'address',
  '--allow-empty': 'provider',
  '--max-removals': 'number',
  '--lock-timeout': 'seconds',
  '--timeout': 'seconds',
  '--retry-after': 'seconds',
  '--min-key-ttl-seconds': 'seconds',
  '--within': 'span',
  '--min-ttl': 'span',
  '--reset-at': 'time',
  '--status': 'code',
  '--reason': 'code',
  '--api-key': 'key',
  '--portal-url': 'url',
  '--inference-url': 'url',
  '--base-url': 'url',
  '--redirect-uri': 'url',
  '--client-id': 'id',
  '--api-mode': 'mode',
  '--profile': 'name',
};

/** The name of an option's value: its own, or the option's. */
export function valueName(option: string): string {
  return NAMES[option] ?? option.replace(/^-+/, '');
}
