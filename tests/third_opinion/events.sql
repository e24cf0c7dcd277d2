-- What the ledger believes at (T, K), from the exported events: corrections, retractions and merges (docs/views.md);
-- and the tables that several questions share. Times are timestamps without a zone, in UTC.

-- Corrections and retractions act on the recorded clock, so everything recorded until K counts, whenever it occurred.
CREATE OR REPLACE TABLE known AS SELECT * FROM event WHERE recorded_at <= getvariable('k');

CREATE OR REPLACE TABLE adjustment AS
SELECT
    position, id,
    coalesce(payload->>'$.eventCorrected.targetEventId', payload->>'$.eventRetracted.targetEventId') AS target
FROM known WHERE type IN ('event.corrected', 'event.retracted');

-- An adjustment can be adjusted itself. Each round folds every event with its adjustments as of the round before, so
-- after as many rounds as the longest chain has links, nothing changes any more.
CREATE OR REPLACE TABLE adjusted AS
WITH RECURSIVE
concerned AS (
    SELECT e.id, a.position, a.target, e.payload, e.occurred_at FROM known e LEFT JOIN adjustment a USING (id)
    WHERE e.id IN (SELECT target FROM adjustment) OR a.id IS NOT NULL
),
round(number, id, target, position, holds, payload, occurred_at) AS (
    SELECT 0, id, target, position, true, payload, occurred_at FROM concerned
    UNION ALL
    SELECT
        now.number + 1, e.id, any_value(e.target), any_value(e.position),
        -- The last adjustment that holds says whether it happened.
        coalesce(arg_max(json_exists(a.payload, '$.eventCorrected'), a.position) FILTER (a.holds), true),
        -- What a correction leaves out stays as believed before it.
        coalesce(
            arg_max(a.payload->'$.eventCorrected.replacement', a.position)
                FILTER (a.holds AND json_exists(a.payload, '$.eventCorrected.replacement')),
            any_value(e.payload)),
        coalesce(
            arg_max((a.payload->>'$.eventCorrected.occurredAt')::TIMESTAMP, a.position)
                FILTER (a.holds AND json_exists(a.payload, '$.eventCorrected.occurredAt')),
            any_value(e.occurred_at))
    FROM concerned e CROSS JOIN (SELECT DISTINCT number FROM round) now LEFT JOIN round a ON a.target = e.id
    WHERE now.number < 6
    GROUP BY now.number, e.id
)
SELECT id, holds, payload, occurred_at FROM round WHERE number = 6;

-- What is believed to have happened until T.
CREATE OR REPLACE TABLE happened AS
SELECT
    e.position, e.id, e.type, e.customer, e.actor, e.channel, e.tags,
    coalesce(a.occurred_at, e.occurred_at) AS occurred_at,
    CASE WHEN a.id IS NULL THEN e.payload ELSE a.payload END AS payload
FROM known e LEFT JOIN adjusted a USING (id)
WHERE coalesce(a.holds, true) AND coalesce(a.occurred_at, e.occurred_at) <= getvariable('t')
    AND e.type NOT IN ('event.corrected', 'event.retracted');

-- The merges in force are replayed in the order of (occurred_at, position): all parties that the absorbed one stands
-- for join under the party that stands for the survivor.
CREATE OR REPLACE TABLE stands_for AS
WITH RECURSIVE
merge AS (
    SELECT
        row_number() OVER (ORDER BY occurred_at, position) AS number,
        payload->>'$.partyMerged.survivor' AS survivor, payload->>'$.partyMerged.absorbed' AS absorbed
    FROM happened
    WHERE type = 'party.merged'
        AND id NOT IN (SELECT payload->>'$.partyUnmerged.mergeEventId' FROM happened WHERE type = 'party.unmerged')
),
replay(number, party, root) AS (
    SELECT 0, party, party FROM (SELECT survivor AS party FROM merge UNION SELECT absorbed FROM merge)
    UNION ALL
    SELECT merge.number, r.party, CASE WHEN r.root = absorbed.root THEN survivor.root ELSE r.root END
    FROM replay r
    JOIN merge ON merge.number = r.number + 1
    JOIN replay survivor ON survivor.party = merge.survivor
    JOIN replay absorbed ON absorbed.party = merge.absorbed
)
SELECT party, root FROM replay WHERE number = (SELECT count(*) FROM merge);

-- An event without a customer is of nobody: NULL, not a party with an empty id.
CREATE OR REPLACE VIEW fact AS
SELECT
    h.* EXCLUDE (customer, actor, channel), nullif(customer, '') AS recorded,
    coalesce(s.root, nullif(customer, '')) AS customer, nullif(channel, '') AS channel,
    nullif(actor->>'$.id', '') AS staff, nullif(actor->>'$.department', '') AS department,
    nullif(actor->>'$.branch', '') AS branch, nullif(actor->>'$.role', '') AS actor_role
FROM happened h LEFT JOIN stands_for s ON s.party = h.customer;

-- Of each role the latest assignment decides, of the roles in force at T the one that began last.
CREATE OR REPLACE TABLE role AS
WITH assigned AS (
    SELECT
        customer, payload->>'$.partyRoleAssigned.role' AS role, position, occurred_at,
        payload->>'$.partyRoleAssigned.relatedParty' AS related,
        coalesce((payload->>'$.partyRoleAssigned.from')::TIMESTAMP, occurred_at) AS begins,
        (payload->>'$.partyRoleAssigned.to')::TIMESTAMP AS ends
    FROM fact WHERE type = 'party.role_assigned'
)
SELECT customer, role, coalesce(root, related) AS related, begins, occurred_at, position
FROM assigned LEFT JOIN stands_for ON party = related
WHERE begins <= getvariable('t')
QUALIFY row_number() OVER (PARTITION BY customer, role, coalesce(root, related)
        ORDER BY begins DESC, occurred_at DESC, position DESC) = 1
    AND (ends IS NULL OR ends > getvariable('t'));

-- What orders charge, a row a line (docs/views-classes.md, "What counts"). An order of any other day than the window's
-- is here too; so is one that was cancelled until T, with the moment of it: as of an earlier moment it counts.
CREATE OR REPLACE TABLE charge AS
WITH
read AS (
    SELECT
        position, occurred_at, recorded, customer, type = 'order.placed' AS placed,
        from_json(coalesce(payload->'orderPlaced', payload->'orderChanged'), '{
            "orderId": "VARCHAR", "op": "VARCHAR", "total": {"currency": "VARCHAR", "minorUnits": "BIGINT"},
            "lines": [{"product": "VARCHAR", "quantity": "DECIMAL(18, 3)",
                       "net": {"currency": "VARCHAR", "minorUnits": "BIGINT"}}]}') AS said
    FROM fact WHERE type IN ('order.placed', 'order.changed')
),
cancellation AS (
    SELECT said.orderId AS order_id, min(occurred_at) AS cancelled_at FROM read WHERE said.op = 'OP_CANCEL' GROUP BY ALL
),
ordered AS (
    SELECT
        read.* EXCLUDE (said), said.orderId AS order_id, said.op AS op, coalesce(said.lines, []) AS lines,
        said.total AS total,
        -- The currency of the order's amounts: a line without an amount is worth 0 in it.
        list_filter(coalesce(said.lines, []), lambda line: line.net.currency IS NOT NULL)[1].net.currency AS currency
    FROM read WHERE placed OR said.op IN ('OP_RETURN', 'OP_AMEND')
),
part AS (
    SELECT
        * EXCLUDE (lines, total, currency, line), line.product AS product, line.quantity AS quantity,
        placed AND line.quantity >= 0 AS bought, coalesce(line.net.currency, currency) AS currency,
        coalesce(line.net.minorUnits, 0) AS value
    FROM (SELECT *, unnest(lines) AS line FROM ordered WHERE currency IS NOT NULL)
    UNION ALL
    -- Without amounts in its lines an order is worth its total, which belongs to no product.
    SELECT
        * EXCLUDE (lines, total, currency), NULL, list_sum(list_transform(lines, lambda line: line.quantity)), true,
        total.currency, coalesce(total.minorUnits, 0)
    FROM ordered WHERE placed AND currency IS NULL AND total.currency IS NOT NULL
    UNION ALL
    -- Without any amount its value is not known.
    SELECT
        * EXCLUDE (lines, total, currency, line), line.product, line.quantity,
        placed AND coalesce(line.quantity >= 0, true), NULL, NULL
    FROM (SELECT *, unnest(CASE WHEN lines = [] AND placed THEN [NULL] ELSE lines END) AS line FROM ordered)
    WHERE currency IS NULL AND total.currency IS NULL
)
SELECT part.*, cancelled_at FROM part LEFT JOIN cancellation USING (order_id);

-- The lines of the window that count.
CREATE OR REPLACE VIEW sold AS
SELECT * FROM charge
WHERE cancelled_at IS NULL AND getvariable('period_from') <= occurred_at AND occurred_at < getvariable('period_to');

-- What customers bought and were charged in the window, each currency for itself. An order that is recorded under two
-- ids counts once for each, merged or not.
CREATE OR REPLACE TABLE revenue AS
SELECT
    customer, currency, count(DISTINCT (order_id, recorded)) FILTER (bought) AS purchases,
    sum(value)::BIGINT AS value, max(occurred_at) FILTER (bought) AS last_purchase
FROM sold WHERE customer IS NOT NULL GROUP BY ALL;

-- What is told of tickets (docs/views-tickets.md), and what became of each.
CREATE OR REPLACE TABLE ticket_step AS
SELECT
    position, occurred_at, customer, staff, department, channel, split_part(type, '.', 2) AS kind,
    coalesce(payload->'ticketOpened', payload->'ticketStageChanged', payload->'ticketResponded',
        payload->'ticketResolved', payload->'ticketReopened') AS said,
    said->>'ticketId' AS ticket,
    row_number() OVER (PARTITION BY ticket ORDER BY occurred_at, position) AS number
FROM fact WHERE type LIKE 'ticket.%';

CREATE OR REPLACE TABLE ticket AS
WITH
known_of AS (
    SELECT
        ticket, arg_min(said, number) FILTER (kind = 'opened') AS opening,
        coalesce(min(number) FILTER (kind = 'opened'), 0) AS opened_number,
        coalesce(arg_min(occurred_at, number) FILTER (kind = 'opened'), min(occurred_at)) AS opened,
        arg_min(customer, number) FILTER (customer IS NOT NULL) AS customer,
        arg_min(channel, number) FILTER (channel IS NOT NULL) AS channel,
        arg_max(department, number) FILTER (department IS NOT NULL) AS department,
        arg_max(staff, number) FILTER (staff IS NOT NULL) AS staff,
        arg_max(said->>'to', number) FILTER (kind = 'stage_changed') AS stage,
        arg_min(occurred_at, number) FILTER (kind = 'responded') AS responded,
        arg_max(occurred_at, number) FILTER (kind = 'resolved') AS solved,
        arg_max(said, number) FILTER (kind = 'resolved') AS solution,
        arg_max(coalesce(staff, ''), number) FILTER (kind = 'resolved') AS solved_by,
        max(number) FILTER (kind = 'resolved') AS solved_number, min(number) FILTER (kind = 'resolved') AS first_solved,
        min(occurred_at) FILTER (kind = 'resolved') AS first_solved_at
    FROM ticket_step GROUP BY ticket
),
-- The first opening opens nothing again, whenever it is dated.
again AS (
    SELECT ticket, max(number) AS number
    FROM ticket_step JOIN known_of USING (ticket)
    WHERE kind = 'reopened' OR (kind = 'opened' AND number <> opened_number AND number > first_solved)
    GROUP BY ticket
)
SELECT
    known_of.* EXCLUDE (solved, solution), opening IS NULL AS without_opening,
    again.number IS NOT NULL AS reopened,
    solved_number IS NOT NULL AND solved_number > coalesce(again.number, 0) AS is_solved,
    CASE WHEN is_solved THEN solved END AS solved, CASE WHEN is_solved THEN solution END AS solution,
    known_of.opened >= getvariable('period_from') AND known_of.opened < getvariable('period_to') AS in_window,
    is_solved AND solved >= getvariable('period_from') AND solved < getvariable('period_to') AS solved_in_window
FROM known_of LEFT JOIN again USING (ticket);
