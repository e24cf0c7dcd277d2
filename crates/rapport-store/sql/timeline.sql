-- Customers' histories.

CREATE FUNCTION timeline_as_of(occurred_until timestamptz, recorded_until timestamptz)
RETURNS TABLE (
  customer text, occurred_at timestamptz, type text, channel text, actor text, two_way boolean,
  recorded_under text, "position" bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(p.surviving_party, e.customer), e.occurred_at, e.type, e.channel, e.actor, e.two_way,
         e.customer, e.position
  FROM entry e LEFT JOIN parties_as_of(occurred_until, recorded_until) p ON p.party = e.customer
  WHERE e.occurred_at <= occurred_until AND e.known_from <= recorded_until AND e.known_to > recorded_until
    AND NOT e.retracted;
END;
COMMENT ON FUNCTION timeline_as_of IS 'What had happened until a moment, as known at another, by the party that stands for the customer then.';

CREATE VIEW timeline_now AS SELECT * FROM timeline_as_of(now(), '9999-12-31 00:00:00+00');
COMMENT ON VIEW timeline_now IS 'What has happened, as known now.';
COMMENT ON COLUMN timeline_now.occurred_at IS 'When it happened, as believed.';
COMMENT ON COLUMN timeline_now.type IS 'Such as deal.won.';
COMMENT ON COLUMN timeline_now.channel IS 'How it came: phone, web, …';
COMMENT ON COLUMN timeline_now.actor IS 'Who did it, by id.';
COMMENT ON COLUMN timeline_now.two_way IS 'Whether it is a contact that both sides took part in.';
COMMENT ON COLUMN timeline_now.customer IS 'The party; of merged ones the one that stands for all.';
COMMENT ON COLUMN timeline_now.recorded_under IS 'The party that the event names.';
COMMENT ON COLUMN timeline_now."position" IS 'The event: its place in the ledger.';
