-- What several questions compute in the same way.

-- Wilson (docs/views-satisfaction.md, "Scores"): 95 % of k among n.
CREATE OR REPLACE MACRO wilson(k, n, side) AS CASE WHEN n > 0 THEN
    greatest(0.0, least(1.0, (k + 1.9208 + side * 1.96 * sqrt(k * (n - k) / n + 0.9604)::DOUBLE) / (n + 3.8416))) END;

CREATE OR REPLACE MACRO share(k, n) AS k / nullif(n, 0);
CREATE OR REPLACE MACRO low(k, n) AS wilson(k, n, -1);
CREATE OR REPLACE MACRO high(k, n) AS wilson(k, n, 1);

-- A length of time as its microseconds; those of a median that lies between two are cut.
CREATE OR REPLACE MACRO micros(since, until) AS epoch_us(until) - epoch_us(since);
CREATE OR REPLACE MACRO middle(lengths) AS to_microseconds(
    (list_sort(lengths)[(len(lengths) + 1) // 2] + list_sort(lengths)[len(lengths) // 2 + 1]) // 2);

CREATE OR REPLACE MACRO local_day(t) AS local(t)::DATE;

-- Kaplan and Meier (docs/views-tickets.md, "How long it takes") of a table with `key`, `length` in microseconds and
-- `ended`: for each key the shortest time after which no more than half last.
CREATE OR REPLACE MACRO product_limit(waits) AS TABLE
WITH
step AS (
    SELECT
        key, length, count(*) FILTER (ended) AS ended,
        sum(count(*)) OVER (PARTITION BY key ORDER BY length DESC) AS lasting
    FROM query_table(waits) GROUP BY key, length
),
curve AS (
    SELECT key, length, product(1 - ended / lasting) OVER (PARTITION BY key ORDER BY length) AS survival
    FROM step WHERE ended > 0
)
SELECT key, to_microseconds(min(length)) AS median FROM curve WHERE survival <= 0.5 + 1e-9 GROUP BY key;
