CREATE TABLE sites (
  name text PRIMARY KEY,
  created timestamptz NOT NULL
);

CREATE TABLE edges (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site text NOT NULL REFERENCES sites,
  name text NOT NULL,
  created timestamptz NOT NULL,
  -- SPKI in DER, base64: the key that stays on the edge. Nothing until it is enrolled.
  public_key text,
  enrolled timestamptz,
  revoked timestamptz,
  -- End of the newest certificate.
  svid_until timestamptz,
  version text,
  -- Which manager holds its link, and since when; nothing when none does.
  manager text,
  connected timestamptz,
  seen timestamptz,
  -- The newest digest (schema/link Digest), and when it came.
  digest jsonb,
  digest_at timestamptz,
  UNIQUE (site, name)
);

CREATE TABLE enrolments (
  id text PRIMARY KEY,
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  -- SHA-256 of the secret in the token; the secret itself is nowhere.
  hash text NOT NULL UNIQUE,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz,
  -- Whose key used it: the same key may ask again when the answer was lost.
  public_key text
);
CREATE INDEX enrolments_of_edge ON enrolments (edge_id);

-- One row a stream: writers take it in turn, so that revisions have no gaps and are seen in their order.
CREATE TABLE state_heads (
  stream text PRIMARY KEY,
  revision bigint NOT NULL
);
INSERT INTO state_heads VALUES ('orders', 0), ('permits', 0), ('risk', 0);

CREATE TABLE state_objects (
  stream text NOT NULL,
  revision bigint NOT NULL,
  -- The later revision of an id wins.
  id text NOT NULL,
  level text NOT NULL,
  site text,
  edge text,
  -- Whether it puts something in force (contain, permit, a score) or ends it.
  sets boolean NOT NULL,
  expires timestamptz NOT NULL,
  -- As it was signed.
  body text NOT NULL,
  key text NOT NULL,
  signature text NOT NULL,
  -- Revision of the object that took its place.
  superseded bigint,
  PRIMARY KEY (stream, revision)
);
CREATE INDEX state_objects_by_id ON state_objects (stream, id, revision);
CREATE INDEX state_objects_in_force ON state_objects (stream, expires) WHERE sets AND superseded IS NULL;

-- What each edge did with an object.
CREATE TABLE state_reports (
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  stream text NOT NULL,
  id text NOT NULL,
  revision bigint NOT NULL,
  outcome text NOT NULL,
  text text,
  -- On the edge's clock, and when the manager heard of it.
  at timestamptz NOT NULL,
  received timestamptz NOT NULL,
  kernel_ms double precision,
  PRIMARY KEY (stream, id, edge_id)
);
