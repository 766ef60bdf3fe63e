-- A row stands for all that one transaction stored of an edge: with the body of each event in a row of its own, what had to follow from
-- events cost as much as storing them.
ALTER TABLE event_inbox ADD COLUMN ids bigint[], ADD COLUMN ats timestamptz[];
-- What waits is filed under its own time, or, where that cannot be true, under when it was read.
UPDATE event_inbox SET ids = ARRAY[id], ats = ARRAY[coalesce(
  (SELECT at FROM events WHERE events.id = event_inbox.id AND at = (body::json ->> 'time')::timestamptz),
  (SELECT at FROM events WHERE events.id = event_inbox.id AND at BETWEEN event_inbox.received - interval '10 minutes' AND event_inbox.received),
  received)];
ALTER TABLE event_inbox DROP COLUMN body, ALTER COLUMN ids SET NOT NULL, ALTER COLUMN ats SET NOT NULL;
