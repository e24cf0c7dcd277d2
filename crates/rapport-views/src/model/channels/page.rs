//! What channels show: conversions and what led to them, what was spent, and campaigns.

use rapport_proto::v1::{
    ChannelsRequest, ChannelsResponse,
    channels_request::{By, Measure},
};

use super::{
    ask::ask,
    campaign_grids::{costs, kinds, lifts, plans, rows},
    grids::{bought, credits, model_name, models, not_counted, quarters, spend, spending, totals},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Which channels and campaigns bring purchases, and what they cost.
#[derive(Debug, Clone, Copy)]
pub struct Channels;

impl Model for Channels {
    type Request = ChannelsRequest;
    type Response = ChannelsResponse;
    const NAME: &'static str = "channels";
    const RESPONSE: &'static str = "rapport.v1.ChannelsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(COLUMNS);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ChannelsRequest, response: &ChannelsResponse) -> Page {
        let asks = |measure: Measure| {
            let all = request.measures.contains(&Measure::Unspecified.into());
            request.measures.is_empty() || all || request.measures.contains(&measure.into())
        };
        let mut page = Page::default();
        let (is_credited, is_spent) =
            (asks(Measure::Attribution) || asks(Measure::Models), asks(Measure::Spend));
        if is_credited {
            page.grids.extend([totals(request, response), credits(request, response)]);
            page.grids.extend(Some(plans(response)).filter(|_| request.by() == By::Campaign));
        }
        if asks(Measure::Models) {
            page.grids.push(models(request, response));
        }
        if is_credited || is_spent {
            page.grids.extend([bought(response), spending(response)]);
        }
        if is_spent {
            page.grids.extend([quarters(response), spend(request, response)]);
        }
        if asks(Measure::Campaigns) {
            page.grids.extend([rows(response), lifts(response), costs(response), kinds(response)]);
        }
        if is_credited {
            page.grids.push(not_counted(response));
        }
        page.notes.extend(notes(response, is_credited));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// Of which period, and by which rule.
fn notes(response: &ChannelsResponse, is_credited: bool) -> Vec<Words> {
    let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
    let period = Words::new("period", "purchases, spending and campaigns from {} until {}");
    let period = period.with(Unit::Moment, GridCell::moment(from)).with(Unit::Moment, GridCell::moment(to));
    let rule =
        Words::new("rule", "credit by the model `{}`, to touchpoints of the {} days before the purchase");
    let rule = rule.with(Unit::Text, GridCell::text(model_name(response.model())));
    let rule = rule.with_count(response.lookback_days.into());
    let half_life = Words::new("half_life", "half the credit for each {} days earlier")
        .with(Unit::Ratio, GridCell::number(Some(response.half_life_days)));
    let decays = response.model() == rapport_proto::v1::AttributionModel::TimeDecay;
    let mut notes = vec![period];
    notes.extend(Some(rule).filter(|_| is_credited));
    notes.extend(Some(half_life).filter(|_| is_credited && decays));
    notes.extend(Source::note(response.purchases_from()));
    notes
}

const COLUMNS: &[&str] = &[
    "part",
    "what",
    "key",
    "campaign",
    "quarter",
    "currency",
    "aim",
    "conversions",
    "with_path",
    "without_touchpoint",
    "credit",
    "revenue",
    "spend",
    "share",
    "events",
    "cost_per_conversion",
    "return_on_spend",
    "budget",
    "budget_used",
    "expected_revenue",
    "revenue_reached",
    "return_forecast",
    "return_actual",
    "return_difference",
    "first",
    "last",
    "linear",
    "u_shaped",
    "time_decay",
    "markov",
    "first_revenue",
    "last_revenue",
    "linear_revenue",
    "u_shaped_revenue",
    "time_decay_revenue",
    "markov_revenue",
    "purchases",
    "purchases_revenue",
    "purchases_without_customer",
    "new_customers",
    "existing_customers",
    "existing_revenue",
    "existing_share",
    "goods",
    "margin",
    "acquire",
    "develop",
    "retain",
    "unsaid",
    "allocated_acquisition",
    "allocated_retention",
    "new_share",
    "acquisition_cost",
    "retention_cost",
    "ratio",
    "personalised",
    "campaigns",
    "targeted",
    "addressed",
    "reach",
    "responded",
    "responded_beyond",
    "percent",
    "materials",
    "materials_per_response",
    "per_response",
    "control",
    "target_part",
    "target_share",
    "control_part",
    "control_share",
    "times",
    "difference",
    "low",
    "high",
    "p",
    "figure",
];
