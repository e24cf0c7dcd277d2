-- A B-tree holds keys of at most 2,704 bytes, and texts can be longer. The hash index compares the texts that have one
-- hash, so each text is there once.
ALTER TABLE symbol DROP CONSTRAINT symbol_pkey;
ALTER TABLE symbol ALTER COLUMN text SET NOT NULL;
ALTER TABLE symbol ADD CONSTRAINT symbol_once EXCLUDE USING hash (text WITH =);
