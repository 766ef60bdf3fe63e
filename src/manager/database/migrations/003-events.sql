-- Everything edges sent. Filed by class and by when it happened, so that what is too old goes away as whole tables;
-- partitions are made ahead of time and when an event needs one (events/partitions.ts).
CREATE TABLE events (
  class text NOT NULL,
  -- The event's own time; when it was received, where that time cannot be true.
  at timestamptz NOT NULL,
  id bigint NOT NULL,
  -- The edge's id of it: a ULID.
  event text COLLATE "C" NOT NULL,
  edge_id bigint NOT NULL,
  received timestamptz NOT NULL,
  kind text NOT NULL,
  source inet,
  destination inet,
  source_asset text,
  destination_asset text,
  conduit text,
  reason text,
  count bigint NOT NULL,
  -- Of P0 alone: its place in the chain of its edge, and whether it fits there.
  n bigint,
  prev text,
  hash text,
  intact boolean NOT NULL,
  -- Canonical JSON, exactly as it was hashed.
  body text NOT NULL
) PARTITION BY LIST (class);
CREATE TABLE events_p0 PARTITION OF events FOR VALUES IN ('P0') PARTITION BY RANGE (at);
CREATE TABLE events_p1 PARTITION OF events FOR VALUES IN ('P1') PARTITION BY RANGE (at);
CREATE TABLE events_p2 PARTITION OF events FOR VALUES IN ('P2') PARTITION BY RANGE (at);
CREATE TABLE events_p3 PARTITION OF events FOR VALUES IN ('P3') PARTITION BY RANGE (at);

-- What the searches ask for; each costs at every insert.
CREATE INDEX events_by_time ON events (at, id);
CREATE INDEX events_by_edge ON events (edge_id, at);
-- Among what is only counted kinds are few and common: the time finds them.
CREATE INDEX events_p0_by_kind ON events_p0 (kind, at);
CREATE INDEX events_p1_by_kind ON events_p1 (kind, at);
CREATE INDEX events_by_source ON events (source, at) WHERE source IS NOT NULL;
CREATE INDEX events_by_conduit ON events (conduit, at) WHERE conduit IS NOT NULL;

-- A writer takes a block of numbers at once.
CREATE SEQUENCE event_blocks AS bigint INCREMENT BY 4096 OWNED BY events.id;

-- Up to where the classes of each store of an edge are stored for good, and the end of the chain there.
CREATE TABLE event_cursors (
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  store text NOT NULL,
  class text NOT NULL,
  seq bigint NOT NULL,
  n bigint NOT NULL,
  hash text NOT NULL,
  -- Once the chain did not hold, and the audit says so; what does not fit is marked from then on.
  broken boolean NOT NULL,
  PRIMARY KEY (edge_id, store, class)
);

-- Numbers the transactions in the order in which they end: followers go by it.
CREATE TABLE event_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  number bigint NOT NULL
);
INSERT INTO event_head (number) VALUES (0);
-- Where the rows of a transaction are; kept for an hour.
CREATE TABLE event_feed (
  number bigint NOT NULL,
  class text NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  first_id bigint NOT NULL,
  last_id bigint NOT NULL,
  written timestamptz NOT NULL,
  PRIMARY KEY (number, class)
);

-- What still has to follow from an event: a row for each reaction, gone when that reaction is done.
CREATE TABLE event_inbox (
  id bigint NOT NULL,
  reaction text NOT NULL,
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  received timestamptz NOT NULL,
  body text NOT NULL,
  -- Nobody else takes it up before.
  due timestamptz NOT NULL,
  tries integer NOT NULL,
  PRIMARY KEY (id, reaction)
);
CREATE INDEX event_inbox_due ON event_inbox (due);

-- Sums that stay when events are gone. Empty text: none.
CREATE TABLE event_hours (
  hour timestamptz NOT NULL,
  site text NOT NULL,
  edge text NOT NULL,
  kind text NOT NULL,
  reason text NOT NULL,
  conduit text NOT NULL,
  class text NOT NULL,
  events bigint NOT NULL,
  packets bigint NOT NULL,
  -- Of the bodies, and what they would be if each packet had been told by itself.
  bytes bigint NOT NULL,
  raw bigint NOT NULL,
  PRIMARY KEY (hour, site, edge, kind, reason, conduit, class)
);
-- Which classes have events of a kind: searches open no other tables.
CREATE INDEX event_hours_by_kind ON event_hours (class, kind);

-- From `conduit-use`: traffic, and the seconds that a conduit was in a mode.
CREATE TABLE conduit_hours (
  hour timestamptz NOT NULL,
  site text NOT NULL,
  edge text NOT NULL,
  conduit text NOT NULL,
  mode text NOT NULL,
  packets bigint NOT NULL,
  bytes bigint NOT NULL,
  seconds bigint NOT NULL,
  PRIMARY KEY (hour, site, edge, conduit, mode)
);

-- From `conversation`: who spoke with whom.
CREATE TABLE conversation_days (
  day date NOT NULL,
  site text NOT NULL,
  edge text NOT NULL,
  source inet NOT NULL,
  destination inet NOT NULL,
  protocol text NOT NULL,
  -- 0: none
  port integer NOT NULL,
  packets bigint NOT NULL,
  first timestamptz NOT NULL,
  last timestamptz NOT NULL,
  PRIMARY KEY (source, destination, day, protocol, port, site, edge)
);
CREATE INDEX conversation_days_to ON conversation_days (destination, day);
CREATE INDEX conversation_days_by_day ON conversation_days (day);

-- What people found an event to be; it keeps what reports need when the event is gone.
CREATE TABLE event_judgements (
  event text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL,
  site text NOT NULL,
  edge text NOT NULL,
  kind text NOT NULL,
  conduit text NOT NULL,
  count bigint NOT NULL,
  verdict text NOT NULL,
  reason text NOT NULL,
  by text NOT NULL,
  judged timestamptz NOT NULL
);
CREATE INDEX event_judgements_by_time ON event_judgements (at);
