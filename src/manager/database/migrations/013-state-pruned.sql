-- Up to which revision of a stream there may be objects that are gone because they ended long ago: who has less is given a snapshot.
ALTER TABLE state_heads ADD COLUMN pruned bigint NOT NULL DEFAULT 0;
-- What ended long ago is looked for.
CREATE INDEX state_objects_by_end ON state_objects (stream, expires);
