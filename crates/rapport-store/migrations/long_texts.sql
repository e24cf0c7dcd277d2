-- A B-tree holds keys of at most 2,704 bytes; texts that people write are longer. What a hash leads to is compared
-- whole, so each text is still there once.
ALTER TABLE symbol DROP CONSTRAINT symbol_pkey;
ALTER TABLE symbol ALTER COLUMN text SET NOT NULL;
ALTER TABLE symbol ADD CONSTRAINT symbol_once EXCLUDE USING hash (text WITH =);
