-- docs/views-contacts.md: who was in contact with whom. Rows are by the variant.

CREATE OR REPLACE TABLE said AS
SELECT
    position, occurred_at, customer, staff, department, actor_role, branch, split_part(type, '.', 2) AS kind,
    coalesce(payload->'touchCallLogged', payload->'touchMessageExchanged', payload->'touchMeetingHeld',
        payload->'touchVisitRecorded') AS said,
    coalesce(said->>'direction', '') AS direction, coalesce(said->>'purpose', '') AS purpose,
    coalesce(said->>'status' = 'STATUS_PLANNED', false) AS is_planned,
    coalesce(
        said->>'outcome' = 'OUTCOME_REACHED' OR (kind = 'message_exchanged' AND direction = 'DIRECTION_INBOUND')
        OR said->>'status' = 'STATUS_HELD' OR (said->>'place') IN ('PLACE_SHOP', 'PLACE_OFFICE', 'PLACE_SITE'), false)
        AS two_way,
    (1000000 * rtrim(said->>'duration', 's')::DECIMAL(18, 6))::BIGINT AS length,
    regexp_replace(lower(trim(purpose)), '[ _-]+', '_', 'g') AS word,
    direction <> 'DIRECTION_INBOUND' AND word IN (
        'appeal', 'ask', 'collection', 'cross_sell', 'donation', 'dunning', 'fundraising', 'offer', 'payment', 'prospecting',
        'renewal', 'sales', 'selling', 'upsell') AS asks,
    direction <> 'DIRECTION_INBOUND' AND word IN (
        'advice', 'care', 'education', 'gift', 'give', 'greeting', 'help', 'information', 'invitation', 'onboarding',
        'service', 'support', 'thanks', 'training') AS gives,
    occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to') AS in_period
FROM fact WHERE type LIKE 'touch.%';

CREATE OR REPLACE TABLE contact AS SELECT * FROM said WHERE NOT is_planned AND in_period;

CREATE OR REPLACE VIEW grouped AS
SELECT
    *, CASE getvariable('variant')
        WHEN 'department' THEN coalesce(department, '') WHEN 'month' THEN strftime(local(occurred_at), '%Y-%m')
        WHEN 'staff' THEN coalesce(staff, '') ELSE split_part(kind, '_', 1) END AS key
FROM contact
UNION ALL SELECT *, NULL FROM contact;

CREATE OR REPLACE MACRO of_contacts(k, n) AS
    {'part.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW measured AS
SELECT
    key, count(*) AS "contacts.count", of_contacts(count(*) FILTER (two_way), count(*)) AS "twoWay",
    count(DISTINCT customer) AS "customers.count",
    of_contacts(count(DISTINCT customer) FILTER (two_way), count(DISTINCT customer)) AS "reached",
    count(*) FILTER (kind IN ('call_logged', 'message_exchanged')) AS "directed.count",
    of_contacts(count(*) FILTER (direction = 'DIRECTION_OUTBOUND'), "directed.count") AS "outbound",
    count(length) AS "timed.count", to_microseconds(coalesce(sum(length), 0)::BIGINT) AS "duration",
    count(*) FILTER (asks) AS "asks.count", count(*) FILTER (gives) AS "gives.count",
    count(*) FILTER (gives) / nullif(count(*) FILTER (asks), 0) AS "givesPerAsk",
    count(*) FILTER (kind = 'meeting_held') AS "meetings.count",
    of_contacts(count(*) FILTER (said->>'status' = 'STATUS_NO_SHOW'), "meetings.count") AS "noShows",
    count(*) FILTER (customer IS NULL) AS "withoutCustomer.count"
FROM grouped GROUP BY key;

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: rows
SELECT key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0" FROM measured WHERE key IS NOT NULL;

-- answer: coverage
WITH covered AS (
    SELECT count(DISTINCT department) AS departments
    FROM contact WHERE two_way AND customer IS NOT NULL GROUP BY customer
)
SELECT departments AS "departments", of_contacts(count(*), sum(count(*)) OVER ()) AS "customers"
FROM covered GROUP BY departments ORDER BY departments;

-- answer: .
SELECT count(*) FILTER (in_period) AS "planned.count" FROM said WHERE is_planned;
