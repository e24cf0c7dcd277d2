-- docs/views-orders.md: what is bought, by month.

-- A customer's first purchase is the earliest until T, in whatever currency and however long before the window.
CREATE OR REPLACE TABLE first_purchase AS
SELECT customer, arg_min(position, (occurred_at, position)) AS position
FROM charge WHERE bought AND customer IS NOT NULL AND cancelled_at IS NULL GROUP BY customer;

CREATE OR REPLACE VIEW sold_by_month AS
SELECT
    sold.*, strftime(local(occurred_at), '%Y-%m') AS month, first_purchase.customer IS NOT NULL AS first
FROM sold LEFT JOIN first_purchase USING (customer, position);

-- A month in a currency, and with NULL as the month the whole window.
CREATE OR REPLACE TABLE month_row AS
SELECT
    currency, month, count(DISTINCT order_id) FILTER (bought) AS purchases,
    count(DISTINCT customer) FILTER (bought) AS customers,
    count(DISTINCT customer) FILTER (bought AND first) AS new_customers,
    count(DISTINCT (order_id, recorded)) FILTER (bought AND customer IS NOT NULL) AS of_customers,
    count(DISTINCT order_id) FILTER (bought AND customer IS NULL) AS without_customer,
    coalesce(sum(quantity), 0) AS quantity, sum(value)::BIGINT AS value
FROM sold_by_month GROUP BY GROUPING SETS ((currency, month), (currency));

-- Every month that the window touches, in each currency with purchases.
CREATE OR REPLACE TABLE calendar AS
SELECT
    strftime(month, '%Y-%m') AS month, instant(month) AS month_from, instant(month + INTERVAL 1 MONTH) AS month_to
FROM (
    SELECT unnest(range(
        date_trunc('month', local(getvariable('period_from')))::TIMESTAMP, local(getvariable('period_to')),
        INTERVAL 1 MONTH)) AS month
);

-- answer: .
SELECT
    getvariable('t') AS "meta.asOf.occurredUntil", getvariable('period_from') AS "periodFrom",
    getvariable('period_to') AS "periodTo";

-- answer: rows
SELECT
    calendar.month AS "key", total.currency AS "currency", month_from AS "periodFrom", month_to AS "periodTo",
    month_from < getvariable('period_from') OR getvariable('period_to') < month_to AS "partial",
    coalesce(r.purchases, 0) AS "sold.purchases.count", coalesce(r.customers, 0) AS "sold.customers.count",
    coalesce(r.new_customers, 0) AS "sold.newCustomers.count",
    -- All purchases of customers but the first ones are repeated.
    coalesce(r.of_customers - r.new_customers, 0) AS "sold.repeatPurchases.count",
    coalesce(r.without_customer, 0) AS "sold.withoutCustomer.count", coalesce(r.quantity, 0) AS "sold.quantity",
    CASE WHEN total.currency IS NOT NULL THEN coalesce(r.value, 0) END AS "sold.value.minorUnits",
    CASE WHEN r.purchases > 0 AND r.currency IS NOT NULL THEN r.value::DOUBLE / r.purchases END
        AS "sold.meanValueMinorUnits"
FROM (SELECT currency FROM month_row WHERE month IS NULL) total CROSS JOIN calendar
LEFT JOIN month_row r ON r.currency IS NOT DISTINCT FROM total.currency AND r.month = calendar.month
ORDER BY total.currency NULLS LAST, calendar.month;

-- answer: totals
WITH
buyer AS (
    SELECT
        currency, customer, count(DISTINCT (order_id, recorded)) AS purchases
    FROM sold WHERE bought AND customer IS NOT NULL GROUP BY ALL
),
cancelled AS (
    SELECT currency, count(DISTINCT order_id) FILTER (bought) AS orders, coalesce(sum(value), 0)::BIGINT AS value
    FROM charge
    WHERE cancelled_at IS NOT NULL
        AND getvariable('period_from') <= occurred_at AND occurred_at < getvariable('period_to')
    GROUP BY ALL
),
returned AS (
    SELECT currency, count(DISTINCT order_id) AS orders, sum(value)::BIGINT AS value
    FROM sold WHERE quantity < 0 GROUP BY ALL
)
SELECT
    t.currency AS "currency", purchases AS "sold.purchases.count", customers AS "sold.customers.count",
    new_customers AS "sold.newCustomers.count", of_customers - new_customers AS "sold.repeatPurchases.count",
    without_customer AS "sold.withoutCustomer.count", quantity AS "sold.quantity", t.value AS "sold.value.minorUnits",
    (SELECT count(*) FROM buyer b WHERE b.purchases >= 2 AND b.currency IS NOT DISTINCT FROM t.currency)
        AS "repeatCustomers.count",
    customers - new_customers AS "returningCustomers.count",
    coalesce(cancelled.orders, 0) AS "cancelled.count",
    CASE WHEN t.currency IS NOT NULL THEN coalesce(cancelled.value, 0) END AS "cancelledValue.minorUnits",
    coalesce(returned.orders, 0) AS "returns.count",
    CASE WHEN t.currency IS NOT NULL THEN coalesce(returned.value, 0) END AS "returnsValue.minorUnits"
FROM month_row t
LEFT JOIN cancelled ON cancelled.currency IS NOT DISTINCT FROM t.currency
LEFT JOIN returned ON returned.currency IS NOT DISTINCT FROM t.currency
WHERE month IS NULL ORDER BY t.currency NULLS LAST;
