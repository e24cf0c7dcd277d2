-- docs/views-receivables.md: who owes what at T, and since when. No payment of the story is below 0.

CREATE OR REPLACE TABLE billed AS
SELECT
    position, occurred_at, customer, payload->>'$.invoiceIssued.invoiceId' AS invoice_id,
    payload->>'$.invoiceIssued.total.currency' AS currency,
    coalesce(payload->>'$.invoiceIssued.total.minorUnits', '0')::BIGINT AS total,
    nullif(payload->>'$.invoiceIssued.due', '')::DATE AS due,
    coalesce((payload->>'$.invoiceIssued.kind') = 'KIND_CREDIT_NOTE', false) AS credit_note
FROM fact WHERE type = 'invoice.issued';

-- Several events of one id are one invoice.
CREATE OR REPLACE TABLE all_invoice AS
SELECT
    invoice_id, currency, sum(total)::BIGINT AS total, arg_min(customer, (occurred_at, position)) AS customer,
    min(occurred_at) AS issued_at, arg_min(position, (occurred_at, position)) AS position,
    arg_max(due, (occurred_at, position)) FILTER (due IS NOT NULL) AS said_due,
    -- Without a due date it is due on the day on which it was issued.
    coalesce(said_due, local(issued_at)::DATE) AS due
FROM billed WHERE NOT credit_note GROUP BY invoice_id, currency;

CREATE OR REPLACE VIEW invoice AS SELECT * FROM all_invoice WHERE total >= 0;

-- A credit note and an invoice with a total below 0 pay like a payment that names no invoice.
CREATE OR REPLACE TABLE payment AS
WITH said AS (
    SELECT
        position, occurred_at, customer, payload->>'$.paymentReceived.amount.currency' AS currency,
        coalesce(payload->>'$.paymentReceived.amount.minorUnits', '0')::BIGINT AS amount,
        coalesce((payload->'$.paymentReceived.invoiceIds')::VARCHAR[], []) AS invoice_ids
    FROM fact WHERE type = 'payment.received'
    UNION ALL
    SELECT position, occurred_at, customer, currency, -total, [] FROM billed WHERE credit_note
    UNION ALL
    SELECT position, issued_at, customer, currency, -total, [] FROM all_invoice WHERE total < 0
)
SELECT
    * REPLACE (
        -- A payment without a customer belongs to the customer of the invoice that it names.
        coalesce(
            customer,
            (SELECT arg_min(i.customer, i.position) FROM invoice i WHERE list_contains(invoice_ids, i.invoice_id)))
            AS customer),
    CASE WHEN len(invoice_ids) > 0 THEN
        row_number() OVER (PARTITION BY currency, len(invoice_ids) > 0 ORDER BY occurred_at, position) END AS number
FROM said;

-- Payments that name invoices, in the order in which they happened, pay these: the one first that is due first. Each
-- round applies the next payment of every currency.
CREATE OR REPLACE TABLE paid AS
WITH RECURSIVE replay(number, currency, invoice_id, due, issued_at, total, paid) AS (
    SELECT 0, currency, invoice_id, due, issued_at, total, 0::BIGINT FROM invoice
    UNION ALL
    SELECT
        p.number, r.currency, r.invoice_id, r.due, r.issued_at, r.total,
        (r.paid + CASE WHEN list_contains(invoice_ids, r.invoice_id) THEN
            greatest(0, least(r.total - r.paid, amount - coalesce(sum(r.total - r.paid)
                FILTER (list_contains(invoice_ids, r.invoice_id)) OVER due_before, 0)))
            ELSE 0 END)::BIGINT
    FROM replay r JOIN payment p ON p.currency = r.currency AND p.number = r.number + 1
    WINDOW due_before AS (
        PARTITION BY r.currency ORDER BY r.due, r.issued_at, r.invoice_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT number, currency, invoice_id, paid FROM replay;

CREATE OR REPLACE TABLE left_open AS
SELECT i.*, i.total - paid AS open
FROM invoice i
JOIN (SELECT currency, invoice_id, arg_max(paid, number) AS paid FROM paid GROUP BY ALL) USING (currency, invoice_id);

-- Then the others pay what is open of their customer, the invoice first that is due first.
CREATE OR REPLACE TABLE pool AS
SELECT customer, currency, sum(amount)::BIGINT AS amount FROM payment
WHERE number IS NULL AND customer IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TABLE open_invoice AS
SELECT
    * REPLACE (least(open, greatest(0, open_until - coalesce(amount, 0)))::BIGINT AS open),
    date_diff('day', due, local(getvariable('t'))::DATE) AS days
FROM (
    SELECT
        *, sum(open) OVER (PARTITION BY customer, currency ORDER BY due, issued_at, position) AS open_until
    FROM left_open
) LEFT JOIN pool USING (customer, currency);

-- What a payment does not pay of the invoices that it names is a credit of its customer, and must not pay others. What
-- is of no customer is left out.
CREATE OR REPLACE TABLE rest AS
WITH used AS (
    SELECT currency, number, sum(paid) - lag(sum(paid)) OVER (PARTITION BY currency ORDER BY number) AS used
    FROM paid GROUP BY currency, number
)
SELECT customer, currency, (amount - coalesce(used, 0))::BIGINT AS rest
FROM payment LEFT JOIN used USING (currency, number) WHERE number IS NOT NULL OR customer IS NULL
UNION ALL
SELECT customer, currency, greatest(0, amount - coalesce(open, 0))
FROM pool
LEFT JOIN (SELECT customer, currency, sum(open) AS open FROM left_open GROUP BY ALL) USING (customer, currency);

CREATE OR REPLACE TABLE credit AS
SELECT customer, currency, sum(rest)::BIGINT AS credit FROM rest WHERE customer IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TABLE aged AS
SELECT
    *,
    CASE WHEN days <= 0 THEN 1 WHEN days <= 30 THEN 2 WHEN days <= 60 THEN 3 WHEN days <= 90 THEN 4 ELSE 5 END AS band
FROM open_invoice WHERE open > 0;

CREATE OR REPLACE TABLE debtor AS
WITH owed AS (
    SELECT
        customer, currency, count(*) AS invoices, sum(open)::BIGINT AS open,
        coalesce(sum(open) FILTER (days > 0), 0)::BIGINT AS overdue, max(days) FILTER (days > 0) AS days_overdue,
        list_transform(range(1, 6), lambda nth: list_sum(list_transform(
            list((band, open)), lambda one: CASE WHEN one[1] = nth THEN one[2] ELSE 0 END))::BIGINT) AS ages
    FROM aged WHERE customer IS NOT NULL GROUP BY customer, currency
)
SELECT
    customer, currency, coalesce(invoices, 0) AS invoices, coalesce(open, 0) AS open, coalesce(overdue, 0) AS overdue,
    days_overdue, coalesce(ages, [0, 0, 0, 0, 0]) AS ages, coalesce(credit, 0) AS credit
FROM owed FULL JOIN credit USING (customer, currency)
WHERE coalesce(open, 0) <> 0 OR coalesce(credit, 0) <> 0;

-- answer: rows
SELECT
    'party:' || customer AS "object", currency AS "currency", invoices AS "open.count", open AS "receivable.minorUnits",
    overdue AS "overdue.minorUnits", days_overdue AS "daysOverdue", credit AS "credit.minorUnits",
    ages AS "ages.*.minorUnits"
FROM debtor ORDER BY currency, open DESC, customer;

-- answer: totals
WITH
owed AS (
    SELECT
        currency, sum(invoices)::BIGINT AS invoices, sum(open)::BIGINT AS open, sum(overdue)::BIGINT AS overdue_sum,
        count(*) FILTER (open > 0) AS debtors, count(*) FILTER (credit > 0) AS in_credit, sum(credit)::BIGINT AS credit,
        list_transform(range(1, 6), lambda nth: list_sum(list_transform(list(ages), lambda each: each[nth]))::BIGINT)
            AS ages
    FROM debtor GROUP BY currency
),
counted AS (
    SELECT
        currency, count(*) FILTER (days > 0 AND customer IS NOT NULL) AS overdue,
        count(*) FILTER (said_due IS NULL AND customer IS NOT NULL) AS without_due,
        count(*) FILTER (customer IS NULL) AS left_out,
        coalesce(sum(open) FILTER (customer IS NULL), 0)::BIGINT AS open_left_out
    FROM aged GROUP BY currency
),
lost AS (
    SELECT currency, count(*) AS payments, sum(rest)::BIGINT AS paid FROM rest WHERE customer IS NULL AND rest > 0
    GROUP BY currency
)
SELECT
    currency AS "currency", coalesce(invoices, 0) AS "open.count", coalesce(open, 0) AS "receivable.minorUnits",
    coalesce(overdue, 0) AS "overdue.count", coalesce(overdue_sum, 0) AS "overdueSum.minorUnits",
    coalesce(debtors, 0) AS "debtors.count", coalesce(without_due, 0) AS "withoutDue.count",
    coalesce(in_credit, 0) AS "inCredit.count", coalesce(credit, 0) AS "credit.minorUnits",
    coalesce(left_out, 0) AS "invoicesLeftOut.count", coalesce(open_left_out, 0) AS "receivableLeftOut.minorUnits",
    coalesce(payments, 0) AS "paymentsLeftOut.count", coalesce(paid, 0) AS "paidLeftOut.minorUnits",
    coalesce(ages, [0, 0, 0, 0, 0]) AS "ages.*.open.minorUnits"
FROM (SELECT currency FROM all_invoice UNION SELECT currency FROM payment)
LEFT JOIN owed USING (currency) LEFT JOIN counted USING (currency) LEFT JOIN lost USING (currency)
ORDER BY currency;
