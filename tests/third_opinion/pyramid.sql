-- docs/views-pyramid.md: levels of customers, how they moved, who can step up.
-- The variant is the level that was asked for: without one, the answer lists all who bought in the window.

-- The earlier moment is the answer's own: the documentation does not say how long a window of the same length is where
-- months differ.
SET VARIABLE t_before = (getvariable('answer')::JSON->>'comparedWith')::TIMESTAMP;
SET VARIABLE from_before = (getvariable('answer')::JSON->>'beforeFrom')::TIMESTAMP;

CREATE OR REPLACE TABLE level AS
SELECT * FROM (VALUES (1, 'TOP'), (2, 'LARGE'), (3, 'MEDIUM'), (4, 'SMALL'), (5, 'INACTIVE')) AS level(number, name);

-- On which level each customer of a currency is as of a moment, over a window; NULL on none. Merges are those of T at
-- both moments.
CREATE OR REPLACE MACRO standing(moment, window_from, window_to) AS TABLE
WITH
bought AS (
    SELECT
        customer, currency,
        count(DISTINCT (order_id, recorded)) FILTER (bought AND window_from <= occurred_at AND occurred_at < window_to)
            AS purchases,
        coalesce(sum(value) FILTER (window_from <= occurred_at AND occurred_at < window_to), 0)::BIGINT AS revenue,
        max(occurred_at) FILTER (bought AND occurred_at < window_to) AS last_purchase
    FROM charge
    WHERE customer IS NOT NULL AND occurred_at <= moment AND (cancelled_at IS NULL OR cancelled_at > moment)
    GROUP BY ALL
),
ranked AS (
    SELECT
        *, purchases > 0 AND revenue > 0 AS counts,
        row_number() OVER (PARTITION BY currency, counts ORDER BY revenue DESC, customer) AS place,
        count(*) OVER (PARTITION BY currency, counts) AS n
    FROM bought
)
SELECT
    customer, currency, purchases, revenue, last_purchase, counts AND place <= (20 * n + 99) // 100 AS top_fifth,
    CASE
        WHEN currency IS NULL OR last_purchase IS NULL THEN NULL
        WHEN purchases = 0 THEN 5
        WHEN NOT counts THEN 4
        -- Places up to ⌈1 % · N⌉, ⌈5 % · N⌉ and ⌈20 % · N⌉.
        WHEN place <= (n + 99) // 100 THEN 1
        WHEN place <= (5 * n + 99) // 100 THEN 2
        WHEN place <= (20 * n + 99) // 100 THEN 3
        ELSE 4
    END AS level
FROM ranked;

CREATE OR REPLACE TABLE now_on AS
SELECT * FROM standing(getvariable('t'), getvariable('period_from'), getvariable('period_to'));

CREATE OR REPLACE TABLE before_on AS
SELECT * FROM standing(
    getvariable('t_before'), getvariable('from_before'), getvariable('t_before') + INTERVAL 1 MICROSECOND);

CREATE OR REPLACE TABLE moved AS
SELECT
    customer, currency, coalesce(n.purchases, 0) AS purchases, coalesce(n.revenue, 0)::BIGINT AS revenue,
    n.last_purchase, n.level, coalesce(b.revenue, 0)::BIGINT AS revenue_before, b.level AS level_before
FROM now_on n FULL JOIN before_on b USING (customer, currency)
WHERE currency IS NOT NULL;

CREATE OR REPLACE TABLE cost AS
SELECT
    customer, payload->>'$.costAllocated.amount.currency' AS currency,
    coalesce(payload->>'$.costAllocated.amount.minorUnits', '0')::BIGINT AS amount,
    (payload->>'$.costAllocated.kind') IN ('KIND_ACQUISITION', 'KIND_RETENTION') AS spend
FROM fact
WHERE type = 'cost.allocated'
    AND getvariable('period_from') <= occurred_at AND occurred_at < getvariable('period_to');

CREATE OR REPLACE TABLE cost_of AS
SELECT customer, currency, sum(amount) AS amount, coalesce(sum(amount) FILTER (spend), 0) AS spend
FROM cost GROUP BY ALL;

CREATE OR REPLACE TABLE whole AS
SELECT
    currency, count(*) FILTER (purchases > 0) AS customers,
    count(*) FILTER (purchases > 0 AND revenue > 0) AS n,
    count(*) FILTER (purchases > 0 AND revenue <= 0 AND currency IS NOT NULL) AS not_positive,
    CASE WHEN currency IS NOT NULL THEN coalesce(sum(revenue) FILTER (purchases > 0), 0)::BIGINT END AS revenue,
    coalesce(sum(revenue) FILTER (purchases > 0 AND revenue > 0), 0)::BIGINT AS positive,
    count(*) FILTER (top_fifth) AS top_fifth, sum(revenue) FILTER (top_fifth) AS revenue_of_top_fifth
FROM now_on GROUP BY currency;

-- Parties that are known: with a contact in which both sides took part, with an offer, registered, or with a role, a
-- lifecycle or a segment attribute.
CREATE OR REPLACE TABLE known_party AS
SELECT
    customer,
    bool_or(type = 'offer.issued') AS has_offer,
    coalesce(bool_or(
        (payload->>'$.touchCallLogged.outcome') = 'OUTCOME_REACHED'
        OR (payload->>'$.touchMessageExchanged.direction') = 'DIRECTION_INBOUND'
        OR (payload->>'$.touchMeetingHeld.status') = 'STATUS_HELD'
        OR coalesce((payload->>'$.touchVisitRecorded.place') IN ('PLACE_SHOP', 'PLACE_OFFICE', 'PLACE_SITE'), false)),
        false) AS met,
    bool_or(type = 'party.registered') AS registered,
    bool_or(
        type IN ('party.registered', 'party.role_assigned', 'party.lifecycle_changed')
        OR (payload->>'$.partyFactRecorded.category') = 'CATEGORY_SEGMENT_ATTRIBUTE') AS known
FROM fact WHERE customer IS NOT NULL GROUP BY customer;

CREATE OR REPLACE TABLE buyer AS
SELECT DISTINCT customer FROM charge WHERE bought AND customer IS NOT NULL AND cancelled_at IS NULL;

-- A contact with a person is also one with the organisation that the person acts for, of several the one assigned last.
CREATE OR REPLACE TABLE met_by_others AS
WITH acts_for AS (
    SELECT customer AS person, related AS organisation
    FROM role WHERE role = 'ROLE_CONTACT_OF' AND related <> customer
    QUALIFY row_number() OVER (PARTITION BY customer ORDER BY begins DESC, occurred_at DESC, position DESC) = 1
)
SELECT DISTINCT organisation AS customer
FROM acts_for JOIN known_party ON known_party.customer = person WHERE met;

ALTER TABLE known_party ADD COLUMN in_contact BOOLEAN;
UPDATE known_party SET in_contact = has_offer OR met OR customer IN (SELECT customer FROM met_by_others);

CREATE OR REPLACE TABLE no_customer AS
SELECT customer FROM role WHERE role <> 'ROLE_CONTACT_OF' GROUP BY customer
HAVING arg_max(role, (begins, occurred_at, position)) IN ('ROLE_SUPPLIER', 'ROLE_PARTNER', 'ROLE_EMPLOYEE')
UNION
SELECT role.customer FROM role
WHERE role = 'ROLE_CONTACT_OF' AND related <> role.customer
    AND (related IN (SELECT customer FROM known_party WHERE has_offer OR met OR registered)
        OR related IN (SELECT customer FROM buyer));

CREATE OR REPLACE TABLE other AS
SELECT
    customer,
    CASE
        WHEN customer IN (SELECT customer FROM no_customer) THEN 'NO_CUSTOMER'
        WHEN in_contact THEN 'PROSPECT'
        ELSE 'SUSPECT'
    END AS level
FROM known_party WHERE (has_offer OR met OR known) AND customer NOT IN (SELECT customer FROM buyer);

-- answer: customers
SELECT * FROM (
    SELECT
        m.currency AS "currency", m.customer AS "customer", 'PYRAMID_LEVEL_' || l.name AS "level",
        m.revenue AS "revenue.minorUnits", m.purchases AS "purchases.count", m.last_purchase AS "lastPurchase",
        'PYRAMID_LEVEL_' || b.name AS "levelBefore",
        CASE WHEN m.level < 5 AND m.revenue > 0 THEN m.revenue::DOUBLE / whole.positive::DOUBLE END AS "share"
    FROM moved m
    JOIN level l ON l.number = m.level
    LEFT JOIN level b ON b.number = m.level_before
    JOIN whole ON whole.currency = m.currency
    WHERE CASE getvariable('variant') WHEN '' THEN m.level < 5 ELSE lower(l.name) = getvariable('variant') END
    UNION ALL
    SELECT NULL, customer, 'PYRAMID_LEVEL_' || level, NULL, 0, NULL, NULL, NULL
    FROM other WHERE lower(level) = getvariable('variant')
)
ORDER BY
    "currency", CASE WHEN "level" = 'PYRAMID_LEVEL_INACTIVE' THEN "lastPurchase" END DESC, "revenue.minorUnits" DESC,
    "customer";

-- answer: levels
WITH sums AS (
    SELECT
        m.currency, m.level, count(*) AS customers, sum(m.revenue)::BIGINT AS revenue,
        sum(greatest(m.revenue, 0))::BIGINT AS positive, coalesce(sum(c.amount), 0)::BIGINT AS cost,
        coalesce(sum(c.spend), 0)::BIGINT AS spend
    FROM moved m LEFT JOIN cost_of c USING (customer, currency) WHERE m.level IS NOT NULL GROUP BY ALL
)
SELECT
    whole.currency AS "currency", 'PYRAMID_LEVEL_' || level.name AS "level",
    coalesce(s.customers, 0) AS "customers.count",
    coalesce(s.revenue, 0) AS "revenue.minorUnits", coalesce(s.revenue - s.cost, 0) AS "margin.minorUnits",
    coalesce(s.spend, 0) AS "spend.minorUnits",
    CASE WHEN level.number < 5 AND whole.customers > 0 THEN coalesce(s.customers, 0) / whole.customers END
        AS "shareOfCustomers",
    CASE WHEN level.number < 5 AND whole.positive > 0 THEN coalesce(s.positive, 0)::DOUBLE / whole.positive::DOUBLE END
        AS "shareOfRevenue",
    -- Halves to the even one.
    CASE WHEN level.number < 5 THEN round_even(s.revenue / s.customers, 0)::BIGINT END AS "averageRevenue.minorUnits"
FROM whole CROSS JOIN level LEFT JOIN sums s ON s.currency = whole.currency AND s.level = level.number
WHERE whole.currency IS NOT NULL
UNION ALL
SELECT
    NULL, 'PYRAMID_LEVEL_' || name, (SELECT count(*) FROM other WHERE level = name), NULL, NULL, NULL, NULL, NULL, NULL
FROM (VALUES ('PROSPECT'), ('SUSPECT')) AS names(name);

-- answer: totals
SELECT
    currency AS "currency", customers AS "customers.count", not_positive AS "notPositive.count",
    revenue AS "revenue.minorUnits",
    top_fifth AS "topFifth.count",
    CASE WHEN n >= 5 THEN revenue_of_top_fifth::DOUBLE / positive::DOUBLE END AS "shareOfTopFifth"
FROM whole WHERE currency IS NOT NULL OR customers > 0 ORDER BY currency NULLS LAST;

-- answer: migration
SELECT
    currency AS "currency", 'PYRAMID_LEVEL_' || b.name AS "from",
    'PYRAMID_LEVEL_' || l.name AS "to", count(*) AS "customers.count",
    sum(revenue - revenue_before)::BIGINT AS "revenueChange.minorUnits"
FROM moved LEFT JOIN level l ON l.number = level LEFT JOIN level b ON b.number = level_before
WHERE (level IS NOT NULL OR level_before IS NOT NULL) GROUP BY ALL;

-- answer: moves
SELECT
    currency AS "currency",
    count(*) FILTER (level < 5 AND level_before < 5 AND level < level_before) AS "up.count",
    count(*) FILTER (level < 5 AND level_before < 5 AND level = level_before) AS "same.count",
    count(*) FILTER (level < 5 AND level_before < 5 AND level > level_before) AS "down.count",
    count(*) FILTER (level < 5 AND level_before IS NULL) AS "new.count",
    count(*) FILTER (level < 5 AND level_before = 5) AS "back.count",
    count(*) FILTER (coalesce(level, 5) = 5 AND level_before < 5) AS "gone.count"
FROM moved GROUP BY currency ORDER BY currency;

-- answer: .
SELECT count(*) AS "notCustomers.count" FROM other WHERE level = 'NO_CUSTOMER';
