import type { Question, Section } from './setup-question.ts';

/** One variable of a messaging platform. */
interface Field {
  /** Its key in an answers file, below the platform. */
  readonly key: string;
  readonly env: string;
  readonly ask: string;
  readonly kind: 'secret' | 'text' | 'list';
  /** Without it the platform does not work. */
  readonly needed?: boolean;
  readonly check?: (text: string) => string | undefined;
}

/** A messaging platform; its first variable tells whether it is set up. */
export interface Platform {
  readonly id: string;
  readonly label: string;
  readonly fields: readonly [Field, ...Field[]];
}

const users = (prefix: string): Field => ({
  key: 'allowed_users',
  env: `${prefix}_ALLOWED_USERS`,
  ask: 'Allowed users, with commas (empty: see the platform’s default)',
  kind: 'list',
});

const homeChannel = (prefix: string, key = 'HOME_CHANNEL'): Field => ({
  key: 'home_channel',
  env: `${prefix}_${key}`,
  ask: 'Home channel (empty: later, with /set-home)',
  kind: 'text',
});

const token = (key: string, env: string, ask: string): Field => ({
  key,
  env,
  ask,
  kind: 'secret',
  needed: true,
});

const telegramToken = (text: string): string | undefined =>
  /^\d+:[A-Za-z0-9_-]{30,}$/.test(text)
    ? undefined
    : 'a bot token is a number, a colon and at least 30 letters';

const endpoint = (text: string): string | undefined =>
  /^https?:\/\/[^/\s]+/.test(text) ? undefined : 'it begins with http:// or https://';

/** Platforms of Hermes that a few variables set up (cli-surface §13). */
export const PLATFORMS: readonly Platform[] = [
  {
    id: 'telegram',
    label: 'Telegram',
    fields: [
      { ...token('bot_token', 'TELEGRAM_BOT_TOKEN', 'Bot token'), check: telegramToken },
      users('TELEGRAM'),
      homeChannel('TELEGRAM'),
    ],
  },
  {
    id: 'discord',
    label: 'Discord',
    fields: [
      token('bot_token', 'DISCORD_BOT_TOKEN', 'Bot token'),
      users('DISCORD'),
      homeChannel('DISCORD'),
    ],
  },
  {
    id: 'slack',
    label: 'Slack',
    fields: [
      token('bot_token', 'SLACK_BOT_TOKEN', 'Bot token (xoxb-…)'),
      token('app_token', 'SLACK_APP_TOKEN', 'App token (xapp-…)'),
      users('SLACK'),
      homeChannel('SLACK'),
    ],
  },
  {
    id: 'matrix',
    label: 'Matrix',
    fields: [
      {
        key: 'homeserver',
        env: 'MATRIX_HOMESERVER',
        ask: 'Homeserver URL',
        kind: 'text',
        needed: true,
        check: endpoint,
      },
      token('access_token', 'MATRIX_ACCESS_TOKEN', 'Access token'),
      { key: 'user_id', env: 'MATRIX_USER_ID', ask: 'User id (@bot:server)', kind: 'text' },
      users('MATRIX'),
      homeChannel('MATRIX', 'HOME_ROOM'),
    ],
  },
  {
    id: 'mattermost',
    label: 'Mattermost',
    fields: [
      {
        key: 'url',
        env: 'MATTERMOST_URL',
        ask: 'Server URL',
        kind: 'text',
        needed: true,
        check: endpoint,
      },
      token('token', 'MATTERMOST_TOKEN', 'Bot token'),
      users('MATTERMOST'),
      homeChannel('MATTERMOST'),
    ],
  },
  {
    id: 'signal',
    label: 'Signal',
    fields: [
      {
        key: 'http_url',
        env: 'SIGNAL_HTTP_URL',
        ask: 'URL of signal-cli',
        kind: 'text',
        needed: true,
        check: endpoint,
      },
      {
        key: 'account',
        env: 'SIGNAL_ACCOUNT',
        ask: 'Phone number',
        kind: 'text',
        needed: true,
      },
      users('SIGNAL'),
      homeChannel('SIGNAL'),
    ],
  },
  {
    id: 'email',
    label: 'Email',
    fields: [
      { key: 'address', env: 'EMAIL_ADDRESS', ask: 'Address', kind: 'text', needed: true },
      token('password', 'EMAIL_PASSWORD', 'Password'),
      { key: 'imap_host', env: 'EMAIL_IMAP_HOST', ask: 'IMAP host', kind: 'text', needed: true },
      { key: 'smtp_host', env: 'EMAIL_SMTP_HOST', ask: 'SMTP host', kind: 'text', needed: true },
      users('EMAIL'),
    ],
  },
];

export const GATEWAY: Section = {
  id: 'gateway',
  title: 'Messaging Platforms',
  questions: [
    {
      key: 'platforms',
      ask: 'Platforms to configure',
      kind: 'many',
      targets: [],
      fallback: [],
      choices: PLATFORMS.map(({ id, label, fields }) => ({
        value: id,
        label,
        needs: fields[0].env,
      })),
    },
    ...PLATFORMS.flatMap(({ id, label, fields }) =>
      fields.map(
        ({ key, env, ask, kind, needed, check }): Question => ({
          key: `${id}.${key}`,
          ask: `${label}: ${ask}`,
          kind,
          targets: [{ env }],
          when: [{ answer: 'platforms', is: [id] }],
          ...(needed === undefined ? {} : { needed }),
          ...(check === undefined ? {} : { check }),
        }),
      ),
    ),
  ],
};
