-- docs/views-tickets.md, "Working time" and "What was promised": of the tier `swift`, which `work.py` invents.

-- What holds at T, whenever it was published.
CREATE OR REPLACE TABLE definition AS
SELECT kind, code, arg_max(body, (effective, version, position)) AS body
FROM (
    SELECT
        position, payload->'definitionPublished' AS said, said->>'kind' AS kind, said->>'code' AS code,
        (said->>'version')::INT AS version, (said->>'body')::JSON AS body,
        coalesce((said->>'effectiveFrom')::TIMESTAMP, occurred_at) AS effective
    FROM known WHERE type = 'definition.published'
) WHERE effective <= getvariable('t') GROUP BY kind, code;

CREATE OR REPLACE TABLE promised AS
SELECT
    any_value((body->>'first_response_minutes')::BIGINT) * 60000000 AS response,
    any_value((body->>'resolution_minutes')::BIGINT) * 60000000 AS solution,
    coalesce(any_value(body->>'calendar'), 'default') AS calendar
FROM definition WHERE kind = 'service_level' AND code = 'swift';

CREATE OR REPLACE TABLE calendar AS
SELECT
    coalesce(any_value(body->>'zone'), getvariable('zone')) AS zone,
    coalesce(any_value(body->'hours'), '[{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "from": "09:00", "to": "17:00"}]') AS hours,
    coalesce(any_value((body->'holidays')::DATE[]), []) AS holidays
FROM definition WHERE kind = 'calendar' AND code = (SELECT calendar FROM promised);

-- Everything that is worked, as moments in UTC.
CREATE OR REPLACE TABLE shift AS
WITH
part AS (
    SELECT * EXCLUDE (part), unnest(part.weekdays) AS weekday, part.from AS begins, part.to AS ends
    FROM (
        SELECT
            zone, holidays,
            unnest(from_json(hours, '[{"weekdays": ["VARCHAR"], "from": "VARCHAR", "to": "VARCHAR"}]')) AS part
        FROM calendar
    )
),
day AS (SELECT unnest(range(TIMESTAMP '2023-01-01', getvariable('t') + INTERVAL 90 DAY, INTERVAL 1 DAY)) AS day)
SELECT
    (day + (begins || ':00')::INTERVAL) AT TIME ZONE zone AT TIME ZONE 'UTC' AS begins,
    (day + (ends || ':00')::INTERVAL) AT TIME ZONE zone AT TIME ZONE 'UTC' AS ends
FROM day JOIN part ON lower(dayname(day)) = weekday AND NOT list_contains(holidays, day::DATE);

CREATE OR REPLACE TABLE swift AS SELECT * FROM ticket WHERE (opening->>'tier') = 'swift';

-- Due is the first moment at which so much is worked since the opening.
CREATE OR REPLACE TABLE due AS
WITH until_then AS (
    SELECT
        ticket, ends, sum(micros(greatest(begins, opened), ends)) OVER (PARTITION BY ticket ORDER BY begins) AS worked
    FROM swift JOIN shift ON ends > opened
)
SELECT
    ticket, arg_min(ends - to_microseconds((worked - response)::BIGINT), ends) FILTER (worked >= response) AS response_due,
    arg_min(ends - to_microseconds((worked - solution)::BIGINT), ends) FILTER (worked >= solution) AS solution_due
FROM until_then CROSS JOIN promised GROUP BY ticket;

CREATE OR REPLACE MACRO fate(due, done) AS CASE
    WHEN due IS NULL THEN 'not_promised' WHEN due < coalesce(done, getvariable('t')) THEN 'breached'
    WHEN done IS NULL THEN 'pending' ELSE 'kept' END;

CREATE OR REPLACE TABLE judged AS
SELECT *, fate(response_due, least(responded, first_solved_at)) AS response, fate(solution_due, solved) AS solved_in_time
FROM swift JOIN due USING (ticket);

CREATE OR REPLACE TABLE wait AS
SELECT
    'all' AS key, any_value(is_solved) AS ended, coalesce(sum(greatest(
        0, micros(greatest(begins, opened), least(ends, coalesce(solved, getvariable('t')))))), 0)::BIGINT AS length
FROM swift CROSS JOIN shift WHERE in_window GROUP BY ticket;

CREATE OR REPLACE MACRO fates(fate, in_window) AS {
    'kept.count': count(*) FILTER (in_window AND fate = 'kept'),
    'breached.count': count(*) FILTER (in_window AND fate = 'breached'),
    'pending.count': count(*) FILTER (in_window AND fate = 'pending'),
    'notPromised.count': count(*) FILTER (in_window AND fate = 'not_promised'),
    'shareKept': share(count(*) FILTER (in_window AND fate = 'kept'),
        count(*) FILTER (in_window AND fate IN ('kept', 'breached')))};

-- answer: total
SELECT
    count(*) FILTER (in_window) AS "opened.count", count(*) FILTER (NOT is_solved) AS "open.count",
    count(*) FILTER (NOT is_solved AND 'breached' IN (response, solved_in_time)) AS "openBreached.count",
    fates(response, in_window) AS "firstResponsePromise", fates(solved_in_time, in_window) AS "resolutionPromise",
    (SELECT median FROM product_limit('wait')) AS "resolution.medianWorking"
FROM judged;

-- answer: rows
SELECT
    'ticket:' || ticket AS "ticket", 'breached' IN (response, solved_in_time) AS "breached",
    least(CASE WHEN least(responded, first_solved_at) IS NULL THEN response_due END, solution_due) AS "due"
FROM judged WHERE NOT is_solved ORDER BY opened, ticket;
