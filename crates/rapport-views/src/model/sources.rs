//! Of which events each model is made, and what it says less without: an answer names what it lacks in place of a number
//! that would mean nothing, and whoever introduces Rapport step by step sees what to record next.

use rapport_proto::v1::{self, MissingSource};

use super::Asked;
use crate::{
    page::{GridCell, Unit, Words},
    read::{ReadError, Rows},
    rows::{
        AddressedRow, AgreementRow, ArtifactRow, AttributeRow, CallRow, CampaignRow, ConcessionRow,
        ConsentRow, ContractRow, CostRow, DealStepRow, DeliveryRow, DocumentRow, ExpectedCloseRow,
        HandoverRow, IncentiveRow, InvoiceRow, LeadStep, LeadToldRow, MeetingStatus, MemberRow, MilestoneRow,
        NamedNeedRow, NeedRow, NeedStep, ObjectionRow, OwnerRow, PaymentRow, PreferenceRow, ProcessRow,
        PurchaseLine, ReactionRow, ResponseRow, ScoreRow, SentRow, SignalRow, SpendRow, StaffRow, StockRow,
        TicketRow, TicketStep, TouchRow,
    },
    table::{Field as _, Filter, Row, Table},
    view::View,
};

/// Events of which any would do, and the rows by which a view knows them.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Their types, such as `cost.allocated`; several where the same is said in several ways.
    pub event_types: &'static [&'static str],
    /// Where their rows are; none of a type whose rows no table declares.
    table: Option<&'static Table>,
    /// Which of them.
    only: fn() -> Filter,
}

impl Source {
    const fn of<R: Row>(event_types: &'static [&'static str]) -> Self {
        Self { event_types, table: Some(R::TABLE), only: Filter::all }
    }

    const fn only(self, only: fn() -> Filter) -> Self {
        Self { only, ..self }
    }

    const fn without_rows(event_types: &'static [&'static str]) -> Self {
        Self { event_types, table: None, only: Filter::all }
    }
}

/// The events of a model.
#[derive(Debug, Clone, Copy)]
pub struct Sources {
    /// The model, by its name.
    pub model: &'static str,
    /// Any of these brings it to life.
    pub lives_from: &'static [Source],
    /// Without these it says less: what.
    pub says_less: &'static [(Source, &'static str)],
}

const ORDERS: Source = Source::of::<PurchaseLine>(&["order.placed"]);
const INVOICES: Source = Source::of::<InvoiceRow>(&["invoice.issued"]);
const PAYMENTS: Source = Source::of::<PaymentRow>(&["payment.received"]);
const COSTS: Source = Source::of::<CostRow>(&["cost.allocated"]);
const CONTRACTS: Source = Source::of::<ContractRow>(&["contract.changed"]);
const CONCESSIONS: Source = Source::of::<ConcessionRow>(&["concession.granted"]);
/// Contacts of every kind.
const TOUCHES: &[&str] =
    &["touch.call_logged", "touch.message_exchanged", "touch.meeting_held", "touch.visit_recorded"];
const CONTACTS: Source = Source::of::<TouchRow>(TOUCHES);
const CAMPAIGNS: Source = Source::of::<CampaignRow>(&["campaign.defined"]);
const SCORES: Source = Source::of::<ScoreRow>(&["survey.answered"]);
const RESPONSES: Source = Source::of::<ResponseRow>(&["survey.answered"]);
const ATTRIBUTES: Source = Source::of::<AttributeRow>(&["party.fact_recorded"]);
const SIGNALS: Source = Source::of::<SignalRow>(&["party.fact_recorded"]);
const TICKETS: Source = Source::of::<TicketRow>(&["ticket.opened"]).only(opened);
const DEALS: Source = Source::of::<DealStepRow>(&["deal.opened"]).only(DealStepRow::openings);

fn opened() -> Filter {
    Filter::all().and("step", vec![TicketStep::Opened.cell()])
}

fn responded() -> Filter {
    Filter::all().and("step", vec![TicketStep::Responded.cell()])
}

fn resolved() -> Filter {
    Filter::all().and("step", vec![TicketStep::Resolved.cell()])
}

fn planned() -> Filter {
    Filter::all().and("meeting", vec![MeetingStatus::Planned.cell()])
}

fn lead_opened() -> Filter {
    Filter::all().and("step", vec![LeadStep::Opened.cell()])
}

fn lead_captured() -> Filter {
    Filter::all().and("step", vec![LeadStep::Captured.cell()])
}

fn lead_judged() -> Filter {
    Filter::all().and("step", vec![LeadStep::Accepted.cell(), LeadStep::Rejected.cell()])
}

fn lead_converted() -> Filter {
    Filter::all().and("step", vec![LeadStep::Converted.cell()])
}

fn identified() -> Filter {
    Filter::all().and("step", vec![NeedStep::Identified.cell()])
}

fn closed() -> Filter {
    let closed = [NeedStep::Satisfied, NeedStep::Unmet, NeedStep::Obsolete];
    Filter::all().and("step", closed.map(|step| step.cell()).to_vec())
}

/// Every model that rests on events of some types alone.
pub const ALL: &[Sources] = &[
    Sources { model: "funnel", lives_from: &[Source::without_rows(&["deal.opened"])], says_less: &[] },
    Sources {
        model: "satisfaction",
        lives_from: &[RESPONSES],
        says_less: &[(Source::of::<SentRow>(&["survey.sent"]), "the response rate is unknown")],
    },
    Sources {
        model: "classes",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[(COSTS, "classes by margin are classes by revenue less concessions")],
    },
    Sources {
        model: "customers",
        lives_from: &[ORDERS, INVOICES, CONTACTS, Source::of::<DealStepRow>(&["deal.opened"])],
        says_less: &[
            (COSTS, "profit and margin are unknown"),
            (SCORES, "`nps` is unknown"),
            (CONTACTS, "`silence` and `strength` are unknown"),
            (ATTRIBUTES, "conditions over attributes hold for nobody"),
            (Source::of::<ConsentRow>(&["consent.granted"]), "no consent is known"),
        ],
    },
    Sources {
        model: "profit",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[(COSTS, "profit is shown as revenue less concessions")],
    },
    Sources {
        model: "pyramid",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[
            (COSTS, "margin and spend are absent"),
            (SCORES, "the satisfaction of a level is unknown"),
            (CONTACTS, "who is a prospect is known only from offers and deals"),
            (CAMPAIGNS, "how many possible customers there are is unknown"),
        ],
    },
    Sources {
        model: "retention",
        lives_from: &[ORDERS, INVOICES, CONTRACTS],
        says_less: &[
            (CONTRACTS, "churn of contracts is unknown"),
            (SCORES, "nobody is named for a low response"),
            (CONTACTS, "nobody is named for silence"),
        ],
    },
    Sources { model: "value", lives_from: &[ORDERS, INVOICES], says_less: &[(COSTS, "margins are unknown")] },
    Sources {
        model: "portfolio",
        lives_from: &[ORDERS, INVOICES, CONTRACTS],
        says_less: &[(CONTRACTS, "products under contract are unknown")],
    },
    Sources {
        model: "potential",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[(ATTRIBUTES, "segments by attributes have nobody")],
    },
    Sources {
        model: "prices",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[(CONCESSIONS, "what was conceded, and who approved it, is unknown")],
    },
    Sources {
        model: "receivables",
        lives_from: &[INVOICES],
        says_less: &[(PAYMENTS, "every invoice is shown as unpaid")],
    },
    Sources {
        model: "orders",
        lives_from: &[ORDERS, INVOICES],
        says_less: &[(PAYMENTS, "ways of paying are unknown")],
    },
    Sources {
        model: "paths",
        lives_from: &[
            TICKETS,
            DEALS,
            Source::of::<DocumentRow>(&["document.state_changed"]),
            Source::of::<ProcessRow>(&["process.step_recorded"]),
        ],
        says_less: &[(SCORES, "how satisfied customers are whose cases follow their process is unknown")],
    },
    Sources {
        model: "tickets",
        lives_from: &[TICKETS],
        says_less: &[
            (
                Source::of::<TicketRow>(&["ticket.responded"]).only(responded),
                "times to the first response are unknown",
            ),
            (
                Source::of::<TicketRow>(&["ticket.resolved"]).only(resolved),
                "times to a resolution, and causes, are unknown",
            ),
            (SCORES, "what customers say after kept and after broken promises is unknown"),
            (ORDERS, "how many defects come on a hundred pieces sold is unknown"),
        ],
    },
    Sources {
        model: "deliveries",
        lives_from: &[
            Source::of::<DeliveryRow>(&["delivery.completed"]),
            Source::of::<MilestoneRow>(&["project.milestone_recorded"]),
        ],
        says_less: &[
            (Source::of::<DeliveryRow>(&["delivery.promised"]), "whether anything was on time is unknown"),
            (SCORES, "how satisfied customers are with late deliveries is unknown"),
        ],
    },
    Sources {
        model: "today",
        lives_from: &[
            DEALS,
            TICKETS,
            ORDERS,
            INVOICES,
            CONTACTS,
            Source::of::<AgreementRow>(&["agreement.recorded"]),
            Source::of::<DeliveryRow>(&["delivery.promised"]),
        ],
        says_less: &[
            (
                Source::of::<OwnerRow>(&["owner.assigned"]),
                "who is responsible is known only from who recorded it",
            ),
            (Source::of::<AgreementRow>(&["agreement.recorded"]), "no promises are known"),
            (Source::of::<TouchRow>(&["touch.meeting_held"]).only(planned), "no planned meetings are known"),
            (
                Source::of::<ExpectedCloseRow>(&["deal.terms_changed"]),
                "no deal says on which day it is expected to be decided",
            ),
        ],
    },
    Sources {
        model: "leads",
        lives_from: &[
            Source::of::<LeadToldRow>(&["lead.opened"]).only(lead_opened),
            Source::of::<LeadToldRow>(&["contact_point.captured"]).only(lead_captured),
        ],
        says_less: &[
            (
                Source::of::<LeadToldRow>(&["lead.qualified"]).only(lead_judged),
                "which leads were turned down, and why, is unknown",
            ),
            (
                Source::of::<LeadToldRow>(&["lead.converted"]).only(lead_converted),
                "no lead is known to have become a deal",
            ),
        ],
    },
    Sources {
        model: "channels",
        lives_from: &[ORDERS, INVOICES, CAMPAIGNS],
        says_less: &[
            (
                Source::of::<SpendRow>(&["campaign.spend_recorded"]),
                "what winning and keeping a customer costs is unknown",
            ),
            (CONTACTS, "purchases have no touchpoints but leads and reactions"),
            (
                Source::of::<ReactionRow>(&["campaign.response_recorded"]),
                "who reacted to a campaign is unknown",
            ),
            (
                Source::of::<MemberRow>(&["campaign.member_selected"]),
                "no campaign is compared with a control group",
            ),
            (COSTS, "the return is of revenue and not of margin"),
        ],
    },
    Sources {
        model: "needs",
        lives_from: &[Source::of::<NeedRow>(&["need.identified"]).only(identified)],
        says_less: &[
            (Source::of::<NeedRow>(&["need.closed"]).only(closed), "no need is known to be satisfied"),
            (
                Source::of::<NamedNeedRow>(&["offer.issued"]),
                "whether deals are won more often whose offers name needs is unknown",
            ),
        ],
    },
    Sources {
        model: "resistance",
        lives_from: &[DEALS],
        says_less: &[
            (
                Source::of::<ObjectionRow>(&["objection.observed"]),
                "what speaks against buying is known of lost deals alone",
            ),
            (ATTRIBUTES, "customers are in no segment"),
        ],
    },
    Sources { model: "scores", lives_from: &[RESPONSES], says_less: &[] },
    Sources {
        model: "contacts",
        lives_from: &[Source::of::<TouchRow>(TOUCHES)],
        says_less: &[
            (ORDERS, "class A is unknown where there are no invoices either"),
            (SIGNALS, "how soon there is a contact after a sign of change is unknown"),
        ],
    },
    Sources {
        model: "calls",
        lives_from: &[Source::of::<CallRow>(&["touch.call_logged"])],
        says_less: &[(TICKETS, "which calls solved something at once is unknown")],
    },
    Sources {
        model: "staff",
        lives_from: &[DEALS, CONTACTS, ORDERS, TICKETS, Source::of::<StaffRow>(&["staff.status_changed"])],
        says_less: &[
            (Source::of::<StaffRow>(&["staff.status_changed"]), "headcount and turnover are unknown"),
            (Source::of::<IncentiveRow>(&["incentive.accrued"]), "no payouts are known"),
        ],
    },
    Sources {
        model: "handover",
        lives_from: &[
            Source::of::<StaffRow>(&["staff.status_changed"]),
            Source::of::<OwnerRow>(&["owner.assigned"]),
            Source::of::<HandoverRow>(&["handover.progressed"]),
        ],
        says_less: &[
            (
                Source::of::<StaffRow>(&["staff.status_changed"]),
                "nobody is known to have left or to be absent",
            ),
            (Source::of::<OwnerRow>(&["owner.assigned"]), "who owns what is unknown"),
            (Source::of::<HandoverRow>(&["handover.progressed"]), "nothing is known to be acknowledged"),
        ],
    },
    Sources {
        model: "gallery",
        lives_from: &[Source::of::<ArtifactRow>(&["artifact.attached"])],
        says_less: &[(SCORES, "what customers said after it is unknown")],
    },
    Sources {
        model: "stock",
        lives_from: &[Source::of::<StockRow>(&["stock.counted"])],
        says_less: &[(COSTS, "turns and days of stock are unknown")],
    },
    Sources {
        model: "consent",
        lives_from: &[Source::of::<ConsentRow>(&["consent.granted"])],
        says_less: &[
            (
                Source::of::<AddressedRow>(&["touch.message_exchanged"]),
                "what was sent, and what without a ground, is unknown",
            ),
            (
                Source::of::<PreferenceRow>(&["consent.preference_set"]),
                "no customer's cap and quiet hours are known",
            ),
        ],
    },
];

/// The events of a model; `None` of one that rests on all.
#[must_use]
pub fn of(model: &str) -> Option<&'static Sources> {
    ALL.iter().find(|sources| sources.model == model)
}

/// What of its events a model lacks at (T, K), in the rows of its own view and of those beside.
pub(super) fn missing(
    model: &str,
    (view, rows): (View, &dyn Rows),
    asked: &Asked<'_>,
) -> Result<Vec<MissingSource>, ReadError> {
    let Some(sources) = of(model) else { return Ok(Vec::new()) };
    let has = |source: &Source| has_any(source, (view, rows), asked);
    let mut lives = false;
    for source in sources.lives_from {
        lives = lives || has(source)?;
    }
    if !lives {
        let types = sources.lives_from.iter().flat_map(|source| source.event_types);
        let types = types.map(|of_type| (*of_type).to_owned());
        let without = "there is nothing to answer".to_owned();
        return Ok(vec![MissingSource { any_of: types.collect(), without }]);
    }
    let mut missing = Vec::new();
    for (source, without) in sources.says_less {
        if !has(source)? {
            let any_of = source.event_types.iter().map(|of_type| (*of_type).to_owned()).collect();
            missing.push(MissingSource { any_of, without: (*without).to_owned() });
        }
    }
    Ok(missing)
}

/// Whether there is an event of a source; also when none of the views asked has its rows.
fn has_any(source: &Source, (view, rows): (View, &dyn Rows), asked: &Asked<'_>) -> Result<bool, ReadError> {
    let Some(table) = source.table else { return Ok(true) };
    let holds = |view: View| view.tables().any(|one| one.name == table.name);
    let beside = asked.beside.iter().map(|(view, rows)| (*view, &**rows));
    let of_table = [(view, rows)].into_iter().chain(beside).find(|(view, _)| holds(*view));
    of_table.map_or(Ok(true), |(_, rows)| rows.has_any(table, &(source.only)(), asked.as_of))
}

/// The same as sentences of a page: ``no `cost.allocated`: margin is shown as revenue``.
pub(super) fn notes(meta: Option<&v1::ViewMeta>) -> impl Iterator<Item = Words> {
    meta.into_iter().flat_map(|meta| &meta.missing_sources).map(|missing| {
        let types: Vec<String> = missing.any_of.iter().map(|one| format!("`{one}`")).collect();
        let text = GridCell::text(&format!("no {}: {}", types.join(" or "), missing.without));
        Words::new("missing_source", "{}").with(Unit::Text, text)
    })
}

#[cfg(test)]
mod tests {
    use rapport_proto::event_type;

    use super::*;
    use crate::model::{self, Model as _};

    /// The views that a model asks.
    fn views(model: &str) -> Vec<View> {
        macro_rules! of {
            ($($model:ident),*) => {
                match model {
                    $(name if name == model::$model::NAME => [&[model::$model::VIEW], model::$model::BESIDE].concat(),)*
                    _ => panic!("name `{model}` in this list"),
                }
            };
        }
        of!(
            Calls,
            Channels,
            Classes,
            Consent,
            Contacts,
            Customers,
            Deliveries,
            Funnel,
            Gallery,
            Handover,
            Leads,
            Needs,
            Orders,
            Paths,
            Portfolio,
            Potential,
            Prices,
            Profit,
            Pyramid,
            Receivables,
            Resistance,
            Retention,
            Satisfaction,
            Scores,
            Staff,
            Stock,
            Tickets,
            Today,
            Value
        )
    }

    #[test]
    fn the_rows_of_every_source_are_in_a_view_that_its_model_asks() {
        for one in ALL {
            let sources = one.lives_from.iter().chain(one.says_less.iter().map(|(source, _)| source));
            for table in sources.filter_map(|source| source.table) {
                let has = views(one.model).iter().any(|view| view.tables().any(|own| own.name == table.name));
                assert!(has, "{}: `{}` is in none of its views", one.model, table.name);
            }
        }
    }

    #[test]
    fn every_source_is_a_type_of_the_vocabulary() {
        let sources = ALL
            .iter()
            .flat_map(|one| one.lives_from.iter().chain(one.says_less.iter().map(|(source, _)| source)));
        let unknown: Vec<&str> = sources
            .flat_map(|source| source.event_types)
            .copied()
            .filter(|name| event_type::field_of_name(name).is_none())
            .collect();
        assert_eq!(unknown, [""; 0]);
    }
}
