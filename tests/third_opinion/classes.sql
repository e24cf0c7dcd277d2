-- docs/views-classes.md: ABC, XYZ and RFM of customers.

CREATE OR REPLACE TABLE class_row AS
SELECT
    *, CASE WHEN currency IS NULL THEN purchases ELSE value END AS weight,
    CASE WHEN currency IS NOT NULL THEN greatest(value, 0) END AS positive
FROM revenue WHERE purchases > 0 OR value <> 0;

-- Purchases of each whole month in the window; a month without purchases counts with 0.
CREATE OR REPLACE TABLE whole_month AS
SELECT month, month + INTERVAL 1 MONTH AS month_to FROM (
    SELECT unnest(range(
        date_trunc('month', local(getvariable('period_from')))::TIMESTAMP, local(getvariable('period_to')),
        INTERVAL 1 MONTH)) AS month
) WHERE instant(month) >= getvariable('period_from') AND instant(month + INTERVAL 1 MONTH) <= getvariable('period_to');

CREATE OR REPLACE TABLE evenness AS
WITH counted AS (
    SELECT customer, currency, month, count(DISTINCT (order_id, recorded)) AS purchases
    FROM sold JOIN whole_month ON date_trunc('month', local(occurred_at)) = month
    WHERE bought AND customer IS NOT NULL GROUP BY ALL
)
SELECT
    customer, currency, (SELECT count(*) FROM whole_month) AS n, sum(purchases)::BIGINT AS total,
    sum(purchases * purchases)::BIGINT AS squares
FROM counted GROUP BY ALL;

-- How many are less, of those with a purchase in the window and this currency.
CREATE OR REPLACE TABLE scored AS
SELECT
    customer, currency, n, recency_days,
    1 + 5 * (rank() OVER (by_currency ORDER BY recency_days DESC) - 1) // n AS recency,
    1 + 5 * (rank() OVER (by_currency ORDER BY purchases) - 1) // n AS frequency,
    CASE WHEN currency IS NOT NULL THEN 1 + 5 * (rank() OVER (by_currency ORDER BY value) - 1) // n END AS monetary
FROM (
    SELECT
        *, count(*) OVER (PARTITION BY currency) AS n,
        date_diff('day', local(last_purchase)::DATE, local(getvariable('period_to') - INTERVAL 1 MICROSECOND)::DATE)
            AS recency_days
    FROM class_row WHERE purchases > 0
)
WINDOW by_currency AS (PARTITION BY currency);

CREATE OR REPLACE TABLE segment AS
SELECT * FROM (VALUES
    (5, ['new', 'potential_loyal', 'potential_loyal', 'champions', 'champions']),
    (4, ['promising', 'potential_loyal', 'potential_loyal', 'loyal', 'loyal']),
    (3, ['fading', 'fading', 'need_attention', 'loyal', 'loyal']),
    (2, ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose']),
    (1, ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose'])
) AS segment(recency, names);

CREATE OR REPLACE TABLE classed AS
WITH ahead AS (
    SELECT
        *,
        coalesce(sum(positive) OVER (
            PARTITION BY currency ORDER BY value DESC, customer
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS before,
        sum(positive) OVER (PARTITION BY currency)::BIGINT AS total
    FROM class_row
)
SELECT
    a.*,
    CASE
        WHEN a.currency IS NULL THEN NULL
        WHEN value <= 0 THEN 'C'
        WHEN 100 * before < 80 * a.total THEN 'A'
        WHEN 100 * before < 95 * a.total THEN 'B'
        ELSE 'C'
    END AS abc,
    -- variation² = (n·Σx² − (Σx)²) / (Σx)²
    CASE
        WHEN (SELECT count(*) FROM whole_month) < 3 THEN NULL
        WHEN e.total IS NULL THEN 'N'
        WHEN 10000 * (e.n * squares - e.total * e.total) <= 100 * e.total * e.total THEN 'X'
        WHEN 10000 * (e.n * squares - e.total * e.total) <= 625 * e.total * e.total THEN 'Y'
        ELSE 'Z'
    END AS xyz,
    s.recency_days, s.n >= 5 AS has_scores, s.recency, s.frequency, s.monetary,
    CASE WHEN s.n >= 5 THEN names[ceil(coalesce((s.frequency + s.monetary) / 2.0, s.frequency))::INT] END AS segment
FROM ahead a
LEFT JOIN evenness e ON e.customer = a.customer AND e.currency IS NOT DISTINCT FROM a.currency
LEFT JOIN scored s ON s.customer = a.customer AND s.currency IS NOT DISTINCT FROM a.currency
LEFT JOIN segment ON segment.recency = s.recency;

-- answer: rows
SELECT
    'party:' || customer AS "object", currency AS "currency", purchases AS "purchases.count",
    value AS "valueMinorUnits",
    last_purchase AS "lastPurchase", abc AS "abc", xyz AS "xyz", segment AS "segment", recency_days AS "recencyDays",
    CASE WHEN has_scores THEN recency END AS "recency", CASE WHEN has_scores THEN frequency END AS "frequency",
    CASE WHEN has_scores THEN monetary END AS "monetary",
    CASE WHEN value > 0 THEN value::DOUBLE / total::DOUBLE END AS "share"
FROM classed ORDER BY currency NULLS LAST, weight DESC, customer;

-- answer: classes
SELECT
    'CLASSES_MEASURE_' || measure AS "measure", currency AS "currency", name AS "name", count(*) AS "objects.count",
    sum(value)::BIGINT AS "valueMinorUnits"
FROM (
    SELECT 'ABC' AS measure, currency, abc AS name, value FROM classed
    UNION ALL SELECT 'XYZ', currency, xyz, value FROM classed
    UNION ALL SELECT 'RFM', currency, segment, value FROM classed
)
WHERE name IS NOT NULL GROUP BY ALL;

-- answer: totals
SELECT
    currency AS "currency", count(*) AS "objects.count", count(*) FILTER (purchases > 0) AS "buyers.count",
    sum(value)::BIGINT AS "valueMinorUnits"
FROM classed GROUP BY currency ORDER BY currency NULLS LAST;
