-- Deals and leads.

CREATE TABLE deal (deal text COLLATE "C" PRIMARY KEY);
COMMENT ON TABLE deal IS 'Every deal that an event names. Who writes a deal''s rows holds its row.';

CREATE TABLE deal_fact (
  deal text COLLATE "C" NOT NULL,
  occurred_at timestamptz NOT NULL,
  position bigint NOT NULL,
  known_from timestamptz NOT NULL,
  known_to timestamptz NOT NULL,
  cause text COLLATE "C" NOT NULL CHECK (cause IN ('opened', 'moved', 'terms_changed', 'won', 'lost')),
  customer text COLLATE "C" NOT NULL,
  pipeline text COLLATE "C" NOT NULL,
  stage text COLLATE "C" NOT NULL,
  amount_minor_units bigint,
  currency text COLLATE "C",
  reason text COLLATE "C" NOT NULL,
  undated boolean NOT NULL,
  PRIMARY KEY (deal, occurred_at, position, known_from),
  CHECK (known_from < known_to),
  CHECK ((amount_minor_units IS NULL) = (currency IS NULL))
);
COMMENT ON TABLE deal_fact IS 'What each event says of a deal, as believed.';
COMMENT ON COLUMN deal_fact.cause IS 'Which event it is.';
COMMENT ON COLUMN deal_fact.undated IS 'Of an opening or a move: its time is that of its recording, so that it happened then or before.';

CREATE TABLE deal_span (
  deal text COLLATE "C" NOT NULL,
  valid_from timestamptz NOT NULL,
  position bigint NOT NULL,
  known_from timestamptz NOT NULL,
  known_to timestamptz NOT NULL,
  valid_to timestamptz NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('open', 'won', 'lost')),
  pipeline text COLLATE "C" NOT NULL,
  stage text COLLATE "C" NOT NULL,
  in_stage boolean NOT NULL,
  reached text[] COLLATE "C" NOT NULL,
  ever_won boolean NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount_minor_units bigint NOT NULL,
  cause text COLLATE "C" NOT NULL CHECK (cause IN ('opened', 'moved', 'terms_changed', 'won', 'lost')),
  customer text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  moved boolean NOT NULL,
  PRIMARY KEY (deal, valid_from, position, known_from),
  CHECK (known_from < known_to),
  CHECK (valid_from <= valid_to)
);
CREATE INDEX deal_span_believed ON deal_span (pipeline, stage, currency)
  WHERE known_to > '9999-12-31 00:00:00+00'::timestamptz AND valid_from < valid_to;
CREATE INDEX deal_span_moved ON deal_span (deal) WHERE moved;
COMMENT ON TABLE deal_span IS 'A deal from one event to the next: holds from valid_from until valid_to, believed from known_from until known_to (ends exclusive).';
COMMENT ON COLUMN deal_span.deal IS 'Its id.';
COMMENT ON COLUMN deal_span.valid_from IS 'When its event happened, inclusive; an opening at the latest with the first event of the deal, an undated move with the outcome that was recorded after it.';
COMMENT ON COLUMN deal_span.valid_to IS 'When the next one happened, exclusive; infinity while it lasts.';
COMMENT ON COLUMN deal_span.known_from IS 'From when the ledger believed this.';
COMMENT ON COLUMN deal_span.known_to IS 'Until when, exclusive; infinity while it does.';
COMMENT ON COLUMN deal_span.status IS 'open, won or lost.';
COMMENT ON COLUMN deal_span.pipeline IS 'default when no event named one.';
COMMENT ON COLUMN deal_span.ever_won IS 'Whether it was ever won, of deals of which a stage is known.';
COMMENT ON COLUMN deal_span.amount_minor_units IS 'Such as 1250 for 12.50; 0 without a currency.';
COMMENT ON COLUMN deal_span.position IS 'The event that begins it: its place in the ledger.';
COMMENT ON COLUMN deal_span.stage IS 'Empty when no event named one.';
COMMENT ON COLUMN deal_span.in_stage IS 'Whether the stage counts as reached by this event.';
COMMENT ON COLUMN deal_span.reached IS 'The stages reached until then, sorted; of deals that were ever won none is listed: they have reached all.';
COMMENT ON COLUMN deal_span.currency IS 'ISO 4217; empty for a deal without an amount.';
COMMENT ON COLUMN deal_span.cause IS 'Which event begins it.';
COMMENT ON COLUMN deal_span.customer IS 'The party, as recorded by the first event that names one.';
COMMENT ON COLUMN deal_span.reason IS 'Of a closed deal: why.';
COMMENT ON COLUMN deal_span.moved IS 'Whether the deal was ever believed to be in more than one pipeline; the same in all its rows.';

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
