-- Surveys.

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
COMMENT ON VIEW nps_now IS 'The Net Promoter Score by month (UTC) and question, as known now, as the service answers for the month: of each customer and wave the last response counts, a response without a customer by itself.';
COMMENT ON COLUMN nps_now.month IS 'Its first day.';
COMMENT ON COLUMN nps_now.question IS 'The question, by code; empty for the instrument''s own.';
COMMENT ON COLUMN nps_now.answers IS 'How many count.';
COMMENT ON COLUMN nps_now.promoters IS 'Those with 9 or 10, from the good end of the scale.';
COMMENT ON COLUMN nps_now.passives IS 'Those with 7 or 8.';
COMMENT ON COLUMN nps_now.detractors IS 'Those with 6 or less.';
COMMENT ON COLUMN nps_now.nps IS 'Promoters less detractors in percent of the responses.';
