//! The metrics of `targets` that answers read, and what is aimed at of each.

use crate::v1::TargetsDefinition;

/// The kind of definition whose body says what is aimed at.
pub const TARGETS: &str = "targets";
/// Whose targets an answer reads, unless it is told.
pub const DEFAULT: &str = "default";

/// What a target is of that answers compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Customers who bought for the first time.
    CustomersAcquired,
    /// The share of the customers active at the beginning that were active at the end.
    Retention,
    /// Customers of those kept who bought for more.
    CustomersDeveloped,
}

/// One target that answers compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// What is aimed at.
    pub metric: Metric,
    /// `2026`, `2026-Q1` or `2026-03`.
    pub period: String,
    /// A share for [`Metric::Retention`], otherwise customers.
    pub value: f64,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CustomersAcquired, Self::Retention, Self::CustomersDeveloped];

    /// As bodies call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CustomersAcquired => "customers_acquired",
            Self::Retention => "retention",
            Self::CustomersDeveloped => "customers_developed",
        }
    }

    /// The metric of this name; `None` of those that no answer reads.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Whether such a number can be aimed at.
    #[must_use]
    pub fn fits(self, value: f64) -> bool {
        match self {
            Self::Retention => (0.0..=1.0).contains(&value),
            Self::CustomersAcquired | Self::CustomersDeveloped => value >= 0.0,
        }
    }

    /// What is aimed at, in words.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Retention => "a share from 0 to 1, such as 0.85",
            Self::CustomersAcquired | Self::CustomersDeveloped => "a number of customers from 0 on",
        }
    }
}

/// The targets of a body that answers compare with. Earlier releases accepted amounts, and numbers
/// outside the metric's range: this function leaves such targets out.
#[must_use]
pub fn aims(body: TargetsDefinition) -> Vec<Aim> {
    let aim = |target: crate::v1::targets_definition::Target| {
        let metric = Metric::named(&target.metric)?;
        let value = target.value.filter(|value| metric.fits(*value))?;
        Some(Aim { metric, period: target.period, value })
    };
    body.targets.into_iter().filter_map(aim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{read, refused};

    fn told(body: &str) -> Vec<String> {
        let faults = refused(TARGETS, body).into_iter();
        faults.map(|fault| format!("{}: {}", fault.path, fault.description)).collect()
    }

    #[test]
    fn a_new_target_that_does_not_fit_its_metric_is_refused_and_an_older_one_is_none() {
        for (target, fault) in [
            (
                r#""retention","value":85"#,
                "value: expected a share from 0 to 1, such as 0.85, found the number 85",
            ),
            (
                r#""retention","value":-0.1"#,
                "value: expected a share from 0 to 1, such as 0.85, found the number -0.1",
            ),
            (
                r#""customers_acquired","value":-1"#,
                "value: expected a number of customers from 0 on, found the number -1",
            ),
            (
                r#""customers_developed","minor_units":5,"currency":"EUR""#,
                "minor_units: expected `value` in its place, a number of customers from 0 on",
            ),
        ] {
            let body = format!(r#"{{"targets":[{{"period":"2026","metric":{target}}}]}}"#);
            assert_eq!(told(&body), [format!("body.targets[0].{fault}")], "{body}");
            // A ledger that accepted such a body can still read it.
            let (says, _) = read::<TargetsDefinition>(&body).unwrap();
            assert_eq!(aims(says), []);
        }
        let fits = r#"{"targets":[{"period":"2026","metric":"retention","value":1},{"period":"2026-Q1",
            "metric":"customers_acquired","value":12.5},{"period":"2026","metric":"nps","value":-20}]}"#;
        assert_eq!(told(fits), [""; 0]);
        let aims = aims(read::<TargetsDefinition>(fits).unwrap().0);
        let aims: Vec<_> = aims.iter().map(|aim| (aim.metric.name(), &*aim.period, aim.value)).collect();
        assert_eq!(aims, [("retention", "2026", 1.0), ("customers_acquired", "2026-Q1", 12.5)]);
    }
}
