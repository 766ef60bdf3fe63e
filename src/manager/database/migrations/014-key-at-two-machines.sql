-- When two machines were last seen to hold the key of an edge.
ALTER TABLE edges ADD COLUMN twice timestamptz;
