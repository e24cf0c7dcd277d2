//! What the company has decided: what tiers are promised, how customers are addressed, what staff earn, what is aimed at.

use rapport_proto::v1::{DefinitionPublished, payload::Kind};
use serde_json::{Value, json};

use crate::{
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{self, DAY},
        company::management,
    },
};

/// The process that every installation should follow.
pub(crate) const INSTALLATION: &str = "installation";
/// The scheme by which staff earn.
pub(crate) const BONUS: &str = "sales-bonus";
/// What the scheme gives of what is won, in percent.
pub(crate) const BONUS_PERCENT: i64 = 1;

/// Publishes all of them, on the first day.
pub(crate) fn publish(story: &mut Telling) {
    let hours = json!([{
        "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "to": "18:00"
    }]);
    define(story, "calendar", "default", json!({ "zone": "Europe/Riga", "hours": hours }));
    for (tier, response, resolution, cadence) in
        [("basic", 960, 4_800, 180), ("plus", 480, 2_400, 90), ("premium", 120, 960, 45)]
    {
        let promised = json!({
            "calendar": "default", "first_response_minutes": response, "resolution_minutes": resolution,
            "cadence_days": cadence
        });
        define(story, "service_level", tier, promised);
    }
    define(story, "attribution", "default", json!({ "model": "u_shaped", "lookback_days": 120 }));
    let policy = json!({
        "messages_a_month": 2, "quiet": { "from": "20:00", "to": "07:00" }, "channels": ["email", "sms", "post"]
    });
    define(story, "contact_policy", "marketing", policy);
    let rate = f64::from(u32::try_from(BONUS_PERCENT).unwrap_or(0)) / 100.0;
    define(story, "incentive", BONUS, json!({ "metric": "won_value", "rate": rate }));
    define(story, "process", INSTALLATION, installation());
    potential(story);
    let targets = targets(story);
    define(story, "targets", "default", json!({ "targets": targets }));
}

/// Its steps; the third and the fourth are done on the same day.
fn installation() -> Value {
    json!({
        "name": "Installation",
        "calendar": "default",
        "steps": [
            { "code": "site_survey", "name": "Survey of the site", "due_within_days": 10 },
            { "code": "material", "name": "Material complete", "due_within_days": 20 },
            { "code": "delivery", "name": "Delivered" },
            { "code": "installed", "name": "Installed", "due_within_days": 1 },
            { "code": "handed_over", "name": "Handed over and explained", "due_within_days": 3 },
            { "code": "checked", "name": "Checked after a month", "required": false, "due_within_days": 40 }
        ]
    })
}

/// What customers could use: everybody at home, and some trades more.
fn potential(story: &mut Telling) {
    let homes = json!({
        "name": "Homes", "products": ["heat-pump-8", "ventilation", "solar-roof", "battery-10", "service-plan"]
    });
    define(story, "potential", "homes", homes);
    let trade = json!({
        "name": "Hotels and factories",
        "products": ["heat-pump-16", "ventilation", "solar-roof", "battery-10", "service-plan", "filter-set"],
        "conditions": [{ "key": "sector", "values": ["hospitality", "manufacturing"] }]
    });
    define(story, "potential", "trade", trade);
}

/// Of the second year, whole and by quarter.
fn targets(story: &Telling) -> Vec<Value> {
    let middle = story.milestones.year_ago.as_micros();
    let customers = f64::from(story.plan.customers);
    let whole = |share: f64| (customers * share).ceil();
    let mut targets = Vec::new();
    for quarter in 0..4 {
        let period = calendar::quarter(middle + (quarter * 91 + 45) * DAY);
        targets.push(json!({ "metric": "customers_acquired", "period": period, "value": whole(0.04) }));
        targets.push(json!({ "metric": "customers_developed", "period": period, "value": whole(0.02) }));
    }
    let year = calendar::year(middle + 180 * DAY);
    targets.push(json!({ "metric": "customers_acquired", "period": year, "value": whole(0.16) }));
    targets.push(json!({ "metric": "retention", "period": year, "value": 0.8 }));
    targets
}

fn define(story: &mut Telling, kind: &str, code: &str, body: Value) {
    let definition = DefinitionPublished {
        kind: kind.to_owned(),
        code: code.to_owned(),
        version: 1,
        effective_from: None,
        body: body.to_string(),
        approver: management().id,
    };
    let at = story.now;
    story.tell(Happening::of("", at, Kind::DefinitionPublished(definition)).by(management()).recorded_at(at));
}
