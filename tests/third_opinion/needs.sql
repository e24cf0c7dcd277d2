-- docs/views-needs.md: what became of needs, and which are not satisfied. Groups are by the source.

CREATE OR REPLACE TABLE saying AS
SELECT
    position, occurred_at, customer, type = 'need.identified' AS identifies,
    coalesce(payload->'needIdentified', payload->'needClosed') AS said, said->>'needId' AS need,
    lower(replace(said->>'outcome', 'OUTCOME_', '')) AS outcome,
    row_number() OVER (PARTITION BY need ORDER BY occurred_at, position) AS number
FROM fact WHERE type LIKE 'need.%';

CREATE OR REPLACE TABLE became AS
WITH told AS (
    SELECT
        need, min(occurred_at) FILTER (identifies) AS identified,
        arg_min(customer, number) FILTER (customer IS NOT NULL) AS customer,
        arg_max(said->>'code', number) FILTER (identifies AND (said->>'code') <> '') AS code,
        arg_min(said->>'source', number) FILTER (identifies AND (said->>'source') <> '') AS source,
        arg_max((said->>'importance')::DOUBLE, number)
            FILTER (identifies AND (said->>'importance') IS NOT NULL) AS importance,
        arg_max((said->>'urgency')::DOUBLE, number) FILTER (identifies AND (said->>'urgency') IS NOT NULL) AS urgency,
        arg_max(coalesce(outcome, 'open'), number) AS state,
        max(number) FILTER (identifies) AS last_identified, min(number) FILTER (NOT identifies) AS first_closed,
        arg_max(coalesce(said->>'byProduct', ''), number) FILTER (NOT identifies) AS product
    FROM saying GROUP BY need
)
SELECT
    told.* REPLACE (coalesce(code, '') AS code, CASE WHEN state = 'satisfied' THEN product END AS product),
    first_closed < last_identified AS reopened,
    -- A second closing changes the outcome and not the time.
    CASE WHEN state <> 'open' THEN (
        SELECT arg_min(occurred_at, number) FROM saying
        WHERE saying.need = told.need AND NOT identifies AND number > coalesce(last_identified, 0)) END AS closed,
    coalesce(identified >= getvariable('period_from') AND identified < getvariable('period_to'), false) AS in_period
FROM told;

CREATE OR REPLACE TABLE need AS
SELECT
    *, coalesce(closed >= getvariable('period_from') AND closed < getvariable('period_to'), false) AS closed_in_period
FROM became;

CREATE OR REPLACE VIEW grouped AS
SELECT *, coalesce(source, '') AS key FROM need WHERE in_period
UNION ALL SELECT *, NULL FROM need WHERE in_period;

CREATE OR REPLACE VIEW wait AS
SELECT
    coalesce(key, 'all of them') AS key, micros(identified, coalesce(closed, getvariable('t'))) AS length,
    state <> 'open' AS ended
FROM grouped;

CREATE OR REPLACE MACRO of_needs(k, n) AS
    {'count.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW measured AS
SELECT
    g.key, count(*) AS "identified.count", of_needs(count(*) FILTER (state = 'satisfied'), count(*)) AS "satisfied",
    of_needs(count(*) FILTER (state = 'unmet'), count(*)) AS "unmet",
    of_needs(count(*) FILTER (state = 'obsolete'), count(*)) AS "obsolete",
    of_needs(count(*) FILTER (state = 'open'), count(*)) AS "open", count(closed) AS "closed.count",
    share("satisfied"['count.count'], count(closed)) AS "satisfiedOfClosed",
    low("satisfied"['count.count'], count(closed)) AS "satisfiedOfClosedLow",
    high("satisfied"['count.count'], count(closed)) AS "satisfiedOfClosedHigh",
    count(*) FILTER (reopened) AS "reopened.count", any_value(median) AS "medianToClose"
FROM grouped g LEFT JOIN product_limit('wait') w ON w.key = coalesce(g.key, 'all of them') GROUP BY g.key;

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: groups
SELECT key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0" FROM measured WHERE key IS NOT NULL;

-- answer: now
SELECT
    count(*) FILTER (identified IS NOT NULL AND state = 'open') AS "open.count",
    count(*) FILTER (identified IS NOT NULL AND closed_in_period AND state = 'satisfied') AS "closedSatisfied.count",
    count(*) FILTER (identified IS NOT NULL AND closed_in_period AND state = 'unmet') AS "closedUnmet.count",
    count(*) FILTER (identified IS NOT NULL AND closed_in_period AND state = 'obsolete') AS "closedObsolete.count",
    count(*) FILTER (identified IS NULL AND closed_in_period) AS "withoutIdentification.count"
FROM need;

-- answer: satisfiedBy
SELECT product AS "product", code AS "code", count(*) AS "needs.count"
FROM need WHERE in_period AND state = 'satisfied' GROUP BY ALL;

-- answer: rows
WITH backlog AS (
    SELECT *, coalesce(importance, 0.5) * coalesce(urgency, 0.5) AS weight
    FROM need WHERE identified IS NOT NULL AND (state = 'open' OR (state = 'unmet' AND closed_in_period))
),
heaviest AS (SELECT code, sum(weight) AS weight FROM (
    SELECT code, customer, max(weight) AS weight FROM backlog WHERE customer IS NOT NULL GROUP BY ALL) GROUP BY code)
SELECT
    code AS "code", count(*) AS "needs.count", count(*) FILTER (state = 'open') AS "open.count",
    count(*) FILTER (state = 'unmet') AS "unmet.count", count(DISTINCT customer) AS "customers.count",
    coalesce(any_value(heaviest.weight), 0) AS "weight",
    count(*) FILTER (importance IS NOT NULL AND urgency IS NOT NULL) AS "weighed", min(identified) AS "oldest"
FROM backlog LEFT JOIN heaviest USING (code) GROUP BY code;
