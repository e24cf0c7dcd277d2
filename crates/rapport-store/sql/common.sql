-- What every view's schema has. Moments are exact to the microsecond; 'infinity' ends what still holds. Texts sort by
-- their bytes, as everywhere in Rapport.

CREATE TABLE meta (name text PRIMARY KEY, value bigint NOT NULL);
COMMENT ON TABLE meta IS 'Numbers about the view itself.';
COMMENT ON COLUMN meta.name IS 'position: of the events up to it none is missing here. format: what the rows mean.';
INSERT INTO meta (name, value) VALUES ('position', 0);

CREATE TABLE ledger (
  id text COLLATE "C" NOT NULL,
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one)
);
COMMENT ON TABLE ledger IS 'Whose events these are: one row, once the first came.';
COMMENT ON COLUMN ledger.id IS 'The ledger''s id. Events of another one are refused.';

CREATE TABLE checkpoint (
  partition integer PRIMARY KEY,
  epoch text COLLATE "C" NOT NULL,
  next_offset bigint NOT NULL CHECK (next_offset >= 0),
  position bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  repeated_until bigint NOT NULL
);
COMMENT ON TABLE checkpoint IS 'How far each partition of the topic has been applied, written with the rows themselves.';
COMMENT ON COLUMN checkpoint.epoch IS 'Which incarnation of the topic the offset belongs to.';
COMMENT ON COLUMN checkpoint.next_offset IS 'The offset to go on at.';
COMMENT ON COLUMN checkpoint.position IS 'The last event applied from this partition; 0 before the first.';
COMMENT ON COLUMN checkpoint.recorded_at IS 'When the ledger accepted that event.';
COMMENT ON COLUMN checkpoint.repeated_until IS 'Events up to this position may come again, from a topic that was made anew.';

CREATE TABLE event (
  position bigint PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  type text COLLATE "C" NOT NULL,
  customer text COLLATE "C" NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  bytes bytea NOT NULL
);
COMMENT ON TABLE event IS 'Events that this view must be able to look at again; never changed. Holds personal data: rapport_reader may not read it.';
COMMENT ON COLUMN event.position IS 'Its place among all events of the ledger, from 1.';
COMMENT ON COLUMN event.occurred_at IS 'When it happened, as it was recorded.';
COMMENT ON COLUMN event.recorded_at IS 'When the ledger accepted it.';
COMMENT ON COLUMN event.bytes IS 'A rapport.v1.RecordedEvent in protobuf.';

CREATE TABLE adjustment (
  position bigint PRIMARY KEY,
  target_id uuid,
  target bigint,
  root bigint,
  refused text,
  CHECK ((target IS NULL) = (root IS NULL)),
  CHECK (root IS NULL OR refused IS NULL)
);
CREATE INDEX adjustment_root ON adjustment (root) WHERE root IS NOT NULL;
CREATE INDEX adjustment_waiting ON adjustment (target_id) WHERE root IS NULL AND refused IS NULL;
COMMENT ON TABLE adjustment IS 'Corrections and retractions. Without a root it waits: this view has not got what it acts on, and for events that the view does not read it never will.';
COMMENT ON COLUMN adjustment.target_id IS 'The id of the event that it names.';
COMMENT ON COLUMN adjustment.target IS 'The position of that event.';
COMMENT ON COLUMN adjustment.root IS 'The position of the event that it acts on in the end: a correction may be corrected itself.';
COMMENT ON COLUMN adjustment.refused IS 'Why it acts on nothing.';

CREATE TABLE set_aside (
  position bigint NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (position, partition, "offset")
);
COMMENT ON TABLE set_aside IS 'Events that could not be read.';
COMMENT ON COLUMN set_aside.position IS 'Its place in the ledger; 0 for what is no event at all.';
COMMENT ON COLUMN set_aside.partition IS 'The partition that it came from.';
COMMENT ON COLUMN set_aside."offset" IS 'Its offset there; -1 when the source does not tell.';

-- A B-tree holds keys of at most 2,704 bytes; texts that people write are longer. What a hash leads to is compared
-- whole, so each text is still there once.
CREATE TABLE symbol (text text COLLATE "C" NOT NULL, CONSTRAINT symbol_once EXCLUDE USING hash (text WITH =));
COMMENT ON TABLE symbol IS 'Every text that repeats in rows (stages, currencies, reasons, channels): for the program.';

CREATE TABLE currency (code text COLLATE "C" PRIMARY KEY, exponent integer NOT NULL);
COMMENT ON TABLE currency IS 'ISO 4217.';
COMMENT ON COLUMN currency.exponent IS 'Decimals of the minor unit: 2 for EUR, 0 for JPY.';

-- Merges replayed in their order: the absorbed party, with all that it stands for, joins under whoever stands for the
-- survivor.
CREATE FUNCTION stands_for(survivors text[], absorbed text[])
RETURNS TABLE (party text, surviving_party text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  parents jsonb := '{}';
  one text;
  other text;
BEGIN
  FOR i IN 1 .. coalesce(array_length(survivors, 1), 0) LOOP
    one := survivors[i];
    WHILE parents ? one LOOP one := parents ->> one; END LOOP;
    other := absorbed[i];
    WHILE parents ? other LOOP other := parents ->> other; END LOOP;
    IF one <> other THEN parents := parents || jsonb_build_object(other, one); END IF;
  END LOOP;
  FOR party IN SELECT jsonb_object_keys(parents) LOOP
    surviving_party := parents ->> party;
    WHILE parents ? surviving_party LOOP surviving_party := parents ->> surviving_party; END LOOP;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION stands_for IS 'For the functions below.';

CREATE FUNCTION parties_as_of(occurred_until timestamptz, recorded_until timestamptz)
RETURNS TABLE (party text, surviving_party text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH merges AS (
    SELECT m.occurred_at, m.position, m.survivor, m.absorbed
    FROM party_merge m
    WHERE m.occurred_at <= occurred_until AND m.known_from <= recorded_until AND m.known_to > recorded_until
      AND NOT EXISTS (
        SELECT FROM party_unmerge u
        WHERE u.merge_event_id = m.event_id AND u.occurred_at <= occurred_until
          AND u.known_from <= recorded_until AND u.known_to > recorded_until)
  )
  SELECT s.party, s.surviving_party
  FROM (SELECT array_agg(survivor ORDER BY occurred_at, position) AS survivors,
               array_agg(absorbed ORDER BY occurred_at, position) AS absorbed FROM merges) all_of_them,
       LATERAL stands_for(all_of_them.survivors, all_of_them.absorbed) s;
END;
COMMENT ON FUNCTION parties_as_of IS 'Parties that are read as others at a moment: what had happened until occurred_until, as known at recorded_until.';

CREATE VIEW parties_now AS SELECT * FROM parties_as_of(now(), '9999-12-31 00:00:00+00');
COMMENT ON VIEW parties_now IS 'Parties that are read as others, as known now.';
COMMENT ON COLUMN parties_now.party IS 'The party that was merged.';
COMMENT ON COLUMN parties_now.surviving_party IS 'The party that stands for it.';
