CREATE TABLE users (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  role text NOT NULL,
  password text NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  totp_secret text,
  totp_pending text,
  -- The last step whose code was taken: RFC 6238, 5.2 forbids to take it twice.
  totp_step bigint NOT NULL DEFAULT 0,
  created timestamptz NOT NULL,
  changed timestamptz NOT NULL
);

CREATE TABLE sessions (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  -- SHA-256 of the secret in the cookie; the secret itself is nowhere.
  hash text NOT NULL UNIQUE,
  address text NOT NULL,
  created timestamptz NOT NULL,
  used timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE tokens (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz
);
CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE attempts (
  key text PRIMARY KEY,
  count integer NOT NULL,
  last timestamptz NOT NULL,
  until timestamptz NOT NULL
);

CREATE TABLE audit (
  sequence bigint PRIMARY KEY,
  time timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  -- Canonical JSON, exactly as it was hashed.
  body text NOT NULL,
  previous text NOT NULL,
  hash text NOT NULL,
  key text NOT NULL,
  signature text NOT NULL
);

-- One row: writers take it in turn, so that the chain has one end.
CREATE TABLE audit_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO audit_head (sequence, hash) VALUES (0, repeat('0', 64));
