/**
 * The environment in which runs share the program's compiled code, as a user's runs do: with a home of
 * its own each test would compile all of it.
 */
export const KEPT_CODE = {
  XDG_CACHE_HOME: new URL('../../node_modules/.cache/gormes-test/cache', import.meta.url).pathname,
};
