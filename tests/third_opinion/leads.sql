-- docs/views-leads.md: what became of leads. Groups are by origin.

CREATE OR REPLACE TABLE step AS
WITH
said AS (
    SELECT
        position, occurred_at, customer, payload, staff, branch,
        CASE type
            WHEN 'contact_point.captured' THEN 'captured' WHEN 'lead.opened' THEN 'opened'
            WHEN 'lead.qualified' THEN 'judged' ELSE 'converted' END AS kind,
        (payload->>'$.leadQualified.result') = 'RESULT_ACCEPTED' AS accepts,
        coalesce(
            list_sort(list_filter(tags, lambda tag: tag LIKE 'lead:%'))[1],
            'deal:' || nullif(payload->>'$.leadConverted.dealId', ''),
            list_sort(list_filter(tags, lambda tag: tag LIKE 'deal:%'))[1]) AS tag
    FROM fact
    WHERE type IN ('contact_point.captured', 'lead.opened', 'lead.qualified', 'lead.converted')
),
-- If a step with the same tag names a customer, they are that customer's.
owner AS (
    SELECT tag, arg_min(customer, position) AS customer FROM said
    WHERE tag IS NOT NULL AND customer IS NOT NULL GROUP BY tag
)
SELECT
    said.* EXCLUDE (customer), coalesce(said.customer, owner.customer) AS customer,
    coalesce('party:' || said.customer, 'party:' || owner.customer, said.tag) AS lead
FROM said LEFT JOIN owner USING (tag);

CREATE OR REPLACE TABLE lead AS
WITH told AS (
    SELECT
        lead, any_value(customer) AS customer, min(occurred_at) FILTER (kind = 'captured') AS captured,
        min(occurred_at) FILTER (kind = 'opened') AS opened, min(occurred_at) FILTER (kind = 'judged') AS judged,
        min(occurred_at) FILTER (accepts) AS accepted, min(occurred_at) FILTER (kind = 'converted') AS converted,
        arg_max(accepts, (occurred_at, position)) FILTER (kind = 'judged') AS last_verdict,
        arg_max(coalesce(payload->>'$.leadQualified.reason', ''), (occurred_at, position))
            FILTER (kind = 'judged') AS reason,
        coalesce(
            arg_min(payload->>'$.leadOpened.sourceChannel', (occurred_at, position))
                FILTER ((payload->>'$.leadOpened.sourceChannel') <> ''),
            arg_min(payload->>'$.contactPointCaptured.whereFound', (occurred_at, position))
                FILTER ((payload->>'$.contactPointCaptured.whereFound') <> ''), '') AS origin
    FROM step WHERE lead IS NOT NULL GROUP BY lead
)
SELECT
    *, CASE WHEN converted IS NOT NULL THEN 'converted' WHEN NOT last_verdict THEN 'rejected' ELSE 'open' END AS state,
    coalesce(opened >= getvariable('period_from') AND opened < getvariable('period_to'), false) AS counts,
    coalesce(captured >= getvariable('period_from') AND captured < getvariable('period_to'), false) AS counts_captured
FROM told;

-- Openings and contact points of nobody: what becomes of them cannot be known.
CREATE OR REPLACE TABLE untraceable AS
SELECT
    kind,
    coalesce(nullif(payload->>'$.leadOpened.sourceChannel', ''),
        nullif(payload->>'$.contactPointCaptured.whereFound', ''), '') AS origin
FROM step
WHERE lead IS NULL AND occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to');

CREATE OR REPLACE MACRO of_leads(k, n) AS
    {'leads.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW measured AS
SELECT
    key, count(*) FILTER (counts_captured) AS "captured.count",
    of_leads(count(*) FILTER (counts_captured AND opened IS NOT NULL), "captured.count") AS "capturedOpened",
    count(*) FILTER (counts) AS "leads.count",
    of_leads(count(*) FILTER (counts AND accepted IS NOT NULL), "leads.count") AS "accepted",
    of_leads(count(*) FILTER (counts AND state = 'converted'), "leads.count") AS "converted",
    of_leads(count(*) FILTER (counts AND state = 'rejected'), "leads.count") AS "rejected",
    of_leads(count(*) FILTER (counts AND state = 'open'), "leads.count") AS "open",
    count(*) FILTER (counts AND state = 'open' AND judged IS NULL) AS "notJudged.count",
    middle(list(greatest(0, micros(opened, judged))) FILTER (counts AND judged IS NOT NULL)) AS "medianToVerdict",
    middle(list(greatest(0, micros(opened, converted))) FILTER (counts AND converted IS NOT NULL)) AS "medianToConversion"
FROM (
    (SELECT *, origin AS key FROM lead UNION ALL SELECT *, NULL FROM lead)
    -- An origin may have openings of nobody alone.
    UNION ALL BY NAME SELECT DISTINCT origin AS key, false AS counts, false AS counts_captured FROM untraceable)
GROUP BY key;

CREATE OR REPLACE VIEW way AS
SELECT * FROM (
    SELECT 'captured' AS of, 'opened' AS until, captured AS begun, opened AS done, counts_captured AS counts FROM lead
    UNION ALL SELECT 'captured', 'accepted', captured, accepted, counts_captured FROM lead
    UNION ALL SELECT 'opened', 'judged', opened, judged, counts FROM lead
    UNION ALL SELECT 'opened', 'converted', opened, converted, counts FROM lead
    UNION ALL SELECT 'accepted', 'converted', accepted, converted, counts FROM lead
) WHERE counts AND begun IS NOT NULL;

CREATE OR REPLACE VIEW wait AS
SELECT
    of || until AS key, greatest(0, micros(begun, coalesce(done, getvariable('t')))) AS length,
    done IS NOT NULL AS ended
FROM way;

-- answer: total
SELECT
    * EXCLUDE (key), (SELECT count(*) FROM untraceable WHERE kind = 'captured') AS "capturedUntraceable.count",
    (SELECT count(*) FROM untraceable WHERE kind = 'opened') AS "untraceable.count"
FROM measured WHERE key IS NULL;

-- answer: groups
SELECT
    key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0",
    (SELECT count(*) FROM untraceable u WHERE u.origin = key AND kind = 'captured') AS "of.capturedUntraceable.count",
    (SELECT count(*) FROM untraceable u WHERE u.origin = key AND kind = 'opened') AS "of.untraceable.count"
FROM measured
WHERE key IS NOT NULL AND ("captured.count" + "leads.count" > 0 OR EXISTS (SELECT 1 FROM untraceable u WHERE u.origin = key));

-- answer: cohorts
SELECT
    strftime(month, '%Y-%m') AS "month", count(*) AS "leads.count",
    of_leads(count(*) FILTER (converted <= opened + INTERVAL 90 DAY), count(*)) AS "converted",
    getvariable('t') < least(instant(month + INTERVAL 1 MONTH), getvariable('period_to')) + INTERVAL 90 DAY AS "immature"
FROM (SELECT *, date_trunc('month', local(opened))::TIMESTAMP AS month FROM lead WHERE counts)
GROUP BY month ORDER BY month;

-- answer: times
SELECT
    of AS "from", until AS "to", count(*) AS "leads.count", count(done) AS "done.count",
    middle(list(greatest(0, micros(begun, done))) FILTER (done IS NOT NULL)) AS "median",
    any_value(w.median) AS "medianOfAll"
FROM way LEFT JOIN product_limit('wait') w ON key = of || until GROUP BY of, until;

-- answer: reasons
SELECT reason AS "reason", of_leads(count(*), sum(count(*)) OVER ()) AS "leads"
FROM lead WHERE counts AND state = 'rejected' GROUP BY reason;

-- answer: .
SELECT
    count(*) FILTER (counts AND customer IS NULL) AS "withoutCustomer.count",
    count(*) FILTER (opened IS NULL AND least(judged, converted) >= getvariable('period_from')
        AND least(judged, converted) < getvariable('period_to')) AS "notOpened.count",
    (SELECT count(*) FROM step WHERE lead IS NULL AND kind IN ('judged', 'converted')
        AND occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to')) AS "leftOut.count"
FROM lead;

-- answer: rows
SELECT
    coalesce('party:' || customer, '') AS "customer", origin AS "origin", opened AS "opened",
    micros(opened, getvariable('t')) // 86400000000 AS "days"
FROM lead WHERE counts AND state = 'open';
