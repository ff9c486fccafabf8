import manifest from '../../package.json' with { type: 'json' };

/** The version of gormes, from package.json. */
export const VERSION: string = manifest.version;
