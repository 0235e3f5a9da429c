-- API keys: who may come in without a provider. The key itself is nowhere, only its SHA-256.
CREATE TABLE api_keys (
    key_id          uuid PRIMARY KEY,
    key_hash        bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    prefix          text NOT NULL,
    name            text NOT NULL,
    scopes          text[] NOT NULL,
    write_audience  text,
    read_audiences  text[],
    may_delegate    boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    revoked_by      text,
    last_used_at    timestamptz
);
CREATE INDEX api_keys_created_at ON api_keys (created_at);
