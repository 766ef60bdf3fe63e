/** The tables, as steps: step N brings a file from user_version N to N + 1. A released step never changes. */

const first = `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  ms INTEGER NOT NULL,
  class TEXT NOT NULL,
  kind TEXT NOT NULL,
  conduit TEXT,
  source_ip BLOB,
  source_mac TEXT,
  source_asset TEXT,
  body TEXT NOT NULL,
  n INTEGER,
  prev BLOB,
  hash BLOB
) STRICT;
CREATE INDEX events_by_time ON events (ms);
CREATE INDEX events_by_class ON events (class);
CREATE INDEX events_by_kind ON events (kind);
CREATE INDEX events_by_conduit ON events (conduit) WHERE conduit IS NOT NULL;
CREATE INDEX events_by_ip ON events (source_ip) WHERE source_ip IS NOT NULL;
CREATE INDEX events_by_mac ON events (source_mac) WHERE source_mac IS NOT NULL;
CREATE INDEX events_by_asset ON events (source_asset) WHERE source_asset IS NOT NULL;
CREATE UNIQUE INDEX events_by_chain ON events (n) WHERE n IS NOT NULL;

CREATE TABLE checkpoints (k INTEGER PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL) STRICT;

CREATE TABLE plans (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'rolled-back', 'superseded')),
  applied_at INTEGER NOT NULL,
  applied_by TEXT NOT NULL,
  deadline INTEGER,
  settled_at INTEGER,
  settled_by TEXT,
  why TEXT,
  source BLOB,
  plan BLOB
) STRICT;
CREATE UNIQUE INDEX one_pending ON plans (state) WHERE state = 'pending';
CREATE UNIQUE INDEX one_confirmed ON plans (state) WHERE state = 'confirmed';

CREATE TABLE containments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('stranger', 'known', 'ordered')),
  family INTEGER NOT NULL,
  vlan INTEGER NOT NULL,
  mac TEXT NOT NULL,
  ip TEXT NOT NULL,
  port TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires_at INTEGER,
  reason TEXT NOT NULL,
  ordered_by TEXT NOT NULL,
  scope TEXT NOT NULL,
  evidence TEXT NOT NULL,
  released_at INTEGER,
  released_by TEXT
) STRICT;
CREATE UNIQUE INDEX one_containment ON containments (kind, family, vlan, mac, ip, port) WHERE released_at IS NULL;

CREATE TABLE permits (
  id TEXT PRIMARY KEY,
  src TEXT NOT NULL,
  dst TEXT NOT NULL,
  proto INTEGER NOT NULL,
  port INTEGER,
  vlan INTEGER,
  mac TEXT,
  since INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ordered_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  revoked_at INTEGER,
  revoked_by TEXT
) STRICT;
CREATE INDEX permits_in_force ON permits (expires_at) WHERE revoked_at IS NULL;

CREATE TABLE bindings (
  asset TEXT PRIMARY KEY,
  macs TEXT NOT NULL,
  replaces TEXT NOT NULL,
  at INTEGER NOT NULL,
  ordered_by TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE hits (
  name TEXT PRIMARY KEY,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  last INTEGER,
  seen_packets INTEGER,
  seen_bytes INTEGER
) STRICT;
CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

/** What a manager has put in force, and reports to it that may not have arrived. */
const linked = `
CREATE TABLE link_objects (
  stream TEXT NOT NULL CHECK (stream IN ('orders', 'permits', 'risk')),
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  ip TEXT NOT NULL,
  expires INTEGER NOT NULL,
  became TEXT NOT NULL,
  PRIMARY KEY (stream, id)
) STRICT;
CREATE TABLE link_reports (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
CREATE INDEX containments_by_ip ON containments (ip) WHERE released_at IS NULL;
CREATE INDEX containments_by_mac ON containments (mac) WHERE released_at IS NULL;
`

/** Orders of a person, of the manager and of the edge itself about one address stand beside each other. */
const origins = `
ALTER TABLE containments ADD COLUMN origin TEXT NOT NULL DEFAULT '';
UPDATE containments SET origin =
  CASE WHEN ordered_by LIKE 'manager %' THEN 'manager' WHEN ordered_by IN ('policy', 'kernel') THEN 'edge' ELSE 'person' END
  WHERE kind = 'ordered';
DROP INDEX one_containment;
CREATE UNIQUE INDEX one_containment ON containments (kind, family, vlan, mac, ip, port, origin) WHERE released_at IS NULL;
CREATE INDEX link_objects_by_ip ON link_objects (ip);
`

export const steps: readonly string[] = [first, linked, origins]
