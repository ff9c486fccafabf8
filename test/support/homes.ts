/** The files of a home, as texts to write. */
export interface ExampleHome {
  readonly auth: string;
  readonly env: string;
  readonly config: string;
}

/**
 * API keys with a cooldown, and OAuth logins, as Hermes of August wrote them.
 */
export const apiKeysAndLogin: ExampleHome = {
  auth: `{
  "version": 1,
  "providers": {
    "nous": {
      "portal_base_url": "https://portal.nousresearch.com",
      "inference_base_url": "https://inference-api.nousresearch.com/v1",
      "client_id": "hermes-cli",
      "scope": "inference:invoke",
      "token_type": "Bearer",
      "access_token": "eyJhbGciOiJFUzI1NiJ9.FAKE-NOUS.sig",
      "refresh_token": "fake-nous-refresh-1",
      "obtained_at": "2026-08-10T09:00:00.120000+00:00",
      "expires_at": "2026-08-10T10:00:00.120000+00:00",
      "expires_in": 3600,
      "tls": {"insecure": false, "ca_bundle": null},
      "agent_key": "eyJhbGciOiJFUzI1NiJ9.FAKE-NOUS.sig",
      "agent_key_id": null,
      "agent_key_expires_at": "2026-08-10T10:00:00+00:00",
      "agent_key_expires_in": 3600,
      "agent_key_reused": null,
      "agent_key_obtained_at": "2026-08-10T09:00:00.120000+00:00",
      "label": "personal"
    }
  },
  "active_provider": "nous",
  "credential_pool": {
    "nous": [
      {"id": "3f09ac", "label": "personal", "auth_type": "oauth", "priority": 0, "source": "device_code",
       "access_token": "eyJhbGciOiJFUzI1NiJ9.FAKE-NOUS.sig", "refresh_token": "fake-nous-refresh-1",
       "last_status": null, "last_status_at": null, "last_error_code": null, "last_error_reason": null,
       "last_error_message": null, "last_error_reset_at": null,
       "expires_at": "2026-08-10T10:00:00.120000+00:00",
       "inference_base_url": "https://inference-api.nousresearch.com/v1",
       "agent_key": "eyJhbGciOiJFUzI1NiJ9.FAKE-NOUS.sig", "agent_key_expires_at": "2026-08-10T10:00:00+00:00",
       "request_count": 0, "token_type": "Bearer", "scope": "inference:invoke", "client_id": "hermes-cli",
       "portal_base_url": "https://portal.nousresearch.com", "obtained_at": "2026-08-10T09:00:00.120000+00:00",
       "expires_in": 3600, "tls": {"insecure": false, "ca_bundle": null}}
    ],
    "anthropic": [
      {"id": "a41c77", "label": "anthropic-oauth-1", "auth_type": "oauth", "priority": 0, "source": "manual:hermes_pkce",
       "access_token": "sk-ant-oat01-FAKE", "refresh_token": "sk-ant-ort01-FAKE",
       "last_status": null, "last_status_at": null, "last_error_code": null, "last_error_reason": null,
       "last_error_message": null, "last_error_reset_at": null,
       "base_url": "https://api.anthropic.com", "expires_at_ms": 1786360000000, "request_count": 0},
      {"id": "0b7d12", "label": "api-key-2", "auth_type": "api_key", "priority": 1, "source": "manual",
       "access_token": "sk-ant-api03-FAKE", "last_status": "exhausted", "last_status_at": 1786355001.52,
       "last_error_code": 429, "last_error_reason": "rate_limit_error",
       "last_error_message": "This request would exceed your rate limit", "last_error_reset_at": 1786358601.0,
       "base_url": "https://api.anthropic.com", "request_count": 12, "failure_reason": "rate_limit"}
    ]
  },
  "updated_at": "2026-08-10T09:03:21.481230+00:00"
}
`,
  env: `# Written by hand; the login below needs nothing from here.
HERMES_MAX_ITERATIONS=60

ANTHROPIC_API_KEY=
`,
  config: `# my settings
model:
  default: hermes-4-405b  # the big one
  provider: nous
credential_pool_strategies:
  anthropic: fill_first
_config_version: 34
`,
};

/**
 * Borrowed entries, a custom endpoint whose slug keeps its brackets, suppressed sources, an empty
 * pool. The fingerprints are those of other secrets than the ones of `.env`.
 */
export const environmentReferences: ExampleHome = {
  auth: `{
  "version": 1,
  "providers": {
    "zai": {"detected_endpoint": {"base_url": "https://api.z.ai/api/coding/paas/v4", "endpoint_id": "coding-global",
      "model": "glm-5.2", "label": "Global (Coding Plan)", "key_hash": "9b74c9897bac770f"}}
  },
  "credential_pool": {
    "openrouter": [
      {"id": "8ab5b0", "label": "OPENROUTER_API_KEY", "auth_type": "api_key", "priority": 0, "source": "env:OPENROUTER_API_KEY",
       "last_status": "ok", "last_status_at": null, "last_error_code": null, "last_error_reason": null,
       "last_error_message": null, "last_error_reset_at": null, "base_url": "https://openrouter.ai/api/v1",
       "request_count": 142, "secret_source": "bitwarden", "secret_fingerprint": "sha256:12ab34cd56ef7890"},
      {"id": "5b2c33", "label": "work", "auth_type": "api_key", "priority": 1, "source": "manual",
       "access_token": "sk-or-v1-FAKE0002", "last_status": null, "last_status_at": null, "last_error_code": null,
       "last_error_reason": null, "last_error_message": null, "last_error_reset_at": null,
       "base_url": "https://openrouter.ai/api/v1", "request_count": 0}
    ],
    "custom:my-lab-(gpu)": [
      {"id": "92ef10", "label": "My Lab (GPU)", "auth_type": "api_key", "priority": 0, "source": "config:My Lab (GPU)",
       "last_status": null, "last_status_at": null, "last_error_code": null, "last_error_reason": null,
       "last_error_message": null, "last_error_reset_at": null, "base_url": "http://localhost:8000/v1",
       "request_count": 0, "secret_fingerprint": "sha256:ddce02e1b3161061"}
    ],
    "deepseek": []
  },
  "updated_at": "2026-08-10T09:03:21.481230+00:00",
  "suppressed_sources": {
    "deepseek": ["env:DEEPSEEK_API_KEY"],
    "copilot": ["gh_cli", "env:COPILOT_GITHUB_TOKEN", "env:GH_TOKEN", "env:GITHUB_TOKEN"],
    "custom:my-lab-(gpu)": ["model_config"]
  }
}
`,
  env: `# keys
OPENROUTER_API_KEY=sk-or-v1-FAKE0001
export GLM_API_KEY="fake-glm-key-0001"

# left over: its source is suppressed
DEEPSEEK_API_KEY=sk-FAKE-deepseek-0001
`,
  config: `model:
  default: anthropic/claude-sonnet-4.5
  provider: openrouter
  base_url: https://openrouter.ai/api/v1

credential_pool_strategies:
  openrouter: round_robin   # spread the load

providers:
  my-lab-gpu:
    name: My Lab (GPU)
    api: http://localhost:8000/v1
    api_key: fake-lab-key-0001
    transport: chat_completions
    default_model: qwen3-32b
_config_version: 34
`,
};

/**
 * An older home: Codex, a dead entry, a provider that later versions dropped, Spotify, a raw secret
 * in a borrowed entry, and a key of the future.
 */
export const aprilHome: ExampleHome = {
  auth: `{
  "version": 1,
  "active_provider": "openai-codex",
  "providers": {
    "openai-codex": {"tokens": {"access_token": "eyJhbGciOiJSUzI1NiJ9.FAKE-CODEX.sig", "refresh_token": "rt_fake_codex"},
      "last_refresh": "2026-04-28T07:15:00.000000Z", "auth_mode": "chatgpt"},
    "spotify": {"client_id": "0123456789abcdef0123456789abcdef", "redirect_uri": "http://127.0.0.1:43827/spotify/callback",
      "accounts_base_url": "https://accounts.spotify.com", "api_base_url": "https://api.spotify.com/v1",
      "scope": "user-read-playback-state user-modify-playback-state", "granted_scope": "user-read-playback-state user-modify-playback-state",
      "token_type": "Bearer", "access_token": "BQ-FAKE", "refresh_token": "AQ-FAKE",
      "obtained_at": "2026-04-28T07:00:00+00:00", "expires_at": "2026-04-28T08:00:00+00:00", "expires_in": 3600, "auth_type": "oauth_pkce"}
  },
  "credential_pool": {
    "openai-codex": [
      {"id": "c0ffee", "label": "me@example.com", "auth_type": "oauth", "priority": 0, "source": "manual:device_code",
       "access_token": "eyJhbGciOiJSUzI1NiJ9.FAKE-CODEX-2.sig", "refresh_token": "rt_fake_codex_2", "last_status": "dead",
       "last_status_at": 1777360000.0, "last_error_code": 401, "last_error_reason": "token_revoked",
       "last_error_message": "Token was revoked", "last_error_reset_at": null,
       "base_url": "https://chatgpt.com/backend-api/codex", "last_refresh": "2026-04-27T07:15:00Z", "request_count": 0}
    ],
    "google-gemini-cli": [
      {"id": "71d0aa", "label": "me@example.com", "auth_type": "oauth", "priority": 0, "source": "manual:google_pkce",
       "access_token": "ya29.FAKE", "refresh_token": "1//FAKE", "last_status": null, "last_status_at": null,
       "last_error_code": null, "last_error_reason": null, "last_error_message": null, "last_error_reset_at": null, "request_count": 0}
    ],
    "zai": [
      {"id": "4b2af1", "label": "GLM_API_KEY", "auth_type": "api_key", "priority": 0, "source": "env:GLM_API_KEY",
       "access_token": "RAW-FAKE-KEY-april-wrote-this", "last_status": null, "last_status_at": null, "last_error_code": null,
       "last_error_reason": null, "last_error_message": null, "last_error_reset_at": null,
       "base_url": "https://api.z.ai/api/paas/v4", "request_count": 0}
    ]
  },
  "some_future_key": {"keep": "me"},
  "updated_at": "2026-04-28T07:20:00.000000+00:00"
}
`,
  env: `GLM_API_KEY='RAW-FAKE-KEY-april-wrote-this'
`,
  config: `model:
  default: gpt-5.2-codex
  provider: openai-codex
custom_providers: []
`,
};
