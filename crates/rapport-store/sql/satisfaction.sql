-- Surveys.

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
COMMENT ON COLUMN answers_now.customer IS 'The party; of merged ones the one that stands for all; empty for an answer that names none.';
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

-- The score by month, counted as the service counts it.
CREATE VIEW nps_now AS
WITH given AS (
  SELECT date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date AS month, question, wave, customer, occurred_at,
         "position", CASE WHEN customer = '' THEN "position" END AS unsigned,
         CASE WHEN high_is_better THEN value ELSE 10 - value END AS value
  FROM answers_now
  WHERE instrument = 'nps' AND scale_min = 0 AND scale_max = 10
), counted AS (
  SELECT DISTINCT ON (month, question, wave, customer, unsigned) month, question, value
  FROM given
  ORDER BY month, question, wave, customer, unsigned, occurred_at DESC, "position" DESC
)
SELECT month, question,
       count(*) AS answers,
       count(*) FILTER (WHERE value >= 9) AS promoters,
       count(*) FILTER (WHERE value >= 7 AND value < 9) AS passives,
       count(*) FILTER (WHERE value < 7) AS detractors,
       100.0 * (count(*) FILTER (WHERE value >= 9) - count(*) FILTER (WHERE value < 7)) / count(*) AS nps
FROM counted GROUP BY month, question;
COMMENT ON VIEW nps_now IS 'The Net Promoter Score by month (UTC) and question, as known now, as the service answers for the month: of each customer and wave the last answer counts, an answer without a customer by itself.';
COMMENT ON COLUMN nps_now.month IS 'Its first day.';
COMMENT ON COLUMN nps_now.question IS 'The question, by code; empty for the instrument''s own.';
COMMENT ON COLUMN nps_now.answers IS 'How many count.';
COMMENT ON COLUMN nps_now.promoters IS 'Those with 9 or 10, from the good end of the scale.';
COMMENT ON COLUMN nps_now.passives IS 'Those with 7 or 8.';
COMMENT ON COLUMN nps_now.detractors IS 'Those with 6 or less.';
COMMENT ON COLUMN nps_now.nps IS 'Promoters less detractors in percent of the answers.';
