//! Which definitions hold, computed from what happened: each version is asked about every other one of its code.

use std::cmp::Ordering;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, DefinitionState as State, payload::Kind},
};
use rapport_views::answers::AsOf;
use serde_json::Value;

use super::company::{Company, Happened};

/// One version, as it is believed at K.
#[derive(Debug, Clone)]
struct Version {
    position: u64,
    published: v1::DefinitionPublished,
    published_at: Timestamp,
    effective_from: Timestamp,
}

/// Whether the bodies that these tests draw can be read: those of kinds that nothing reads always can.
fn is_readable(published: &v1::DefinitionPublished) -> bool {
    let said: Value = serde_json::from_str(&published.body).unwrap();
    let percent = |name: &str, default: f64| said.get(name).map_or(Some(default), Value::as_f64);
    match published.kind.as_str() {
        "abc" => matches!((percent("a", 80.0), percent("b", 95.0)), (Some(a), Some(b)) if a < b),
        "pipeline" => said["stages"].as_array().is_some_and(|stages| !stages.is_empty()),
        _ => true,
    }
}

fn left_out(kind: &str, body: &str) -> String {
    let said: Value = serde_json::from_str(body).unwrap();
    let of_abc =
        [("a", 80), ("b", 95)].into_iter().filter(|(name, _)| kind == "abc" && said.get(name).is_none());
    let members: Vec<_> = of_abc.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Every version that is known at K, whenever it was published.
fn versions(company: &Company) -> Vec<Version> {
    let ever = AsOf { occurred_until: Timestamp::from_micros(i64::MAX - 1), ..company.as_of };
    let happened = Company { as_of: ever, ..company.clone() }.happened();
    let version = |one: Happened| match one.kind {
        Kind::DefinitionPublished(published) => Some(Version {
            position: one.position,
            published_at: one.at,
            effective_from: published.effective_from.as_ref().and_then(time::from_proto).unwrap_or(one.at),
            published,
        }),
        _ => None,
    };
    happened.into_iter().filter_map(version).collect()
}

impl Version {
    fn code(&self) -> (&str, &str) {
        (&self.published.kind, &self.published.code)
    }

    fn is_after(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.effective_from, it.published.version, it.position);
        key(self) > key(other)
    }

    fn state(&self, all: &[Self], until: Timestamp) -> Option<State> {
        let replaces = |other: &Self| {
            other.code() == self.code()
                && other.is_after(self)
                && other.effective_from <= until
                && is_readable(&other.published)
        };
        match self.effective_from <= until {
            false if self.published_at <= until => Some(State::Upcoming),
            false => None,
            true if all.iter().any(replaces) => Some(State::Earlier),
            true if is_readable(&self.published) => Some(State::InForce),
            true => Some(State::Unreadable),
        }
    }
}

/// Of the definitions of kinds `abc`, `pipeline` and one that nothing reads. Faults have only the path.
pub(crate) fn answer(company: &Company, request: &v1::DefinitionsRequest) -> Vec<v1::Definition> {
    let all = versions(company);
    let state = |one: &Version| one.state(&all, company.as_of.occurred_until);
    let mut found: Vec<(&Version, State)> = all.iter().filter_map(|one| Some((one, state(one)?))).collect();
    found.sort_by(|(one, _), (other, _)| {
        let after = if one.is_after(other) { Ordering::Less } else { Ordering::Greater };
        one.code().cmp(&other.code()).then(after)
    });
    let mut answer: Vec<v1::Definition> = found.iter().map(|(one, state)| shown(one, *state)).collect();
    for code in ["customer", "product"] {
        put_default(code, &mut answer);
    }
    let wanted = |one: &v1::Definition| {
        (request.kind.is_empty() || request.kind == one.kind)
            && (request.code.is_empty() || request.code == one.code)
            && (request.earlier || one.state() != State::Earlier)
    };
    answer.retain(wanted);
    for one in answer.iter_mut().filter(|_| !request.bodies) {
        (one.body, one.left_out) = (String::new(), String::new());
    }
    answer
}

/// What holds of an `abc` that no version in force defines.
fn put_default(code: &str, answer: &mut Vec<v1::Definition>) {
    let holds = |one: &v1::Definition| one.kind == "abc" && one.code == code && one.state() == State::InForce;
    if answer.iter().any(holds) {
        return;
    }
    let default = v1::Definition {
        kind: "abc".into(),
        code: code.into(),
        state: State::Default.into(),
        body: r#"{"a":80,"b":95}"#.into(),
        left_out: r#"{"a":80,"b":95}"#.into(),
        ..Default::default()
    };
    let before = |one: &v1::Definition| (one.kind.as_str(), one.code.as_str()) <= ("abc", code);
    let place = answer.iter().rposition(before).map_or(0, |place| place + 1);
    answer.insert(place, default);
}

fn shown(one: &Version, state: State) -> v1::Definition {
    let Version { position, published, published_at, effective_from } = one;
    let faulty = matches!(state, State::Unreadable | State::Upcoming) && !is_readable(published);
    let fault = if published.kind == "abc" { "`body.b`" } else { "`body.stages`" };
    v1::Definition {
        kind: published.kind.clone(),
        code: published.code.clone(),
        version: published.version,
        state: state.into(),
        effective_from: Some(time::to_proto(*effective_from)),
        published_at: Some(time::to_proto(*published_at)),
        approver: published.approver.clone(),
        position: *position,
        body: published.body.clone(),
        left_out: if faulty { "{}".into() } else { left_out(&published.kind, &published.body) },
        fault: if faulty { fault.into() } else { String::new() },
    }
}
