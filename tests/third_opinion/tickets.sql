-- docs/views-tickets.md: what is open, what was solved, and how long it took. Groups are by the variant.

-- A response after the solution is none: whoever has the solution waits no longer.
CREATE OR REPLACE VIEW answered AS
SELECT *, responded IS NOT NULL AND coalesce(responded <= first_solved_at, true) AS is_answered FROM ticket;

-- How often one department gave it to another, of the events that name one.
CREATE OR REPLACE TABLE handed AS
SELECT ticket, count(*) FILTER (department <> before) AS changes
FROM (
    SELECT *, lag(department) OVER (PARTITION BY ticket ORDER BY number) AS before
    FROM ticket_step WHERE department IS NOT NULL
)
GROUP BY ticket;

-- Every ticket in its group, and once more in the whole.
CREATE OR REPLACE VIEW grouped AS
WITH word AS (
    SELECT
        *,
        coalesce(CASE getvariable('variant')
            WHEN 'department' THEN department
            WHEN 'cause' THEN lower(replace(nullif(solution->>'cause', 'CAUSE_UNSPECIFIED'), 'CAUSE_', ''))
            -- A kind that is not said is a request.
            ELSE CASE WHEN NOT without_opening THEN
                lower(replace(coalesce(nullif(opening->>'kind', 'KIND_UNSPECIFIED'), 'request'), 'KIND_', '')) END
            END, '') AS key
    FROM answered LEFT JOIN handed USING (ticket)
)
SELECT * FROM word UNION ALL SELECT * REPLACE (NULL AS key) FROM word;

CREATE OR REPLACE VIEW wait AS
SELECT
    concat(coalesce(key, '*'), '/solution') AS key,
    greatest(0, micros(opened, coalesce(solved, getvariable('t')))) AS length,
    is_solved AS ended
FROM grouped WHERE in_window
UNION ALL
SELECT
    concat(coalesce(key, '*'), '/response'),
    greatest(0, micros(opened, coalesce(least(responded, first_solved_at), getvariable('t')))),
    is_answered
FROM grouped WHERE in_window;

CREATE OR REPLACE VIEW measured AS
SELECT
    g.key AS key, count(*) FILTER (NOT is_solved) AS "open.count", count(*) FILTER (in_window) AS "opened.count",
    count(*) FILTER (solved_in_window) AS "resolved.count",
    count(*) FILTER (in_window AND reopened) AS "reopened.count",
    count(*) FILTER (in_window AND changes > 1) AS "pushed.count",
    sum(changes) FILTER (in_window) / nullif(count(changes) FILTER (in_window), 0) AS "meanPushes",
    count(changes) FILTER (in_window) AS "meanPushesN",
    count(*) FILTER (in_window AND is_solved) AS "resolution.ended.count",
    count(*) FILTER (in_window AND NOT is_solved) AS "resolution.censored.count",
    count(*) FILTER (in_window AND is_answered) AS "firstResponse.ended.count",
    any_value(solution_time.median) AS "resolution.median", any_value(response_time.median) AS "firstResponse.median"
FROM grouped g
LEFT JOIN product_limit('wait') solution_time ON solution_time.key = concat(coalesce(g.key, '*'), '/solution')
LEFT JOIN product_limit('wait') response_time ON response_time.key = concat(coalesce(g.key, '*'), '/response')
GROUP BY g.key;

-- answer: total
SELECT * EXCLUDE (key) FROM measured WHERE key IS NULL;

-- answer: groups
SELECT * FROM measured WHERE key IS NOT NULL AND "open.count" + "opened.count" + "resolved.count" > 0;

-- answer: causes
SELECT
    lower(replace(solution->>'cause', 'CAUSE_', '')) AS "cause", count(*) AS "tickets.count",
    count(*) / sum(count(*)) OVER () AS "share"
FROM ticket WHERE solved_in_window AND (solution->>'cause') <> 'CAUSE_UNSPECIFIED' GROUP BY ALL;

-- answer: rows
SELECT
    'ticket:' || ticket AS "ticket", coalesce('party:' || customer, '') AS "customer", coalesce(stage, '') AS "stage",
    coalesce(department, '') AS "department", coalesce(staff, '') AS "staff",
    coalesce(opening->>'priority', '') AS "priority",
    opened AS "opened", to_microseconds(micros(opened, getvariable('t'))) AS "age"
FROM ticket WHERE NOT is_solved ORDER BY opened, ticket;
