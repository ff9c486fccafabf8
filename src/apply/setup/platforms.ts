import type { Question } from './question.ts';

type Unplaced<T> = T extends unknown ? Omit<T, 'targets' | 'when'> : never;

/** One variable of a messaging platform, and how it is asked for; `key` is below the platform. */
export type Field = Unplaced<Question> & { readonly env: string };

/** A messaging platform that a few variables set up. */
export interface Platform {
  /** As in `platform_toolsets` of config.yaml. */
  readonly id: string;
  readonly label: string;
  /** The variable that tells Hermes to use it. */
  readonly on: string;
  /** `on` holds true or false, and nothing that is asked for. */
  readonly isSwitch?: true;
  readonly fields: readonly Field[];
  /**
   * Hermes gives it fewer tools than others, because strangers write what it reads: no list of
   * tools is offered, which could only widen that.
   */
  readonly ownTools?: true;
  /** What is left to Hermes. */
  readonly next?: string;
}

const secret = (key: string, env: string, ask: string): Field => ({
  key,
  env,
  ask,
  kind: 'secret',
  needed: true,
});

const text = (key: string, env: string, ask: string, more: Partial<TextField> = {}): Field => ({
  key,
  env,
  ask,
  kind: 'text',
  ...more,
});
type TextField = Extract<Field, { readonly kind: 'text' | 'list' }>;

const needed = { needed: true };

/** Hermes lets nobody else in; an unknown person gets a code that `hermes pairing approve` takes. */
const users = (env: string, check?: TextField['check']): Field => ({
  key: 'allowed_users',
  env,
  ask: 'Allowed users, with commas (empty: by pairing)',
  kind: 'list',
  ...(check === undefined ? {} : { check }),
});

const home = (env: string, key = 'home_channel', what = 'Home channel'): Field =>
  text(key, env, `${what} (empty: later, with /sethome)`);

const telegramToken = (text: string): string | undefined =>
  /^\d+:[A-Za-z0-9_-]{30,}$/.test(text)
    ? undefined
    : 'a bot token is a number, a colon and at least 30 letters';

const endpoint = (text: string): string | undefined =>
  /^https?:\/\/[^/\s]+/.test(text) ? undefined : 'it begins with http:// or https://';

const phones = (text: string): string | undefined =>
  text === '*' || /^\d{5,20}(,\d{5,20})*$/.test(text)
    ? undefined
    : 'numbers with country code, digits only: 15551234567';

/**
 * The platforms, in Hermes' order. Names of variables: Hermes' own documentation, "Environment
 * Variables" and its page of each platform, November 2026.
 */
export const PLATFORMS: readonly Platform[] = [
  {
    id: 'telegram',
    label: 'Telegram',
    on: 'TELEGRAM_BOT_TOKEN',
    fields: [
      {
        key: 'bot_token',
        env: 'TELEGRAM_BOT_TOKEN',
        ask: 'Bot token',
        kind: 'secret',
        needed: true,
        check: telegramToken,
      },
      users('TELEGRAM_ALLOWED_USERS'),
      home('TELEGRAM_HOME_CHANNEL'),
    ],
  },
  {
    id: 'discord',
    label: 'Discord',
    on: 'DISCORD_BOT_TOKEN',
    fields: [
      secret('bot_token', 'DISCORD_BOT_TOKEN', 'Bot token'),
      users('DISCORD_ALLOWED_USERS'),
      home('DISCORD_HOME_CHANNEL'),
    ],
  },
  {
    id: 'slack',
    label: 'Slack',
    on: 'SLACK_BOT_TOKEN',
    fields: [
      secret('bot_token', 'SLACK_BOT_TOKEN', 'Bot token (xoxb-…)'),
      secret('app_token', 'SLACK_APP_TOKEN', 'App token (xapp-…)'),
      users('SLACK_ALLOWED_USERS'),
      home('SLACK_HOME_CHANNEL'),
    ],
  },
  {
    id: 'matrix',
    label: 'Matrix',
    on: 'MATRIX_HOMESERVER',
    next: 'Matrix: hermes gateway setup installs what its encryption needs',
    fields: [
      text('homeserver', 'MATRIX_HOMESERVER', 'Homeserver URL', { ...needed, check: endpoint }),
      secret('access_token', 'MATRIX_ACCESS_TOKEN', 'Access token'),
      text('user_id', 'MATRIX_USER_ID', 'User id (@bot:server)'),
      {
        key: 'encryption',
        env: 'MATRIX_ENCRYPTION',
        ask: 'End-to-end encryption?',
        kind: 'yes_no',
        fallback: false,
        quietDefault: true,
      },
      users('MATRIX_ALLOWED_USERS'),
      home('MATRIX_HOME_ROOM'),
    ],
  },
  {
    id: 'mattermost',
    label: 'Mattermost',
    on: 'MATTERMOST_URL',
    fields: [
      text('url', 'MATTERMOST_URL', 'Server URL', { ...needed, check: endpoint }),
      secret('token', 'MATTERMOST_TOKEN', 'Bot token'),
      users('MATTERMOST_ALLOWED_USERS'),
      home('MATTERMOST_HOME_CHANNEL'),
    ],
  },
  {
    id: 'whatsapp',
    label: 'WhatsApp',
    on: 'WHATSAPP_ENABLED',
    isSwitch: true,
    next: 'WhatsApp: link the phone: hermes whatsapp',
    fields: [
      {
        key: 'mode',
        env: 'WHATSAPP_MODE',
        ask: 'Whose number?',
        kind: 'choice',
        fallback: 'self-chat',
        choices: [
          { value: 'self-chat', label: 'My own: I write to myself' },
          { value: 'bot', label: 'One of its own' },
        ],
      },
      users('WHATSAPP_ALLOWED_USERS', phones),
      home('WHATSAPP_HOME_CHANNEL'),
    ],
  },
  {
    id: 'whatsapp_cloud',
    label: 'WhatsApp Business Cloud',
    on: 'WHATSAPP_CLOUD_PHONE_NUMBER_ID',
    fields: [
      text('phone_number_id', 'WHATSAPP_CLOUD_PHONE_NUMBER_ID', 'Phone number ID', needed),
      secret('access_token', 'WHATSAPP_CLOUD_ACCESS_TOKEN', 'Access token'),
      secret('app_secret', 'WHATSAPP_CLOUD_APP_SECRET', 'App secret'),
      secret('verify_token', 'WHATSAPP_CLOUD_VERIFY_TOKEN', 'Verify token (you choose it)'),
      users('WHATSAPP_CLOUD_ALLOWED_USERS', phones),
      home('WHATSAPP_CLOUD_HOME_CHANNEL'),
    ],
  },
  {
    id: 'signal',
    label: 'Signal',
    on: 'SIGNAL_HTTP_URL',
    fields: [
      text('http_url', 'SIGNAL_HTTP_URL', 'URL of signal-cli', {
        ...needed,
        check: endpoint,
        fallback: 'http://127.0.0.1:8080',
      }),
      text('account', 'SIGNAL_ACCOUNT', 'Phone number', needed),
      users('SIGNAL_ALLOWED_USERS'),
      {
        key: 'groups',
        env: 'SIGNAL_GROUP_ALLOWED_USERS',
        ask: 'Ids of groups, with commas (empty: none, *: all)',
        kind: 'list',
      },
      home('SIGNAL_HOME_CHANNEL'),
    ],
  },
  {
    id: 'email',
    label: 'Email',
    on: 'EMAIL_ADDRESS',
    fields: [
      text('address', 'EMAIL_ADDRESS', 'Address', needed),
      secret('password', 'EMAIL_PASSWORD', 'Password'),
      text('imap_host', 'EMAIL_IMAP_HOST', 'IMAP host', needed),
      text('smtp_host', 'EMAIL_SMTP_HOST', 'SMTP host', needed),
      users('EMAIL_ALLOWED_USERS'),
      home('EMAIL_HOME_ADDRESS', 'home_address', 'Address for its own messages'),
    ],
  },
  {
    id: 'sms',
    label: 'SMS (Twilio)',
    on: 'SMS_WEBHOOK_URL',
    fields: [
      text('account_sid', 'TWILIO_ACCOUNT_SID', 'Account SID', needed),
      secret('auth_token', 'TWILIO_AUTH_TOKEN', 'Auth token'),
      text('phone_number', 'TWILIO_PHONE_NUMBER', 'Phone number (+1555…)', needed),
      text('webhook_url', 'SMS_WEBHOOK_URL', 'Public URL of the webhook', {
        ...needed,
        check: endpoint,
      }),
      users('SMS_ALLOWED_USERS'),
      home('SMS_HOME_CHANNEL'),
    ],
  },
  {
    id: 'bluebubbles',
    label: 'BlueBubbles (iMessage)',
    on: 'BLUEBUBBLES_SERVER_URL',
    fields: [
      text('server_url', 'BLUEBUBBLES_SERVER_URL', 'Server URL', { ...needed, check: endpoint }),
      secret('password', 'BLUEBUBBLES_PASSWORD', 'Server password'),
      users('BLUEBUBBLES_ALLOWED_USERS'),
      home('BLUEBUBBLES_HOME_CHANNEL'),
    ],
  },
  {
    id: 'dingtalk',
    label: 'DingTalk',
    on: 'DINGTALK_CLIENT_ID',
    fields: [
      text('client_id', 'DINGTALK_CLIENT_ID', 'AppKey', needed),
      secret('client_secret', 'DINGTALK_CLIENT_SECRET', 'AppSecret'),
      users('DINGTALK_ALLOWED_USERS'),
      home('DINGTALK_HOME_CHANNEL'),
    ],
  },
  {
    id: 'feishu',
    label: 'Feishu / Lark',
    on: 'FEISHU_APP_ID',
    fields: [
      text('app_id', 'FEISHU_APP_ID', 'App ID', needed),
      secret('app_secret', 'FEISHU_APP_SECRET', 'App secret'),
      {
        key: 'domain',
        env: 'FEISHU_DOMAIN',
        ask: 'Which one?',
        kind: 'choice',
        fallback: 'feishu',
        choices: [
          { value: 'feishu', label: 'Feishu (China)' },
          { value: 'lark', label: 'Lark (international)' },
        ],
      },
      users('FEISHU_ALLOWED_USERS'),
      home('FEISHU_HOME_CHANNEL'),
    ],
  },
  {
    id: 'wecom',
    label: 'WeCom',
    on: 'WECOM_BOT_ID',
    fields: [
      text('bot_id', 'WECOM_BOT_ID', 'Bot ID', needed),
      secret('secret', 'WECOM_SECRET', 'Secret'),
      users('WECOM_ALLOWED_USERS'),
      home('WECOM_HOME_CHANNEL'),
    ],
  },
  {
    id: 'qqbot',
    label: 'QQ Bot',
    on: 'QQ_APP_ID',
    fields: [
      text('app_id', 'QQ_APP_ID', 'App ID', needed),
      secret('client_secret', 'QQ_CLIENT_SECRET', 'App secret'),
      users('QQ_ALLOWED_USERS'),
      home('QQBOT_HOME_CHANNEL'),
    ],
  },
  {
    id: 'webhook',
    label: 'Webhooks',
    on: 'WEBHOOK_ENABLED',
    isSwitch: true,
    ownTools: true,
    next: 'webhooks: each route is made by: hermes webhook subscribe NAME',
    fields: [
      {
        key: 'port',
        env: 'WEBHOOK_PORT',
        ask: 'Port',
        kind: 'number',
        fallback: 8644,
        least: 1,
        most: 65_535,
        whole: true,
        quietDefault: true,
      },
      secret('secret', 'WEBHOOK_SECRET', 'Secret that signs requests (you choose it)'),
    ],
  },
];
