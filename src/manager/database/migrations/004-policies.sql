-- What a manager knows of a site's policies. Publishers of a site take it in turn at this row.
CREATE TABLE policy_sites (
  site text PRIMARY KEY REFERENCES sites,
  -- Newest number that was given: one that was used, or seen at an edge, is never given again.
  revision bigint NOT NULL DEFAULT 0,
  -- Persons who have to approve a draft; a draft that touches safety needs two in any case.
  approvals smallint NOT NULL DEFAULT 1,
  -- Grows with every change of the row's settings.
  version bigint NOT NULL DEFAULT 1
);

CREATE TABLE policy_drafts (
  id text PRIMARY KEY,
  site text NOT NULL REFERENCES sites,
  title text NOT NULL,
  text text NOT NULL,
  digest text NOT NULL,
  -- Revision in force that it is to follow; 0: none.
  base bigint NOT NULL,
  -- Grows with every change; an approval holds for one of them alone.
  revision bigint NOT NULL,
  state text NOT NULL,
  -- JSON: everybody who wrote it, as persons.
  authors text NOT NULL,
  created timestamptz NOT NULL,
  changed timestamptz NOT NULL,
  published bigint
);
CREATE INDEX policy_drafts_of_site ON policy_drafts (site, id);

CREATE TABLE policy_votes (
  draft text NOT NULL REFERENCES policy_drafts ON DELETE CASCADE,
  revision bigint NOT NULL,
  person text NOT NULL,
  name text NOT NULL,
  approves boolean NOT NULL,
  reason text,
  at timestamptz NOT NULL,
  PRIMARY KEY (draft, revision, person)
);

CREATE TABLE policy_revisions (
  site text NOT NULL REFERENCES sites,
  revision bigint NOT NULL,
  text text NOT NULL,
  digest text NOT NULL,
  title text NOT NULL,
  draft text,
  -- The revision whose text it brings back.
  restores bigint,
  reason text,
  -- JSON: persons; and who approved, when.
  authors text NOT NULL,
  approvals text NOT NULL,
  published_by text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (site, revision)
);

CREATE TABLE policy_rollouts (
  id text PRIMARY KEY,
  site text NOT NULL,
  revision bigint NOT NULL,
  state text NOT NULL,
  stage integer NOT NULL,
  -- JSON: the plan as it was given.
  plan text NOT NULL,
  by text NOT NULL,
  why text,
  -- What it was stopped for is put right by a revision of its own, and whether that was done.
  restore text NOT NULL DEFAULT 'no',
  started timestamptz NOT NULL,
  changed timestamptz NOT NULL,
  ended timestamptz,
  UNIQUE (site, revision),
  FOREIGN KEY (site, revision) REFERENCES policy_revisions
);
CREATE UNIQUE INDEX policy_rollouts_running ON policy_rollouts (site) WHERE state = 'running';
CREATE INDEX policy_rollouts_to_restore ON policy_rollouts (id) WHERE restore = 'due';

CREATE TABLE policy_rollout_edges (
  rollout text NOT NULL REFERENCES policy_rollouts ON DELETE CASCADE,
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  revision bigint NOT NULL,
  stage integer NOT NULL,
  phase text NOT NULL,
  -- Since when it is in this phase.
  since timestamptz NOT NULL,
  harm text,
  -- When the edge applied it, on its own clock; and when the manager heard of it.
  applied timestamptz,
  heard timestamptz,
  -- Packets per hour that it was expected to deny.
  expected double precision NOT NULL,
  -- Seconds that the edge waits for its confirmation.
  confirm integer NOT NULL,
  PRIMARY KEY (rollout, edge_id)
);
CREATE INDEX policy_rollout_edges_of_edge ON policy_rollout_edges (edge_id, revision DESC);
CREATE INDEX policy_rollout_edges_under_way ON policy_rollout_edges (rollout) WHERE phase IN ('late', 'soaking', 'confirming');

CREATE TABLE policy_reports (
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  revision bigint NOT NULL,
  outcome text NOT NULL,
  text text NOT NULL,
  silent text[] NOT NULL,
  at timestamptz NOT NULL,
  received timestamptz NOT NULL,
  ms double precision,
  PRIMARY KEY (edge_id, revision, outcome)
);

-- Which revision an edge enforced from when until when, on its own clock.
CREATE TABLE policy_enforced (
  edge_id bigint NOT NULL REFERENCES edges ON DELETE CASCADE,
  revision bigint NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  PRIMARY KEY (edge_id, since)
);

-- Events that count against a roll-out, each once.
CREATE TABLE policy_harm (
  rollout text NOT NULL REFERENCES policy_rollouts ON DELETE CASCADE,
  edge_id bigint NOT NULL,
  event text NOT NULL,
  packets bigint NOT NULL,
  PRIMARY KEY (rollout, edge_id, event)
);

-- One manager among several watches the clock.
CREATE TABLE policy_lease (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  owner text NOT NULL,
  until timestamptz NOT NULL
);

-- Of each site the newest that no harm stopped: in force, or on its way.
CREATE VIEW policies_in_force AS
  SELECT DISTINCT ON (site) r.* FROM policy_revisions r
  WHERE NOT EXISTS (
    SELECT FROM policy_rollouts o WHERE o.site = r.site AND o.revision = r.revision AND o.state = 'stopped')
  ORDER BY site, revision DESC;
