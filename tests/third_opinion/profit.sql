-- docs/views-profit.md: revenue less costs less concessions, by customer.

CREATE OR REPLACE TABLE profit_event AS
SELECT
    customer, type = 'cost.allocated' AS cost,
    coalesce(payload->>'$.costAllocated.kind', payload->>'$.concessionGranted.kind') AS kind,
    coalesce(payload->>'$.costAllocated.amount.currency', payload->>'$.concessionGranted.value.currency') AS currency,
    coalesce(
        payload->>'$.costAllocated.amount.minorUnits', payload->>'$.concessionGranted.value.minorUnits', '0')::BIGINT
        AS amount
FROM fact
WHERE type IN ('cost.allocated', 'concession.granted')
    AND getvariable('period_from') <= occurred_at AND occurred_at < getvariable('period_to');

CREATE OR REPLACE TABLE profit_row AS
WITH
spent AS (
    SELECT
        customer, currency, count(*) FILTER (cost) AS costs, count(*) FILTER (NOT cost) AS concessions,
        coalesce(sum(amount) FILTER (cost AND kind = 'KIND_COGS'), 0)::BIGINT AS goods,
        coalesce(sum(amount) FILTER (cost AND kind IN ('KIND_SERVICE', 'KIND_DELIVERY', 'KIND_RETENTION')), 0)::BIGINT
            AS to_serve,
        coalesce(sum(amount) FILTER (cost AND kind = 'KIND_ACQUISITION'), 0)::BIGINT AS acquisition,
        coalesce(sum(amount) FILTER (NOT cost), 0)::BIGINT AS conceded
    FROM profit_event WHERE customer IS NOT NULL AND currency IS NOT NULL GROUP BY ALL
),
bought AS (
    SELECT * FROM revenue WHERE currency IS NOT NULL AND (purchases > 0 OR value <> 0)
)
SELECT
    customer, currency, coalesce(purchases, 0) AS purchases, coalesce(value, 0)::BIGINT AS revenue,
    coalesce(costs, 0) AS costs, coalesce(concessions, 0) AS concessions, coalesce(goods, 0) AS goods,
    coalesce(to_serve, 0) AS to_serve, coalesce(acquisition, 0) AS acquisition, coalesce(conceded, 0) AS conceded,
    (coalesce(value, 0) - coalesce(goods + to_serve + acquisition + conceded, 0))::BIGINT AS profit
FROM bought FULL JOIN spent USING (customer, currency);

-- answer: rows
SELECT
    'party:' || customer AS "object", currency AS "currency", purchases AS "purchases.count",
    revenue AS "revenue.minorUnits", costs AS "costs.count", concessions AS "concessions.count",
    goods AS "goods.minorUnits", to_serve AS "toServe.minorUnits", acquisition AS "acquisition.minorUnits",
    conceded AS "conceded.minorUnits", profit AS "profit.minorUnits",
    CASE WHEN revenue > 0 THEN profit::DOUBLE / revenue::DOUBLE END AS "margin"
FROM profit_row ORDER BY currency, profit DESC, customer;

-- answer: totals
SELECT
    currency AS "currency", count(*) AS "customers.count", sum(profit)::BIGINT AS "profit.minorUnits",
    count(*) FILTER (profit > 0) AS "profitable.count", count(*) FILTER (profit < 0) AS "lossMaking.count",
    coalesce(sum(profit) FILTER (profit > 0), 0)::BIGINT AS "profitOfProfitable.minorUnits",
    coalesce(sum(profit) FILTER (profit < 0), 0)::BIGINT AS "profitOfLossMaking.minorUnits",
    (SELECT count(DISTINCT order_id) FROM sold s WHERE bought AND customer IS NULL AND s.currency = profit_row.currency)
        AS "purchasesLeftOut.count",
    (SELECT coalesce(sum(value), 0)::BIGINT FROM sold s WHERE customer IS NULL AND s.currency = profit_row.currency)
        AS "revenueLeftOut.minorUnits",
    (SELECT count(*) FROM profit_event e WHERE cost AND customer IS NULL AND e.currency = profit_row.currency)
        AS "costsLeftOut.count",
    (SELECT coalesce(sum(amount), 0)::BIGINT FROM profit_event e
        WHERE cost AND customer IS NULL AND e.currency = profit_row.currency) AS "costLeftOut.minorUnits"
FROM profit_row GROUP BY currency ORDER BY currency;

-- answer: .
SELECT
    (SELECT count(DISTINCT (order_id, coalesce(recorded, ''))) FROM sold WHERE bought AND currency IS NULL)
        AS "purchasesWithoutAmount.count",
    (SELECT count(*) FROM profit_event WHERE NOT cost AND currency IS NULL) AS "concessionsWithoutValue.count";
