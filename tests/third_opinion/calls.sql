-- docs/views-calls.md: how calls went. Rows are by the variant.

CREATE OR REPLACE TABLE call AS
SELECT
    *, outcome <> 'UNSPECIFIED' AS is_said, length IS NOT NULL AND outcome IN ('REACHED', 'UNSPECIFIED') AS is_timed,
    rung IS NOT NULL AND outcome IN ('REACHED', 'UNSPECIFIED') AS is_rung
FROM (
    SELECT
        position, occurred_at, customer, staff,
        lower(replace(payload->>'$.touchCallLogged.direction', 'DIRECTION_', '')) AS direction,
        coalesce(payload->>'$.touchCallLogged.purpose', '') AS purpose,
        replace(coalesce(payload->>'$.touchCallLogged.outcome', 'OUTCOME_UNSPECIFIED'), 'OUTCOME_', '') AS outcome,
        (1000000 * rtrim(payload->>'$.touchCallLogged.duration', 's')::DECIMAL(18, 6))::BIGINT AS length,
        (1000000 * rtrim(payload->>'$.touchCallLogged.waited', 's')::DECIMAL(18, 6))::BIGINT AS rung
    FROM fact
    WHERE type = 'touch.call_logged'
        AND occurred_at >= getvariable('period_from') AND occurred_at < getvariable('period_to')
);

-- Tickets of a call that reached the other side: its customer opened them within an hour. Without a customer, those of no
-- customer that the same member of staff opened at the same moment.
CREATE OR REPLACE TABLE of_ticket AS
SELECT
    call.position, bool_or(EXISTS (
        FROM ticket_step solved
        WHERE solved.ticket = opened.ticket AND (said->>'firstContact') = 'true'
            AND local_day(solved.occurred_at) = local_day(call.occurred_at))) AS solved
FROM call
JOIN ticket_step opened ON opened.kind = 'opened' AND CASE
    WHEN call.customer IS NULL
        THEN opened.customer IS NULL AND opened.occurred_at = call.occurred_at AND opened.staff = call.staff
    ELSE opened.customer = call.customer AND abs(micros(opened.occurred_at, call.occurred_at)) <= 3600000000 END
WHERE outcome = 'REACHED' GROUP BY call.position;

-- Every call in its row, and once more in the whole.
CREATE OR REPLACE VIEW grouped AS
SELECT
    *, CASE getvariable('variant')
        WHEN 'staff' THEN coalesce(staff, '') WHEN 'purpose' THEN purpose WHEN 'direction' THEN direction
        ELSE strftime(local(occurred_at), '%H') END AS key
FROM call LEFT JOIN of_ticket USING (position)
UNION ALL SELECT *, NULL FROM call LEFT JOIN of_ticket USING (position);

CREATE OR REPLACE MACRO of_calls(k, n) AS
    {'part.count': k, 'share': share(k, n), 'low': low(k, n), 'high': high(k, n)};

CREATE OR REPLACE VIEW measured AS
SELECT
    key, count(*) AS "calls.count", count(*) FILTER (is_said) AS "said.count",
    of_calls(count(*) FILTER (outcome = 'REACHED'), "said.count") AS "reached",
    of_calls(count(*) FILTER (outcome = 'NO_ANSWER'), "said.count") AS "noAnswer",
    of_calls(count(*) FILTER (outcome = 'HUNG_UP'), "said.count") AS "hungUp",
    count(*) FILTER (is_timed) AS "timed.count",
    to_microseconds(coalesce(sum(length) FILTER (is_timed), 0)::BIGINT) AS "talkTime",
    to_microseconds(round_even(avg(length) FILTER (is_timed), 0)::BIGINT) AS "mean",
    middle(list(length) FILTER (is_timed)) AS "median", count(*) FILTER (is_rung) AS "waited.count",
    to_microseconds(round_even(avg(rung) FILTER (is_rung), 0)::BIGINT) AS "meanWait",
    middle(list(rung) FILTER (is_rung)) AS "medianWait",
    count(solved) AS "withTicket.count", of_calls(count(*) FILTER (solved), count(solved)) AS "resolved",
    count(*) FILTER (customer IS NULL) AS "withoutCustomer.count"
FROM grouped GROUP BY key;

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: rows
SELECT key AS "key", COLUMNS(* EXCLUDE (key)) AS "of.\0" FROM measured WHERE key IS NOT NULL;
