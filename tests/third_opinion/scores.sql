-- docs/views-scores.md: what responses say, every one of them. Rows are by the channel.

CREATE OR REPLACE TABLE response AS
WITH
said AS (
    SELECT
        position, occurred_at, customer, coalesce(channel, '') AS key,
        replace(payload->>'$.surveyAnswered.instrument', 'INSTRUMENT_', '') AS instrument,
        coalesce(payload->>'$.surveyAnswered.question', '') AS question,
        coalesce((payload->>'$.surveyAnswered.scale.min')::DOUBLE, 0) AS low,
        (payload->>'$.surveyAnswered.scale.max')::DOUBLE AS high,
        coalesce((payload->>'$.surveyAnswered.scale.better') = 'BETTER_LOW', false) AS low_is_good,
        (payload->>'$.surveyAnswered.value')::DOUBLE AS value,
        (payload->>'$.surveyAnswered.expectation')::INT AS expectation
    FROM fact
    WHERE type = 'survey.answered'
        -- Without a period of its own, the answer is of all responses.
        AND (NOT getvariable('has_period')
            OR (occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to')))
),
-- How good it is, from 0 to 1, and the scale of the latest response to the question.
put AS (
    SELECT
        said.* EXCLUDE (low, high, value, low_is_good),
        CASE WHEN low_is_good THEN high - value ELSE value - low END / (high - low) AS good,
        last_value({'low': low, 'high': high, 'low_is_good': low_is_good}) OVER (
            PARTITION BY instrument, question ORDER BY occurred_at, position
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS scale
    FROM said
)
SELECT
    * REPLACE (round(good, 9) AS good),
    scale.low + (scale.high - scale.low) * CASE WHEN scale.low_is_good THEN 1 - good ELSE good END AS value,
    CASE instrument WHEN 'NPS' THEN round(10 * good) <= 6 WHEN 'CSAT' THEN round(1 + 4 * good) <= 2
        ELSE good < 0.399999999 END
        AS is_negative,
    CASE instrument WHEN 'NPS' THEN round(10 * good) >= 9 WHEN 'CSAT' THEN round(1 + 4 * good) >= 4
        ELSE good > 0.600000001 END
        AS is_positive
FROM put;

CREATE OR REPLACE MACRO of_responses(k, n) AS
    {'answers.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW measured AS
SELECT
    instrument, question, key, count(*) AS "answers.count", count(DISTINCT customer) AS "customers.count",
    count(*) FILTER (customer IS NULL) AS "answersWithoutCustomer.count", avg(value) AS "mean",
    stddev_samp(value) AS "standardDeviation",
    CASE instrument
        WHEN 'NPS' THEN 100.0 * (count(*) FILTER (is_positive) - count(*) FILTER (is_negative)) / count(*)
        WHEN 'CSAT' THEN 100.0 * count(*) FILTER (is_positive) / count(*) ELSE avg(value) END AS "score",
    of_responses(count(*) FILTER (is_negative), count(*)) AS "negative",
    of_responses(count(*) FILTER (is_positive), count(*)) AS "positive", count(expectation) AS "withExpectation.count",
    of_responses(count(*) FILTER (expectation >= 0), count(expectation)) AS "expectationMet",
    of_responses(count(*) FILTER (expectation > 0), count(expectation)) AS "expectationExceeded"
FROM (SELECT * FROM response UNION ALL SELECT * REPLACE (NULL AS key) FROM response)
GROUP BY instrument, question, key;

-- answer: totals
SELECT
    lower(m.instrument) AS "instrument", m.question AS "question", scale.low AS "scaleMin", scale.high AS "scaleMax",
    COLUMNS(m.* EXCLUDE (key, instrument, question)) AS "of.\0"
FROM (SELECT * FROM measured WHERE key IS NULL) m
JOIN (SELECT instrument, question, any_value(scale) AS scale FROM response GROUP BY ALL) USING (instrument, question);

-- answer: rows
SELECT
    lower(instrument) AS "instrument", question AS "question", [key] AS "groups.*",
    COLUMNS(* EXCLUDE (key, instrument, question)) AS "of.\0"
FROM measured WHERE key IS NOT NULL;

-- answer: spreads
WITH
named AS (
    SELECT *, nullif(key, '') AS name, avg(value) OVER (PARTITION BY instrument, question, key) AS mean FROM response
),
spread AS (
    SELECT
        instrument, question, count(DISTINCT name) AS k, count(name) AS n,
        sum((value - mean) ** 2) FILTER (name IS NOT NULL) AS within,
        var_pop(value) FILTER (name IS NOT NULL) * n AS whole, whole - within AS between
    FROM named GROUP BY ALL
)
SELECT
    lower(instrument) AS "instrument", question AS "question", k AS "groups", n AS "answers.count",
    CASE WHEN k > 1 AND n > k AND whole > 0 THEN between / whole END AS "etaSquared",
    CASE WHEN k > 1 AND n > k AND whole > 0 THEN greatest(0, 1 - within / whole * (n - 1) / (n - k)) END
        AS "epsilonSquared",
    CASE WHEN k > 1 AND n > k AND within > 0 THEN (between / (k - 1)) / (within / (n - k)) END AS "f"
FROM spread;
