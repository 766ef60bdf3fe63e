-- Whether the person who gave or approved an order said that a known asset is meant: edges ask for it.
ALTER TABLE orders ADD COLUMN said_known boolean NOT NULL DEFAULT false;
-- Without it none of these was taken.
UPDATE orders SET said_known = true WHERE NOT automatic AND known <> '{}';
