-- What counts of a source is found by site and family: much of one family, or of another site, hides nothing of the others.
DROP INDEX risk_evidence_of_source;
CREATE INDEX risk_evidence_of_source ON risk_evidence (ip, site, family, at DESC);
CREATE INDEX risk_sources_of_address ON risk_sources (ip);
