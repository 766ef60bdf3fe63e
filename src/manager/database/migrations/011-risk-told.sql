-- How many sources of a site its edges were told of is asked whenever there is another.
CREATE INDEX risk_sources_told ON risk_sources (site) WHERE told > 0;
