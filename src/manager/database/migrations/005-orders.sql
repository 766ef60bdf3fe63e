-- What people and agreed responses ordered, and what waits for a person.
CREATE TABLE orders (
  id text PRIMARY KEY,
  ip text NOT NULL,
  level text NOT NULL,
  site text,
  edge text,
  -- waiting, ordered, released or refused; what ran out says `expires`.
  state text NOT NULL,
  -- An agreed response ordered it, no person.
  automatic boolean NOT NULL,
  -- Assets of reached sites that have this address, as `SITE ASSET`.
  known text[] NOT NULL,
  seconds integer NOT NULL,
  reason text NOT NULL,
  -- Why it waits, or waited.
  why text,
  by text NOT NULL,
  -- Who must not approve it: the account, or what speaks through the socket.
  author text NOT NULL,
  created timestamptz NOT NULL,
  -- End of the containment; of the question while it waits.
  expires timestamptz NOT NULL,
  decided timestamptz,
  decided_by text,
  decision text,
  released timestamptz,
  released_by text,
  release_reason text,
  -- In the stream `orders`: when it was put in force first, and the newest of its id.
  revision bigint,
  newest bigint,
  published timestamptz,
  -- What it follows from: an event of an edge, by the edge's clock, and when the manager had it.
  cause_site text,
  cause_edge text,
  event text,
  detected timestamptz,
  received timestamptz,
  zone text,
  evidence text,
  -- The row of `responses:` that covers it, and who agreed.
  agreed text,
  agreed_by text[],
  -- Who spoke with the address, as it was when a person was asked (schema/manager-orders Blast).
  blast jsonb
);
CREATE INDEX orders_of_address ON orders (ip, id);
CREATE UNIQUE INDEX orders_of_event ON orders (event, level) WHERE event IS NOT NULL;
CREATE INDEX orders_in_force ON orders (expires) WHERE state = 'ordered';
CREATE INDEX orders_wide ON orders (expires) WHERE state = 'ordered' AND automatic AND (level = 'fleet' OR known <> '{}');
CREATE INDEX orders_waiting ON orders (expires) WHERE state = 'waiting';
CREATE INDEX orders_automatic ON orders (published) WHERE automatic;

-- When each edge had an order in its kernel: kept after the order ended, unlike the newest report.
CREATE TABLE order_times (
  order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  -- On the edge's clock, and when the manager heard of it.
  enforced timestamptz NOT NULL,
  heard timestamptz NOT NULL,
  kernel_ms double precision,
  PRIMARY KEY (order_id, edge_id)
);
CREATE INDEX order_times_heard ON order_times (heard);

-- At most one row, made when it is first needed; whoever decides by himself takes it in turn.
CREATE TABLE order_breaker (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  per_minute integer NOT NULL,
  wide integer NOT NULL,
  opened timestamptz,
  why text
);

CREATE TABLE permits (
  id text PRIMARY KEY,
  state text NOT NULL,
  site text NOT NULL,
  edge text,
  source text NOT NULL,
  destination text NOT NULL,
  service text NOT NULL,
  mac text,
  seconds integer NOT NULL,
  reason text NOT NULL,
  by text NOT NULL,
  author text NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  decided timestamptz,
  decided_by text,
  decision text,
  revoked timestamptz,
  revoked_by text,
  revision bigint
);
CREATE INDEX permits_by_end ON permits (expires);
