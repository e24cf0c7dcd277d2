//! What is said below the tables of values: what a number rests on, and why one is absent.

use rapport_proto::v1::{NoValueFit, ValueFit, ValueResponse, ValueTotal, value_request::Model};

use super::{
    fits::{CUSTOMERS_MIN, SPENDERS_MIN},
    ranked::whole,
};
use crate::{
    model::retention::MEASURED_MIN,
    page::{GridCell, Unit, Words},
};

/// The currency in brackets where there are several.
fn of(total: &ValueTotal, response: &ValueResponse) -> String {
    if response.totals.len() > 1 { format!(" ({})", total.currency) } else { String::new() }
}

/// What a value is, and what it is not.
pub(super) fn totals(response: &ValueResponse) -> Vec<Words> {
    let mut notes = without_fit(response);
    let is_any = response.totals.iter().any(|total| total.equity.is_some());
    if is_any {
        let text = "values are what is charged; discounted: with {} a year";
        let discount = GridCell::number(Some(response.discount));
        notes.push(Words::new("charged", text).with(Unit::Share, discount));
        notes.extend(
            response
                .totals
                .iter()
                .filter(|total| total.equity.is_some())
                .map(|total| in_profit(total, response)),
        );
    }
    if response.totals.iter().any(|total| total.alive.is_some()) {
        let text =
            "expected are days with a purchase by these customers; those who are new then are not in them";
        notes.push(Words::new("these_alone", text));
    }
    if response.model() != Model::ParetoNbd && response.totals.iter().any(|total| total.alive.is_some()) {
        let text =
            "by BG/NBD customers leave with a repeat purchase: whoever never came back is still a customer";
        notes.push(Words::new("never_came_back", text));
    }
    notes.extend(margins(response));
    for total in &response.totals {
        let whole = total.repeats_expected.and_then(whole).and_then(|it| u64::try_from(it).ok());
        if let Some(expected) = whole {
            let text = format!(
                "repeat purchases until now: {{}}; the fitted model expects {{}}{}",
                of(total, response)
            );
            notes.push(Words::new("repeats", text).with_count(total.repeats).with_count(expected));
        }
        let n = total.without_worth.as_ref().map_or(0, |figure| figure.count);
        if n > 0 {
            let [one, many] = ["customer came", "customers came"].map(|who| {
                format!(
                    "{who} back for what is worth nothing or less, and is taken as 0{}",
                    of(total, response)
                )
            });
            notes.push(Words::counted("without_worth", n, &one, &many));
        }
    }
    notes
}

/// At which margin profit is, or why there is none.
fn in_profit(total: &ValueTotal, response: &ValueResponse) -> Words {
    let of = of(total, response);
    let n = total.customers_with_costs.as_ref().map_or(0, |figure| figure.count);
    let Some(share) = total.margin_share else {
        let text = if n == 0 {
            format!("no value in profit: no costs are known; `--margin 0.3` supposes a margin{of}")
        } else {
            format!(
                "no value in profit: customers with costs were charged nothing; `--margin 0.3` supposes a margin{of}"
            )
        };
        return Words::new("no_profit", text);
    };
    let share = GridCell::number(Some(share));
    if total.margin_is_measured {
        let text = format!(
            "profit is {{}} of it: the margin so far of the {{}} customers of whom costs are known{of}"
        );
        Words::new("profit_measured", text).with(Unit::Share, share).with_count(n)
    } else {
        Words::new("profit_supposed", format!("profit is {{}} of it, as asked for{of}"))
            .with(Unit::Share, share)
    }
}

/// Whose margin it is.
fn margins(response: &ValueResponse) -> Vec<Words> {
    let n = |figure: &Option<rapport_proto::v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let of_some =
        |total: &&ValueTotal| total.margin.is_some() && n(&total.customers_with_costs) < n(&total.customers);
    let note = |total: &ValueTotal| {
        let text = format!(
            "margin is of the {{}} customers of whom costs are known, of {{}}{}; the others are in no margin",
            of(total, response)
        );
        let words = Words::new("margin_of_some", text);
        words.with_count(n(&total.customers_with_costs)).with_count(n(&total.customers))
    };
    response.totals.iter().filter(of_some).map(note).collect()
}

/// Until when, and what is not in it.
pub(super) fn compared(response: &ValueResponse) -> Vec<Words> {
    let until = GridCell::moment(response.compared_with.as_ref());
    let text = "charged since: until {} inclusive, of customers who had bought before; who was new then is not in it";
    let mut notes = vec![Words::new("since", text).with(Unit::Day, until)];
    let without = |total: &&ValueTotal| total.since.is_some() && total.equity.is_none();
    if response.totals.iter().any(|total| without(&total)) {
        let text = "no difference where nothing is expected: the notes above say why";
        notes.push(Words::new("nothing_expected", text));
    }
    notes
}

/// Why the simple value is absent.
pub(super) fn simple(response: &ValueResponse) -> Vec<Words> {
    let mut notes = Vec::new();
    for total in &response.totals {
        let Some(simple) = &total.simple else { continue };
        let bought = simple.customers.as_ref().map_or(0, |figure| figure.count);
        if bought == 0 {
            let text = format!("nobody bought in the last twelve months{}", of(total, response));
            notes.push(Words::new("nobody_bought", text));
        } else if simple.retention.is_none() {
            let text = format!(
                "retention is not known: it is measured of at least {MEASURED_MIN} customers active a year ago, found {{}}{}",
                of(total, response)
            );
            notes.push(Words::new("no_retention", text).with_count(simple.measured_of));
        }
    }
    notes
}

/// Why there is no fit.
fn without_fit(response: &ValueResponse) -> Vec<Words> {
    let mut notes = Vec::new();
    for total in &response.totals {
        for (fit, least) in [(&total.purchase_fit, CUSTOMERS_MIN), (&total.spend_fit, SPENDERS_MIN)] {
            let why = fit.as_ref().map(|fit| why(fit, least, &of(total, response)));
            notes.extend(why.filter(|note| !note.text.is_empty()));
        }
    }
    notes
}

/// In which units parameters are.
pub(super) fn units() -> Words {
    Words::new("units", "times are weeks, v is an amount of the currency")
}

fn why(fit: &ValueFit, least: u64, of: &str) -> Words {
    let said =
        |key: &'static str, text: &str| Words::new(key, format!("no fit of {}{of}: {text}", fit.model));
    match fit.why_none() {
        NoValueFit::Unspecified => Words::default(),
        NoValueFit::TooFew => {
            let needed = if least == SPENDERS_MIN { "customers who came back" } else { "customers" };
            let text = format!("not enough {needed}, {least} are needed, found {{}}");
            said("too_few", &text).with_count(fit.customers)
        }
        NoValueFit::NoRepeats => {
            said("no_repeats", "no customer came back on a second day for something of worth")
        }
        NoValueFit::NotConverged => said("not_converged", "the search found no maximum of the likelihood"),
        NoValueFit::AtBound => said("at_bound", "customers differ too little for it"),
        NoValueFit::Flat => said("flat", "several parameters explain the purchases equally well"),
        NoValueFit::NoMean => {
            said("no_mean", "by it the mean of what a purchase is worth has no end (q is 1 or less)")
        }
    }
}
