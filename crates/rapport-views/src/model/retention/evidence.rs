//! Which figures there are, and which events make things count in them.

use super::{bought::in_currency, cohorts::Cohorts, contract::before_end, params::RetentionParams};
use crate::{
    answers::window::Window,
    model::{figures::Evidence, met, scores},
    rows::{ContractRow, Instrument, Symbols},
    table::{CUSTOMER, Field as _, Filter, Row as _},
};

/// Whether a figure can have this name.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    const OVERVIEW: [&str; 8] =
        ["kept", "developed", "won_back", "acquired", "new", "at_end", "customers", "left_out"];
    const CHURN: [&str; 2] = ["at_start", "ended"];
    const ALERTS: [&str; 10] = [
        "valuable",
        "class_a",
        "alerts",
        "overdue",
        "unhappy",
        "fading",
        "silent",
        "without_rhythm",
        "without_chance",
        "without_usual_silence",
    ];
    match parts {
        ["overview", part] => OVERVIEW.contains(part) || CHURN.contains(part),
        ["overview", "before", part] => CHURN.contains(part),
        ["contracts", part] => ["all", "without_customer", "without_start"].contains(part),
        ["contracts", "contracts" | "customers", part] => {
            CHURN.contains(part) || ["began", "at_end"].contains(part)
        }
        ["contracts", "contracts" | "customers", "before", part] => CHURN.contains(part),
        ["cohorts", _, since] => *since == "customers" || since.parse::<usize>().is_ok(),
        ["survival", part] => ["contracts", "ended"].contains(part),
        ["survival", months, part] => months.parse::<u32>().is_ok() && ["at_risk", "ended"].contains(part),
        ["what_if", _, part] => *part == "customers",
        ["gaps", _, part] => ["acquired", "kept", "developed", "at_start"].contains(part),
        ["alerts", _, part] => ALERTS.contains(part),
        _ => false,
    }
}

/// The rows behind a figure; who is valuable is so by what was charged in the window `valued`.
pub(super) fn evidence(
    parts: &[&str],
    params: &RetentionParams,
    symbols: &Symbols,
    (cohorts, valued): (Option<&Cohorts>, Window),
) -> Vec<Evidence> {
    let of_lines = |filter: Filter, column| {
        let filter = in_currency(filter, params, symbols)?;
        Some(Evidence::new(params.source.table(), filter, column))
    };
    let purchases = |window: Window| of_lines(params.source.purchases(window), CUSTOMER);
    let charged = |window: Window, code: &str| {
        let code = symbols.get(code)?;
        of_lines(params.source.lines(window).and("currency", vec![code.cell()]), CUSTOMER)
    };
    let scores = || Some(scores::evidence(Instrument::Nps));
    let contracts = |column| Some(Evidence::new(ContractRow::TABLE, before_end(params), column));
    let until_end = Window { from: params.always.from, to: params.window.to };
    let found = match parts {
        ["overview", "left_out"] => vec![of_lines(params.source.purchases(until_end), params.source.id())],
        // Each period of targets ends with the window, or both end with T.
        ["overview" | "gaps", ..] => vec![purchases(until_end)],
        ["contracts", "customers", ..] => vec![contracts(CUSTOMER)],
        ["contracts" | "survival", ..] => vec![contracts("contract_id")],
        ["cohorts", day, since] => {
            let since = since.parse().unwrap_or(0);
            let windows = cohorts.map(|cohorts| cohorts.windows(day, since, params)).unwrap_or_default();
            windows.into_iter().map(purchases).collect()
        }
        ["what_if", code, _] => vec![charged(params.window, code)],
        ["alerts", code, "class_a"] => vec![charged(params.year, code)],
        ["alerts", _, "unhappy"] => vec![scores()],
        ["alerts", _, "silent"] => vec![Some(met::evidence())],
        ["alerts", _, "overdue"] => vec![purchases(params.always)],
        ["alerts", code, "fading"] => vec![charged(params.always, code)],
        ["alerts", _, "alerts"] => vec![purchases(params.always), scores(), Some(met::evidence())],
        ["alerts", code, _] => vec![charged(valued, code)],
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}
