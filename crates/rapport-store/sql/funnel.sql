-- Deals and leads.

CREATE INDEX deal_span_believed ON deal_span (pipeline, stage, currency)
  WHERE known_to > '9999-12-31 00:00:00+00'::timestamptz AND valid_from < valid_to;
CREATE INDEX deal_span_moved ON deal_span (deal) WHERE moved;

CREATE FUNCTION deals_as_of(occurred_until timestamptz, recorded_until timestamptz)
RETURNS TABLE (
  deal text, customer text, pipeline text, stage text, status text, amount numeric, currency text,
  amount_minor_units bigint, reason text, since timestamptz, recorded_under text, "position" bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.deal, coalesce(p.surviving_party, s.customer), s.pipeline, s.stage, s.status,
         round(s.amount_minor_units / power(10::numeric, c.exponent), c.exponent), nullif(s.currency, ''),
         CASE WHEN s.currency <> '' THEN s.amount_minor_units END, nullif(s.reason, ''), s.valid_from, s.customer,
         s.position
  FROM deal_span s
  LEFT JOIN parties_as_of(occurred_until, recorded_until) p ON p.party = s.customer
  LEFT JOIN currency c ON c.code = s.currency
  WHERE s.valid_from <= occurred_until AND s.valid_to > occurred_until
    AND s.known_from <= recorded_until AND s.known_to > recorded_until;
END;
COMMENT ON FUNCTION deals_as_of IS 'Every deal as it was at a moment, as known at another.';

CREATE VIEW deals_now AS SELECT * FROM deals_as_of(now(), '9999-12-31 00:00:00+00');
COMMENT ON VIEW deals_now IS 'Every deal as it is, as known now.';
COMMENT ON COLUMN deals_now.deal IS 'Its id.';
COMMENT ON COLUMN deals_now.pipeline IS 'default when no event named one.';
COMMENT ON COLUMN deals_now.stage IS 'Empty when no event named one.';
COMMENT ON COLUMN deals_now.status IS 'open, won or lost.';
COMMENT ON COLUMN deals_now.currency IS 'ISO 4217; null for a deal without an amount.';
COMMENT ON COLUMN deals_now.reason IS 'Of a closed deal: why.';
COMMENT ON COLUMN deals_now.customer IS 'The party; of merged ones the one that stands for all.';
COMMENT ON COLUMN deals_now.amount IS 'In major units: 12.50.';
COMMENT ON COLUMN deals_now.amount_minor_units IS 'In minor units: 1250.';
COMMENT ON COLUMN deals_now.since IS 'When its last event happened.';
COMMENT ON COLUMN deals_now.recorded_under IS 'The party that the events name.';
COMMENT ON COLUMN deals_now."position" IS 'Its last event: the place in the ledger.';

CREATE FUNCTION funnel_as_of(occurred_until timestamptz, recorded_until timestamptz)
RETURNS TABLE (pipeline text, stage text, currency text, deals bigint, amount numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT d.pipeline, d.stage, d.currency, count(*), sum(d.amount)
  FROM deals_as_of(occurred_until, recorded_until) d
  WHERE d.status = 'open'
  GROUP BY d.pipeline, d.stage, d.currency;
END;
COMMENT ON FUNCTION funnel_as_of IS 'Open deals by pipeline, stage and currency at a moment, as known at another.';

CREATE VIEW funnel_now AS SELECT * FROM funnel_as_of(now(), '9999-12-31 00:00:00+00');
COMMENT ON VIEW funnel_now IS 'Open deals by pipeline, stage and currency, as known now.';
COMMENT ON COLUMN funnel_now.pipeline IS 'default for deals that name none.';
COMMENT ON COLUMN funnel_now.stage IS 'Empty for deals that name none.';
COMMENT ON COLUMN funnel_now.currency IS 'ISO 4217; null for deals without an amount. Currencies are never added.';
COMMENT ON COLUMN funnel_now.deals IS 'How many.';
COMMENT ON COLUMN funnel_now.amount IS 'Their amounts added, in major units.';
