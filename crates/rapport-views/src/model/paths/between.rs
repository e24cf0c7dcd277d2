//! How long it takes from one step to another.

use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{
    cases::{Cases, since},
    measured::{mean, of_stays},
    steps::thing,
};
use crate::{answers::AskError, model::figures::Figures, rows::Symbol, stats::kaplan_meier::Stay};

/// From the first time that a case came to the one, to the first time afterwards that it came to the other.
pub(super) fn between(
    cases: &Cases,
    (from, to): (&str, &str),
    until: Timestamp,
    figures: &mut Figures,
) -> Result<v1::StepsBetween, AskError> {
    let (from_step, to_step) = (known(cases, from, "from_step")?, known(cases, to, "to_step")?);
    let (mut reached, mut waiting, mut never) = (Vec::new(), Vec::new(), Vec::new());
    let (mut stays, mut sum) = (Vec::new(), 0_i128);
    for case in &cases.all {
        let Some(begin) = case.steps.iter().position(|taken| taken.step == from_step) else { continue };
        let mut behind = case.steps.iter().skip(begin);
        let Some(begin) = behind.next() else { continue };
        if let Some(end) = behind.find(|taken| taken.step == to_step) {
            let length = since(end.at, begin.at);
            stays.push(Stay::ended(length));
            sum += i128::from(length);
            reached.push(thing(cases, case));
        } else if case.is_closed() {
            never.push(thing(cases, case));
        } else {
            let so_far = until.as_micros().saturating_sub(begin.at.0.as_micros());
            stays.push(Stay::censored(so_far));
            waiting.push(thing(cases, case));
        }
    }
    let n = reached.len() as u64;
    Ok(v1::StepsBetween {
        from: from.to_owned(),
        to: to.to_owned(),
        reached: figures.count(&["between", "reached"], reached.into_iter()),
        waiting: figures.count(&["between", "waiting"], waiting.into_iter()),
        never: figures.count(&["between", "never"], never.into_iter()),
        median: of_stays(stays),
        mean: mean(sum, n),
    })
}

/// The number of a step; one that no case takes is refused where cases take others.
fn known(cases: &Cases, step: &str, field: &'static str) -> Result<Symbol, AskError> {
    let taken = cases.names.get(step).filter(|number| *number != Symbol::default());
    if let Some(number) = taken {
        return Ok(number);
    }
    let mut names: Vec<&str> = (1..cases.names.len())
        .filter_map(|one| Some(cases.names.text(Symbol(u32::try_from(one).ok()?))))
        .collect();
    names.sort_unstable();
    let mut known: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    known.extend((names.len() > 20).then(|| format!("{} more", names.len() - 20)));
    let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
    let expected = format!("expected a step that is taken ({known}), found `{step}`");
    Err(AskError::Field { field, expected })
}
