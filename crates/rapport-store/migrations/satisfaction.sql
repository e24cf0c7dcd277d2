-- Surveys.

CREATE TABLE answer (
  customer text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  known_from timestamptz NOT NULL,
  known_to timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  survey text COLLATE "C" NOT NULL,
  instrument text COLLATE "C" NOT NULL CHECK (instrument IN ('nps', 'csat', 'ces', 'custom')),
  question text COLLATE "C" NOT NULL,
  wave text COLLATE "C" NOT NULL,
  value double precision NOT NULL,
  scale_min double precision NOT NULL,
  scale_max double precision NOT NULL,
  high_is_better boolean NOT NULL,
  product text COLLATE "C" NOT NULL,
  tier text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  staff text COLLATE "C" NOT NULL,
  branch text COLLATE "C" NOT NULL,
  expectation smallint,
  importance double precision,
  PRIMARY KEY (customer, position, known_from),
  CHECK (known_from < known_to)
);
CREATE INDEX answer_survey ON answer (survey, position);
CREATE INDEX answer_occurred_at ON answer (occurred_at);
COMMENT ON TABLE answer IS 'One answer to one question.';
COMMENT ON COLUMN answer.customer IS 'The party that answered, as recorded.';
COMMENT ON COLUMN answer.position IS 'The event: its place in the ledger.';
COMMENT ON COLUMN answer.known_from IS 'From when the ledger believed this.';
COMMENT ON COLUMN answer.known_to IS 'Until when, exclusive; infinity while it does.';
COMMENT ON COLUMN answer.occurred_at IS 'When it was given, as believed.';
COMMENT ON COLUMN answer.survey IS 'The survey, by id.';
COMMENT ON COLUMN answer.instrument IS 'nps, csat, ces or custom.';
COMMENT ON COLUMN answer.question IS 'The question, by code.';
COMMENT ON COLUMN answer.value IS 'Within the scale.';
COMMENT ON COLUMN answer.scale_min IS 'The lowest value of the scale.';
COMMENT ON COLUMN answer.scale_max IS 'The highest value of the scale.';
COMMENT ON COLUMN answer.high_is_better IS 'Whether high values are good.';
COMMENT ON COLUMN answer.product IS 'The product that it is about.';
COMMENT ON COLUMN answer.tier IS 'The tier of the customer.';
COMMENT ON COLUMN answer.channel IS 'How it came.';
COMMENT ON COLUMN answer.branch IS 'The branch of who served the customer.';
COMMENT ON COLUMN answer.wave IS 'The round of asking.';
COMMENT ON COLUMN answer.staff IS 'Who served the customer, by id.';
COMMENT ON COLUMN answer.expectation IS '-1 worse than expected, 0 as expected, 1 better.';
COMMENT ON COLUMN answer.importance IS '0 to 1.';

CREATE TABLE sent (
  customer text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  known_from timestamptz NOT NULL,
  known_to timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  survey text COLLATE "C" NOT NULL,
  instrument text COLLATE "C" NOT NULL CHECK (instrument IN ('nps', 'csat', 'ces', 'custom')),
  wave text COLLATE "C" NOT NULL,
  PRIMARY KEY (customer, position, known_from),
  CHECK (known_from < known_to)
);
CREATE INDEX sent_survey ON sent (survey, position);
COMMENT ON TABLE sent IS 'A customer was asked.';

CREATE FUNCTION answers_as_of(occurred_until timestamptz, recorded_until timestamptz)
RETURNS TABLE (
  customer text, occurred_at timestamptz, survey text, instrument text, question text, wave text,
  value double precision, scale_min double precision, scale_max double precision, high_is_better boolean,
  product text, tier text, channel text, staff text, branch text, recorded_under text, "position" bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(p.surviving_party, a.customer), a.occurred_at, a.survey, a.instrument, a.question, a.wave, a.value,
         a.scale_min, a.scale_max, a.high_is_better, a.product, a.tier, a.channel, a.staff, a.branch, a.customer,
         a.position
  FROM answer a LEFT JOIN parties_as_of(occurred_until, recorded_until) p ON p.party = a.customer
  WHERE a.occurred_at <= occurred_until AND a.known_from <= recorded_until AND a.known_to > recorded_until;
END;
COMMENT ON FUNCTION answers_as_of IS 'Every answer given until a moment, as known at another.';

CREATE VIEW answers_now AS SELECT * FROM answers_as_of(now(), '9999-12-31 00:00:00+00');
COMMENT ON VIEW answers_now IS 'Every answer, as known now.';
COMMENT ON COLUMN answers_now.customer IS 'The party; of merged ones the one that stands for all.';
COMMENT ON COLUMN answers_now.occurred_at IS 'When it was given, as believed.';
COMMENT ON COLUMN answers_now.survey IS 'The survey, by id.';
COMMENT ON COLUMN answers_now.instrument IS 'nps, csat, ces or custom.';
COMMENT ON COLUMN answers_now.question IS 'The question, by code.';
COMMENT ON COLUMN answers_now.value IS 'Within the scale.';
COMMENT ON COLUMN answers_now.scale_min IS 'The lowest value of the scale.';
COMMENT ON COLUMN answers_now.scale_max IS 'The highest value of the scale.';
COMMENT ON COLUMN answers_now.high_is_better IS 'Whether high values are good.';
COMMENT ON COLUMN answers_now.product IS 'The product that it is about.';
COMMENT ON COLUMN answers_now.tier IS 'The tier of the customer.';
COMMENT ON COLUMN answers_now.channel IS 'How it came.';
COMMENT ON COLUMN answers_now.branch IS 'The branch of who served the customer.';
COMMENT ON COLUMN answers_now.wave IS 'The round of asking.';
COMMENT ON COLUMN answers_now.staff IS 'Who served the customer, by id.';
COMMENT ON COLUMN answers_now."position" IS 'The event: its place in the ledger.';
COMMENT ON COLUMN answers_now.recorded_under IS 'The party that the event names.';

CREATE VIEW nps_now AS
SELECT date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date AS month,
       count(*) AS answers,
       count(*) FILTER (WHERE value >= 9) AS promoters,
       count(*) FILTER (WHERE value > 6 AND value < 9) AS passives,
       count(*) FILTER (WHERE value <= 6) AS detractors,
       100.0 * (count(*) FILTER (WHERE value >= 9) - count(*) FILTER (WHERE value <= 6)) / count(*) AS nps
FROM answers_now WHERE instrument = 'nps' GROUP BY 1;
COMMENT ON VIEW nps_now IS 'The Net Promoter Score by month (UTC), as known now. Every answer counts; the service''s answer takes the last of each customer in a wave.';
COMMENT ON COLUMN nps_now.month IS 'Its first day.';
COMMENT ON COLUMN nps_now.answers IS 'How many there are.';
COMMENT ON COLUMN nps_now.promoters IS 'Those with 9 or 10.';
COMMENT ON COLUMN nps_now.passives IS 'Those with 7 or 8.';
COMMENT ON COLUMN nps_now.detractors IS 'Those with 6 or less.';
COMMENT ON COLUMN nps_now.nps IS 'Promoters less detractors in percent of the answers.';
