-- Each piece of evidence once: by the event it comes from, or the list that names the source.
CREATE TABLE risk_evidence (
  site text NOT NULL REFERENCES sites,
  ip text NOT NULL,
  family text NOT NULL,
  key text NOT NULL,
  edge text,
  zone text,
  -- Log-odds that it added when it was new.
  weight double precision NOT NULL,
  at timestamptz NOT NULL,
  text text NOT NULL,
  technique text,
  PRIMARY KEY (site, ip, family, key)
);
CREATE INDEX risk_evidence_of_source ON risk_evidence (ip, site, at DESC);
CREATE INDEX risk_evidence_by_age ON risk_evidence (at);

CREATE TABLE risk_sources (
  site text NOT NULL REFERENCES sites,
  ip text NOT NULL,
  score smallint NOT NULL DEFAULT 0,
  scored timestamptz NOT NULL,
  -- When it has to be looked at again: new evidence, or a limit that it falls below by then. Nothing when it does not matter any more.
  due timestamptz,
  -- The highest risk that the site's policy asks for and that it has reached, 0 for none; what edges were told of it, and until when.
  band smallint NOT NULL DEFAULT 0,
  told smallint NOT NULL DEFAULT 0,
  told_until timestamptz,
  -- What edges were told is no longer right.
  tell boolean NOT NULL DEFAULT false,
  -- When it falls below everything that the policy asks for.
  until timestamptz,
  -- The highest threshold of the site that it has reached, and the one that was acted upon.
  alarm smallint NOT NULL DEFAULT 0,
  acted smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (site, ip)
);
CREATE INDEX risk_sources_due ON risk_sources (due) WHERE due IS NOT NULL;
CREATE INDEX risk_sources_by_score ON risk_sources (score DESC, site, ip);
CREATE INDEX risk_sources_to_tell ON risk_sources (site, ip) WHERE tell;
CREATE INDEX risk_sources_to_act ON risk_sources (site, ip) WHERE alarm > acted;

CREATE TABLE risk_vetoes (
  id text PRIMARY KEY,
  network text NOT NULL,
  -- Everywhere when it names none.
  site text REFERENCES sites,
  reason text NOT NULL,
  by text NOT NULL,
  created timestamptz NOT NULL,
  until timestamptz
);

CREATE TABLE risk_thresholds (
  site text NOT NULL REFERENCES sites,
  score smallint NOT NULL,
  response text NOT NULL,
  by text NOT NULL,
  changed timestamptz NOT NULL,
  PRIMARY KEY (site, score)
);

-- Where nobody of ours is: countries (ISO 3166-1) and autonomous systems that persons named.
CREATE TABLE risk_origins (
  kind text NOT NULL,
  value text NOT NULL,
  by text NOT NULL,
  created timestamptz NOT NULL,
  PRIMARY KEY (kind, value)
);

-- The policy that sources of a site were looked at under, and the risks that it asks for.
CREATE TABLE risk_sites (
  site text PRIMARY KEY REFERENCES sites,
  revision bigint NOT NULL,
  asked smallint[] NOT NULL
);
