-- By what customers are found. The tables hold personal data: rapport_reader has no right to this schema.

CREATE TABLE known_id (id text COLLATE "C" PRIMARY KEY);
COMMENT ON TABLE known_id IS 'Every party that an event names.';
COMMENT ON COLUMN known_id.id IS 'Its id, as events have it.';
