import { isAbsolute, join } from 'node:path';
import { locate } from './locate.ts';
import type { Call, CallPlace, Manager } from './manager.ts';
import {
  readAll,
  readBitwardenField,
  readFirstLine,
  readMember,
  thenMember,
} from './read-output.ts';
import type { ManagerScheme } from './reference.ts';

// One row for each scheme: how its program is called, what it prints, how it fails. Exit codes are
// used where the program documents them; where it has one code for everything, its English message
// is matched (`LC_MESSAGES=C`) and never shown.

/** What a program needs to reach its server through a proxy or with a certificate of one's own. */
const NETWORK = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** Keys of AWS, Google, Azure and Vault, for programs that decrypt by them. */
const CLOUDS = ['AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*', 'VAULT_*'];

/** `op read`; one exit code for all failures (developer.1password.com/docs/cli/reference). */
const op: Manager = {
  name: '1Password',
  install: 'the 1Password CLI (op)',
  call: (rest) => ({ argv: ['op', 'read', '--no-newline', `op:${rest}`], read: readAll }),
  env: ['OP_*', ...NETWORK],
  symptoms: [
    { stderr: /authorization (prompt dismissed|timeout|denied)|app is locked/i, is: 'locked' },
    {
      stderr: /not (currently )?signed in|no accounts configured|session expired|\((401|403)\)/i,
      is: 'not_logged_in',
    },
    { stderr: /isn't an? (item|vault|field|section)\b|does not have a /i, is: 'not_found' },
    { stderr: /more than one (item|vault) /i, is: 'ambiguous' },
  ],
  hints: {
    locked: 'unlock the 1Password app',
    not_logged_in: 'op signin',
    not_found: 'op item list',
    ambiguous: 'use the id of the item in place of its name',
  },
};

/** `pass show`: 1 is an error of its own, any other code comes from gpg (pass(1), its `cmd_show`). */
const pass: Manager = {
  name: 'the password store',
  install: 'pass (passwordstore.org)',
  call: (rest) => ({
    argv: ['pass', 'show', '--', rest],
    // A folder is listed, with code 0 and its own name in the first line.
    read: (stdout) => {
      const first = readFirstLine(stdout);
      const isFolder = 'value' in first && first.value === rest.replace(/\/$/, '');
      return isFolder ? { is: 'not_found' } : first;
    },
  }),
  env: ['PASSWORD_STORE_*'],
  symptoms: [
    { exitCode: 1, is: 'not_found' },
    { exitCode: 2, is: 'locked' },
  ],
  hints: {
    locked: 'gpg --list-secret-keys shows which keys are there; gpg-agent may ask for a passphrase',
    not_found: 'pass ls',
  },
  says: { locked: 'gpg can not decrypt it: its key is locked or missing' },
};

/**
 * `gopass show --password` with its stable exit codes (gopass docs/exit-codes.md). Debian 12 has
 * another program of this name, which knows no `--password` and has one code for all failures.
 */
const gopass: Manager = {
  name: 'gopass',
  install: 'gopass (gopass.pw)',
  call: (rest) => ({
    argv: ['gopass', 'show', '--password', '--', rest],
    read: readAll,
    otherwise: { argv: ['gopass', 'show', rest], read: readFirstLine },
  }),
  env: ['GOPASS_*', 'PASSWORD_STORE_*'],
  set: { GOPASS_NO_NOTIFY: 'true', NO_COLOR: '1' },
  symptoms: [
    { exitCode: 6, is: 'not_logged_in' },
    { exitCode: 10, is: 'not_found' },
    { exitCode: 11, is: 'locked' },
    { exitCode: 1, stderr: /flag provided but not defined: -password/, is: 'other_program' },
    { exitCode: 1, stderr: /could not find password/, is: 'not_found' },
    { exitCode: 1, stderr: /decryption failed|exit status 2\b/, is: 'locked' },
  ],
  hints: {
    locked: 'gpg --list-secret-keys shows which keys are there; gpg-agent may ask for a passphrase',
    not_logged_in: 'gopass setup',
    not_found: 'gopass ls',
  },
  says: {
    locked: 'gopass can not decrypt it: its key is locked or missing',
    not_logged_in: 'gopass is not set up',
  },
};

/** `bw get`: code 1 for all failures, the reason on stderr (bitwarden.com/help/cli). */
const bw: Manager = {
  name: 'Bitwarden',
  install: 'the Bitwarden CLI (bw)',
  call: (rest) => {
    const [item, field] = splitAt(rest, '#');
    return field === undefined
      ? { argv: ['bw', 'get', 'password', item, '--nointeraction'], read: readAll }
      : { argv: ['bw', 'get', 'item', item, '--nointeraction'], read: readBitwardenField(field) };
  },
  env: ['BW_SESSION', 'BITWARDENCLI_APPDATA_DIR', 'NODE_EXTRA_CA_CERTS', ...NETWORK],
  symptoms: [
    { stderr: /vault is locked/i, is: 'locked' },
    { stderr: /not logged in/i, is: 'not_logged_in' },
    { stderr: /no password available/i, is: 'empty' },
    { stderr: /more than one result/i, is: 'ambiguous' },
    { stderr: /not found/i, is: 'not_found' },
  ],
  hints: {
    locked: 'export BW_SESSION="$(bw unlock --raw)"',
    not_logged_in: 'bw login',
    not_found: 'bw sync, then bw list items',
    ambiguous: 'use the id of the item in place of its name',
  },
};

/**
 * `vault kv get -field`: 1 for a wrong call or a field that is not there, 2 for an answer of the
 * server, whose HTTP status stands on stderr (developer.hashicorp.com/vault/docs/commands).
 */
const vault: Manager = {
  name: 'Vault',
  install: 'the Vault CLI (vault)',
  call: (rest) => {
    const [path, field = ''] = splitAt(rest, '#');
    return { argv: ['vault', 'kv', 'get', `-field=${field}`, path], read: readAll };
  },
  env: ['VAULT_*', ...NETWORK],
  symptoms: [
    { exitCode: 1, is: 'not_found' },
    { exitCode: 2, stderr: /no value found/i, is: 'not_found' },
    { exitCode: 2, stderr: /Code: (403|401)\b/, is: 'not_logged_in' },
    { exitCode: 2, stderr: /Code: 404\b/, is: 'not_found' },
    { exitCode: 2, stderr: /Code: 503\b/, is: 'locked' },
  ],
  hints: {
    locked: 'vault operator unseal',
    not_logged_in: 'vault login',
    not_found: 'vault kv get shows the fields of a path',
  },
  says: { locked: 'Vault is sealed' },
};

/** `sops --extract`, exit codes by cmd/sops/codes of getsops/sops. */
const sops: Manager = {
  name: 'sops',
  install: 'sops (getsops.io)',
  call: (rest, place) => {
    const [file, key = ''] = splitAt(rest, '#');
    const path = locate(file, place);
    const keys = key.split('.').map((part) => (/^\d+$/.test(part) ? `[${part}]` : `["${part}"]`));
    return {
      argv: ['sops', '--decrypt', '--extract', keys.join(''), path],
      needs: [{ path, is: 'not_found' }],
      read: readAll,
    };
  },
  env: ['SOPS_*', ...CLOUDS, ...NETWORK],
  symptoms: [
    { exitCode: 1, is: 'not_found' },
    { exitCode: 2, is: 'not_found' },
    { exitCode: 91, is: 'not_found' },
    { exitCode: 100, is: 'not_found' },
    { exitCode: 111, is: 'locked' },
    { exitCode: 128, is: 'locked' },
  ],
  hints: {
    locked: 'SOPS_AGE_KEY_FILE names the file of your age key; gpg-agent may ask for a passphrase',
    not_found: 'sops edit shows the keys of a file',
  },
  says: { locked: 'no key that sops can use opens the file' },
};

/** `age --decrypt`: code 1 for all failures (age(1)). */
const age: Manager = {
  name: 'age',
  install: 'age (age-encryption.org)',
  call: (rest, place) => {
    const [file, identity] = splitAt(rest, '#');
    const path = locate(file, place);
    const key = identity === undefined ? ageIdentity(place) : locate(identity, place);
    return {
      argv: ['age', '--decrypt', '--identity', key, path],
      needs: [
        { path, is: 'not_found' },
        { path: key, is: 'locked' },
      ],
      read: readAll,
    };
  },
  env: [],
  symptoms: [{ stderr: /no identity matched|incorrect passphrase/i, is: 'locked' }],
  hints: { locked: 'name the identity: age:FILE#IDENTITY, or in SOPS_AGE_KEY_FILE' },
  says: { locked: 'there is no identity that opens the file' },
};

/** `secret-tool lookup` of libsecret: 1 without a word when it finds nothing or may not look. */
const secretService: Manager = {
  name: 'the keyring',
  install: 'secret-tool (Debian: libsecret-tools)',
  call: (rest) => {
    const [service, user = ''] = splitAt(rest, '/');
    return {
      argv: ['secret-tool', 'lookup', 'service', service, 'username', user],
      read: readAll,
    };
  },
  env: [],
  symptoms: [
    { exitCode: 1, stderr: /^\s*$/, is: 'not_found' },
    { exitCode: 1, is: 'locked' },
  ],
  hints: {
    locked: 'a keyring (GNOME Keyring, KWallet) must run in your session, unlocked',
    not_found: 'secret-tool store --label NAME service SERVICE username USER',
  },
  says: {
    locked: 'no keyring can be reached',
    not_found: 'it is not in the keyring, or the keyring is locked',
  },
};

/** `security` of macOS: the exit code is the lowest byte of its OSStatus (security(1)). */
const keychain: Manager = {
  ...secretService,
  name: 'the keychain',
  install: 'security, which is part of macOS',
  call: (rest) => {
    const [service, user = ''] = splitAt(rest, '/');
    return {
      argv: ['security', 'find-generic-password', '-s', service, '-a', user, '-w'],
      read: readAll,
    };
  },
  symptoms: [
    { exitCode: 44, is: 'not_found' },
    { exitCode: 36, is: 'locked' },
    { exitCode: 51, is: 'locked' },
    { exitCode: 128, is: 'locked' },
  ],
  hints: {
    locked: 'security unlock-keychain',
    not_found: 'security add-generic-password -s SERVICE -a USER -w',
  },
  says: {},
};

/**
 * `aws secretsmanager`: 253 without credentials, 254 for an answer of the service, whose error name
 * stands in parentheses (AWS CLI return codes); version 1 says 255 for both.
 */
const awsSm: Manager = {
  name: 'AWS Secrets Manager',
  install: 'the AWS CLI (aws)',
  call: (rest) => {
    const [id, member] = splitAt(rest, '#');
    return {
      argv: ['aws', 'secretsmanager', 'get-secret-value', `--secret-id=${id}`, '--output=json'],
      read: thenMember(readMember('SecretString'), member),
    };
  },
  env: ['AWS_*', ...NETWORK],
  set: { AWS_PAGER: '' },
  symptoms: [
    { exitCode: 253, is: 'not_logged_in' },
    { stderr: /\(ResourceNotFoundException\)/, is: 'not_found' },
    {
      stderr: /\((AccessDenied|ExpiredToken|UnrecognizedClient|InvalidClientTokenId)\w*\)/,
      is: 'not_logged_in',
    },
    { exitCode: 255, stderr: /unable to locate credentials|SSO/i, is: 'not_logged_in' },
  ],
  hints: {
    not_logged_in: 'aws sts get-caller-identity shows who you are; aws sso login',
    not_found: 'aws secretsmanager list-secrets',
  },
};

/** `gcloud secrets versions access`: code 1 for all failures, with the gRPC status on stderr. */
const gcpSm: Manager = {
  name: 'Google Secret Manager',
  install: 'the Google Cloud CLI (gcloud)',
  call: (rest) => {
    const [secret, member] = splitAt(rest, '#');
    const [, project, short, version = 'latest'] =
      /^(?:projects\/([^/]+)\/secrets\/)?([^/]+)(?:\/versions\/([^/]+))?$/.exec(secret) ?? [];
    const inProject = project === undefined ? [] : [`--project=${project}`];
    return {
      argv: [
        'gcloud',
        'secrets',
        'versions',
        'access',
        version,
        `--secret=${short ?? secret}`,
        ...inProject,
        '--quiet',
      ],
      read: thenMember(readAll, member),
    };
  },
  env: ['CLOUDSDK_*', 'GOOGLE_APPLICATION_CREDENTIALS', ...NETWORK],
  symptoms: [
    { stderr: /\bNOT_FOUND\b/, is: 'not_found' },
    {
      stderr: /\b(PERMISSION_DENIED|UNAUTHENTICATED)\b|active account|gcloud auth login/,
      is: 'not_logged_in',
    },
  ],
  hints: {
    not_logged_in: 'gcloud auth login',
    not_found: 'gcloud secrets list',
  },
};

const MANAGERS: Readonly<Record<Exclude<ManagerScheme, 'keyring'>, Manager>> = {
  op,
  pass,
  gopass,
  bw,
  vault,
  sops,
  age,
  'aws-sm': awsSm,
  'gcp-sm': gcpSm,
};

/** The row of a scheme. */
export function managerOf(scheme: ManagerScheme, platform: NodeJS.Platform): Manager {
  if (scheme !== 'keyring') return MANAGERS[scheme];
  return platform === 'darwin' ? keychain : secretService;
}

/** How a reference of a manager is looked up. Starts nothing. */
export function callOf(scheme: ManagerScheme, rest: string, place: CallPlace): Call {
  return managerOf(scheme, place.platform).call(rest, place);
}

/** Where sops looks for age keys, so that one file serves both (getsops/sops, README). */
function ageIdentity({ processEnv, userHome, platform }: CallPlace): string {
  const given = processEnv.SOPS_AGE_KEY_FILE;
  if (given) return given;
  const xdg = processEnv.XDG_CONFIG_HOME;
  const user = platform === 'darwin' ? 'Library/Application Support' : '.config';
  const base = xdg && isAbsolute(xdg) ? xdg : join(userHome ?? '/', user);
  return join(base, 'sops/age/keys.txt');
}

function splitAt(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
