-- What is told of is looked for with every new order; what ended stays for 30 days.
CREATE INDEX exchange_objects_in_force ON exchange_objects ((object->>'valid_until'))
  WHERE type = 'indicator' AND object->>'revoked' IS NULL;
