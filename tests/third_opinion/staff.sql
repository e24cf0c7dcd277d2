-- docs/views-staff.md: what members of staff did, and who came and went. Rows are by staff.

CREATE OR REPLACE TABLE work AS
WITH
contact AS (
    SELECT
        staff, occurred_at, actor_role, split_part(type, '.', 2) AS kind,
        coalesce(payload->'touchCallLogged', payload->'touchMessageExchanged', payload->'touchMeetingHeld',
            payload->'touchVisitRecorded') AS said
    FROM fact WHERE type LIKE 'touch.%'
)
SELECT
    coalesce(staff, '') AS staff, occurred_at, 'contact' AS what,
    coalesce(
        said->>'outcome' = 'OUTCOME_REACHED'
        OR (kind = 'message_exchanged' AND said->>'direction' = 'DIRECTION_INBOUND')
        OR said->>'status' = 'STATUS_HELD' OR (said->>'place') IN ('PLACE_SHOP', 'PLACE_OFFICE', 'PLACE_SITE'), false)
        AS two_way,
    two_way AND actor_role = 'executive' AS by_executive,
    (1000000 * rtrim(said->>'duration', 's')::DECIMAL(18, 6))::BIGINT AS length,
    CASE
        WHEN word IN (
            'sales', 'selling', 'sale', 'prospecting', 'acquisition', 'lead', 'qualification', 'offer', 'quote', 'demo',
            'demonstration', 'presentation', 'negotiation', 'closing', 'follow_up', 'upsell', 'cross_sell', 'renewal')
            THEN 'selling'
        WHEN word IN (
            'service', 'support', 'care', 'complaint', 'ticket', 'advice', 'question', 'delivery', 'installation',
            'maintenance', 'repair', 'training', 'onboarding', 'warranty', 'claim') THEN 'service'
        ELSE 'other'
    END AS purpose
FROM (SELECT *, replace(replace(lower(coalesce(said->>'purpose', '')), '-', '_'), ' ', '_') AS word FROM contact)
WHERE coalesce(said->>'status', '') <> 'STATUS_PLANNED'
UNION ALL
SELECT coalesce(solved_by, ''), solved, 'ticket', false, false, NULL, NULL FROM ticket WHERE is_solved
UNION ALL
SELECT arg_min(coalesce(staff, ''), (occurred_at, position)), min(occurred_at), 'order', false, false, NULL, NULL
FROM (SELECT DISTINCT order_id, position FROM sold WHERE bought) JOIN fact USING (position) GROUP BY order_id
UNION ALL
-- Deals are not compared, but whoever closed one has a row.
SELECT arg_max(coalesce(staff, ''), (occurred_at, position)), max(occurred_at), 'deal', false, false, NULL, NULL
FROM (
    SELECT *, coalesce(payload->'dealOpened', payload->'dealStageChanged', payload->'dealWon', payload->'dealLost') AS said
    FROM fact WHERE type IN ('deal.opened', 'deal.stage_changed', 'deal.won', 'deal.lost')
)
GROUP BY said->>'dealId' HAVING arg_max(type, (occurred_at, position)) IN ('deal.won', 'deal.lost');

CREATE OR REPLACE VIEW done AS
SELECT * FROM work WHERE occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to');

CREATE OR REPLACE VIEW measured AS
SELECT
    key, count(*) FILTER (what = 'contact') AS "contacts.count", count(*) FILTER (two_way) AS "twoWay.count",
    count(*) FILTER (by_executive) AS "byExecutives.count", count(length) AS "withDuration.count",
    count(*) FILTER (what = 'contact' AND length IS NULL) AS "withoutDuration.count",
    to_microseconds(coalesce(sum(length), 0)::BIGINT) AS "time",
    count(*) FILTER (what = 'ticket') AS "ticketsResolved.count", count(*) FILTER (what = 'order') AS "orders.count"
FROM (SELECT *, staff AS key FROM done UNION ALL SELECT *, NULL FROM done) WHERE staff <> '' GROUP BY key;

-- When people came and went: each status holds until its end or until the next one. Whoever leaves first was there before.
CREATE OR REPLACE TABLE change AS
WITH
status AS (
    SELECT
        position, occurred_at, payload->>'$.staffStatusChanged.staffId' AS person,
        (payload->>'$.staffStatusChanged.status') = 'STATUS_JOINED' AS joins,
        coalesce((payload->>'$.staffStatusChanged.from')::TIMESTAMP, occurred_at) AS begins,
        (payload->>'$.staffStatusChanged.to')::TIMESTAMP AS ends
    FROM fact WHERE (payload->>'$.staffStatusChanged.status') IN ('STATUS_JOINED', 'STATUS_LEFT')
),
followed AS (
    SELECT *, lead(begins) OVER (PARTITION BY person ORDER BY begins, occurred_at, position) AS next_begins
    FROM status WHERE coalesce(begins < ends, true)
),
turn AS (
    SELECT person, begins AS moment, joins, occurred_at, position FROM followed
    UNION ALL
    SELECT person, ends, NOT joins, occurred_at, position FROM followed WHERE ends < coalesce(next_begins, 'infinity')
)
SELECT person, moment, joins, row_number() OVER (PARTITION BY person ORDER BY moment, occurred_at, position) AS number
FROM (
    SELECT *, lag(joins, 1, NOT joins) OVER (PARTITION BY person ORDER BY moment, occurred_at, position) AS before
    FROM turn WHERE moment <= getvariable('t')
) WHERE joins <> before;

CREATE OR REPLACE TABLE employed AS
SELECT person, CASE WHEN joins THEN moment ELSE '-infinity'::TIMESTAMP END AS since,
    CASE WHEN joins THEN coalesce(next_at, 'infinity'::TIMESTAMP) ELSE moment END AS until
FROM (SELECT *, lead(moment) OVER (PARTITION BY person ORDER BY number) AS next_at FROM change)
WHERE joins OR number = 1;

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: total.byPurpose
SELECT
    purpose AS "key", count(*) AS "contacts.count", to_microseconds(coalesce(sum(length), 0)::BIGINT) AS "time",
    sum(length) / nullif(sum(sum(length)) OVER (), 0) AS "share"
FROM done WHERE what = 'contact' AND staff <> '' GROUP BY purpose;

-- answer: leftOut
SELECT
    count(*) FILTER (what = 'contact') AS "contacts.count", count(*) FILTER (what = 'ticket') AS "tickets.count",
    count(*) FILTER (what = 'order') AS "orders.count"
FROM done WHERE staff = '';

-- answer: turnover
WITH
came AS (
    SELECT count(*) FILTER (joins) AS joined, count(*) FILTER (NOT joins) AS gone
    FROM change WHERE moment >= getvariable('period_from') AND moment < getvariable('period_to')
),
there AS (
    SELECT
        count(*) FILTER (since < getvariable('period_from') AND until >= getvariable('period_from')) AS first_head,
        count(*) FILTER (since < getvariable('period_to') AND until >= getvariable('period_to')) AS last_head,
        sum(greatest(0, micros(
            greatest(since, getvariable('period_from')), least(until, getvariable('period_to')))))
            / micros(getvariable('period_from'), getvariable('period_to')) AS mean
    FROM employed
)
SELECT
    joined AS "joined.count", gone AS "left.count", first_head AS "headcountBegin", last_head AS "headcountEnd.count",
    mean AS "headcountMean", gone / nullif(mean, 0) AS "turnover"
FROM came CROSS JOIN there;

-- answer: rows
SELECT key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0" FROM measured WHERE key IS NOT NULL;
