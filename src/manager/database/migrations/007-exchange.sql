CREATE TABLE exchange_receivers (
  name text PRIMARY KEY,
  -- schema/manager-exchange Target without its secrets, and those as exchange/seal.ts has them.
  target jsonb NOT NULL,
  secrets text,
  filter jsonb NOT NULL,
  enabled boolean NOT NULL,
  lag integer NOT NULL,
  created timestamptz NOT NULL
);

-- Where each receiver goes on. Apart from what people write, because it changes all the time.
CREATE TABLE exchange_cursors (
  receiver text PRIMARY KEY REFERENCES exchange_receivers ON DELETE CASCADE,
  position bigint NOT NULL,
  delivered bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0,
  -- Skipped or dead since the last note about it.
  untold bigint NOT NULL DEFAULT 0,
  trouble text,
  tried timestamptz,
  -- Which of several managers delivers, and until when.
  owner text,
  owned_until timestamptz
);

CREATE TABLE exchange_sources (
  name text PRIMARY KEY,
  format text NOT NULL,
  role text NOT NULL,
  url text,
  file text,
  ca text,
  secrets text,
  every integer NOT NULL,
  stale integer NOT NULL,
  created timestamptz NOT NULL,
  hash text,
  -- RFC 9110, 8.8.3; for TAXII the newest X-TAXII-Date-Added-Last.
  mark text,
  fetched timestamptz,
  tried timestamptz,
  trouble text
);

CREATE TABLE exchange_entries (
  source text NOT NULL REFERENCES exchange_sources ON DELETE CASCADE,
  network cidr NOT NULL,
  -- Of the STIX indicator it comes from.
  ref text NOT NULL DEFAULT '',
  until timestamptz,
  -- Who asks for an address asks for each of the networks around it: that is quicker than a GiST index, above all to fill.
  PRIMARY KEY (network, source, ref)
);
CREATE INDEX exchange_entries_source ON exchange_entries (source, ref);

CREATE TABLE exchange_allowed (
  id text PRIMARY KEY,
  network cidr NOT NULL UNIQUE,
  reason text NOT NULL,
  by text NOT NULL,
  created timestamptz NOT NULL
);

-- What the TAXII server shows: every version that there was.
CREATE TABLE exchange_objects (
  id text NOT NULL,
  version timestamptz NOT NULL,
  type text NOT NULL,
  -- Grows by a millisecond at least from object to object: TAXII 2.1, 3.4 pages by it.
  added timestamptz NOT NULL UNIQUE,
  object jsonb NOT NULL,
  PRIMARY KEY (id, version)
);

-- The metrics read what is new since they were read last.
CREATE INDEX state_reports_received ON state_reports USING brin (received);
