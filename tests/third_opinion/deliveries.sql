-- docs/views-deliveries.md: which orders and milestones were on time. Groups are by the month.

CREATE OR REPLACE TABLE promise AS
SELECT
    position, occurred_at, customer, payload->>'$.deliveryPromised.orderId' AS order_id,
    nullif(payload->>'$.deliveryPromised.requestedDate', '')::DATE AS requested,
    (payload->>'$.deliveryPromised.committedDate')::DATE AS committed,
    coalesce(payload->>'$.deliveryPromised.reason', '') AS reason
FROM fact WHERE type = 'delivery.promised';

-- An arrival whose date is after T has not happened.
CREATE OR REPLACE TABLE arrival AS
SELECT * FROM (
    SELECT
        position, occurred_at, customer, said.orderId AS order_id, said.condition AS condition,
        coalesce(nullif(said.date, '')::DATE, local_day(occurred_at)) AS day, coalesce(said.quantities, []) AS goods
    FROM (
        SELECT *, from_json(payload->'deliveryCompleted', '{
            "orderId": "VARCHAR", "date": "VARCHAR", "condition": "VARCHAR",
            "quantities": [{"product": "VARCHAR", "quantity": "DECIMAL(18, 3)"}]}') AS said
        FROM fact WHERE type = 'delivery.completed'
    )
) WHERE day <= local_day(getvariable('t'));

-- What was ordered of each product; of an order with a line without a product that is not known.
CREATE OR REPLACE TABLE ordered AS
SELECT order_id, product, sum(quantity) AS quantity, bool_or(coalesce(product, '') = '') AS is_vague
FROM (
    SELECT order_id, unnest(lines, recursive := true) FROM (
        SELECT
            coalesce(payload->>'$.orderPlaced.orderId', payload->>'$.orderChanged.orderId') AS order_id,
            from_json(coalesce(payload->'$.orderPlaced.lines', payload->'$.orderChanged.lines'),
                '[{"product": "VARCHAR", "quantity": "DECIMAL(18, 3)"}]') AS lines
        FROM fact WHERE type = 'order.placed' OR (payload->>'$.orderChanged.op') = 'OP_AMEND'
    )
) GROUP BY ALL;

CREATE OR REPLACE TABLE vague AS
SELECT order_id, coalesce(bool_or(is_vague), true) AS is_vague
FROM (SELECT DISTINCT order_id FROM arrival) LEFT JOIN ordered USING (order_id) GROUP BY order_id;

-- By day what had arrived of each product until then.
CREATE OR REPLACE TABLE full_on AS
WITH
came AS (
    SELECT order_id, day, good.product AS product, good.quantity AS quantity
    FROM (SELECT order_id, day, unnest(goods) AS good FROM arrival)
),
reached AS (
    SELECT o.order_id, o.product, days.day, coalesce(sum(came.quantity), 0) >= any_value(o.quantity) AS is_reached
    FROM ordered o
    JOIN (SELECT DISTINCT order_id, day FROM arrival) days USING (order_id)
    LEFT JOIN came ON came.order_id = o.order_id AND came.product = o.product AND came.day <= days.day
    GROUP BY ALL
)
SELECT order_id, min(day) AS day FROM (
    SELECT order_id, day FROM arrival WHERE goods = []
    UNION ALL
    SELECT order_id, day FROM reached JOIN vague USING (order_id) WHERE NOT is_vague
    GROUP BY order_id, day HAVING bool_and(is_reached)
) GROUP BY order_id;

-- Their latest role is what parties are.
CREATE OR REPLACE TABLE supplier AS
SELECT customer FROM role WHERE role <> 'ROLE_CONTACT_OF' GROUP BY customer
HAVING arg_max(role, (begins, occurred_at, position)) = 'ROLE_SUPPLIER';

CREATE OR REPLACE TABLE delivery AS
WITH
-- What has arrived cannot be promised anew.
promised AS (
    SELECT
        order_id, arg_min(committed, (occurred_at, position)) AS committed_first,
        arg_max(committed, (occurred_at, position)) AS committed_last,
        arg_max(requested, (occurred_at, position)) FILTER (requested IS NOT NULL) AS requested,
        count(*) - 1 AS reschedules, arg_max(reason, (occurred_at, position)) AS reason
    FROM promise LEFT JOIN full_on USING (order_id)
    WHERE full_on.day IS NULL OR local_day(occurred_at) <= full_on.day GROUP BY order_id
),
arrived AS (
    SELECT
        order_id, max(arrival.day) AS last_day, bool_or(condition = 'damaged') AS damaged,
        bool_or(coalesce(condition, '') <> '') AS with_condition,
        any_value(full_on.day) AS full_day, any_value(full_on.day) IS NULL AND any_value(is_vague) AS is_unknown
    FROM arrival LEFT JOIN full_on USING (order_id) JOIN vague USING (order_id) GROUP BY order_id
),
said AS (
    SELECT order_id, arg_min(customer, (occurred_at, position)) AS customer
    FROM (SELECT order_id, customer, occurred_at, position FROM promise
        UNION ALL SELECT order_id, customer, occurred_at, position FROM arrival)
    WHERE customer IS NOT NULL GROUP BY order_id
)
SELECT
    order_id, customer, committed_first, committed_last, requested, coalesce(reschedules, 0) AS reschedules, reason,
    coalesce(damaged, false) AS damaged, coalesce(with_condition, false) AS with_condition,
    coalesce(is_unknown, false) AS is_unknown, full_day IS NOT NULL AS in_full, coalesce(full_day, last_day) AS arrived,
    order_id IN (
        SELECT payload->>'$.orderChanged.orderId' FROM fact WHERE (payload->>'$.orderChanged.op') = 'OP_CANCEL')
        AS cancelled,
    coalesce(customer IN (FROM supplier), false) AS of_supplier
FROM promised FULL JOIN arrived USING (order_id) LEFT JOIN said USING (order_id);

CREATE OR REPLACE TABLE counted AS
SELECT
    *, date_diff('day', committed_first, arrived) AS slip, coalesce(arrived BETWEEN
        local_day(getvariable('period_from')) AND local_day(getvariable('period_to') - INTERVAL 1 MICROSECOND), false)
        AS in_period,
    -- Of an order that arrived in part, more may come until its last promise is past.
    in_period AND NOT is_unknown AND committed_first IS NOT NULL
        AND (in_full OR cancelled OR committed_last < local_day(getvariable('t'))) AS counts,
    coalesce(NOT in_full AND NOT is_unknown AND NOT cancelled AND committed_last < local_day(getvariable('t')), false)
        AS overdue
FROM delivery WHERE NOT of_supplier;

CREATE OR REPLACE MACRO of_orders(k, n) AS
    {'orders.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW grouped AS
SELECT *, strftime(coalesce(arrived, committed_last), '%Y-%m') AS key FROM counted
UNION ALL SELECT *, NULL FROM counted
UNION ALL SELECT *, '/' || reason FROM counted WHERE counts AND reschedules > 0;

CREATE OR REPLACE TABLE measured AS
SELECT
    key, count(*) FILTER (counts) AS "orders.count",
    of_orders(count(*) FILTER (counts AND arrived <= committed_first), "orders.count") AS "onTime",
    of_orders(count(*) FILTER (counts AND arrived <= committed_last), "orders.count") AS "onTimeByLast",
    of_orders(count(*) FILTER (counts AND in_full), "orders.count") AS "inFull",
    of_orders(count(*) FILTER (counts AND in_full AND arrived <= committed_first), "orders.count") AS "onTimeInFull",
    of_orders(count(*) FILTER (counts AND in_full AND arrived <= committed_last), "orders.count") AS "onTimeInFullByLast",
    count(*) FILTER (counts AND requested IS NOT NULL) AS "requested.count",
    of_orders(count(*) FILTER (counts AND arrived <= requested), "requested.count") AS "onTimeByRequested",
    of_orders(count(*) FILTER (counts AND arrived > committed_first), "orders.count") AS "late",
    count(*) FILTER (counts AND arrived < committed_first) AS "early.count",
    count(*) FILTER (counts AND in_full) AS "slip.n", median(slip) FILTER (counts AND in_full) AS "slip.medianDays",
    quantile_disc(slip, 0.9) FILTER (counts AND in_full) AS "slip.p90Days",
    avg(slip) FILTER (counts AND in_full) AS "slip.meanDays",
    count(*) FILTER (counts AND reschedules > 0) AS "rescheduled.count",
    avg(reschedules) FILTER (counts) AS "reschedulesMean",
    count(*) FILTER (counts AND with_condition) AS "withCondition.count",
    of_orders(count(*) FILTER (counts AND damaged), "withCondition.count") AS "damaged",
    count(*) FILTER (overdue) AS "overdue.count",
    count(*) FILTER (in_period AND committed_first IS NULL) AS "withoutPromise.count",
    count(*) FILTER (in_period AND committed_first IS NOT NULL AND is_unknown) AS "unknown.count"
FROM grouped WHERE in_period OR overdue OR key IS NULL GROUP BY key;

CREATE OR REPLACE TABLE milestone AS
WITH said AS (
    SELECT
        position, occurred_at, customer, payload->>'$.projectMilestoneRecorded.project' AS project,
        payload->>'$.projectMilestoneRecorded.milestone' AS milestone,
        nullif(payload->>'$.projectMilestoneRecorded.planned', '')::DATE AS planned,
        nullif(payload->>'$.projectMilestoneRecorded.actual', '')::DATE AS actual,
        lower(replace(nullif(payload->>'$.projectMilestoneRecorded.cause', 'CAUSE_UNSPECIFIED'), 'CAUSE_', '')) AS cause
    FROM fact WHERE type = 'project.milestone_recorded'
)
SELECT
    *, date_diff('day', planned, reached) AS slip, coalesce(planned, reached) BETWEEN
        local_day(getvariable('period_from')) AND local_day(getvariable('period_to') - INTERVAL 1 MICROSECOND) AS in_period
FROM (
    SELECT
        project, milestone, arg_min(planned, (occurred_at, position)) FILTER (planned IS NOT NULL) AS planned,
        arg_max(actual, (occurred_at, position)) FILTER (actual <= local_day(getvariable('t'))) AS reached,
        arg_max(cause, (occurred_at, position)) FILTER (cause IS NOT NULL) AS cause
    FROM said GROUP BY project, milestone
    HAVING NOT coalesce(
        arg_min(customer, (occurred_at, position)) FILTER (customer IS NOT NULL) IN (FROM supplier), false)
);

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: groups
SELECT key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0" FROM measured WHERE key NOT LIKE '/%';

-- answer: reasons
SELECT key[2:] AS "key", COLUMNS(* EXCLUDE (key, "overdue.count")) AS "of.\0" FROM measured WHERE key LIKE '/%';

-- answer: milestones
SELECT
    count(*) FILTER (planned IS NOT NULL) AS "planned.count",
    count(*) FILTER (planned IS NOT NULL AND reached IS NOT NULL) AS "reached.count",
    of_orders(count(*) FILTER (slip > 0), "reached.count") AS "late",
    count(slip) AS "slip.n", median(slip) AS "slip.medianDays", quantile_disc(slip, 0.9) AS "slip.p90Days",
    avg(slip) AS "slip.meanDays",
    count(*) FILTER (reached IS NULL AND planned < local_day(getvariable('t'))) AS "overdue.count",
    count(*) FILTER (planned IS NULL) AS "withoutPlan.count"
FROM milestone WHERE in_period;

-- answer: milestones.causes
SELECT coalesce(cause, '') AS "cause", count(*) AS "milestones.count", median(slip) AS "slip.medianDays"
FROM milestone WHERE in_period AND slip > 0 GROUP BY cause;

-- answer: rows
SELECT
    'order:' || order_id AS "object", coalesce('party:' || customer, '') AS "customer",
    strftime(committed_first, '%Y-%m-%d') AS "firstCommitted", strftime(committed_last, '%Y-%m-%d') AS "lastCommitted",
    strftime(arrived, '%Y-%m-%d') AS "arrived", slip AS "slipDays", reschedules AS "reschedules", in_full AS "inFull"
FROM counted WHERE counts AND slip > 0;
