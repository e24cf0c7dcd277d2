//! The flags of all commands that ask about purchases.

use clap::{Args, ValueEnum};
use prost_types::Timestamp;
use rapport_proto::v1;

use crate::{moment, show::Zone};

/// Which purchases.
#[derive(Debug, Args)]
pub(super) struct PurchaseArgs {
    #[command(flatten)]
    since: SinceArgs,
    /// Purchases before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Which purchases, until the moment asked for.
#[derive(Debug, Args)]
pub(super) struct SinceArgs {
    /// Purchases then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
    /// Only this currency
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
}

/// What is taken as a purchase.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// What a purchase is [default: orders; invoices where there are no orders]
    #[arg(long, value_enum, value_name = "WHAT")]
    purchases: Option<Purchases>,
}

/// What a purchase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Purchases {
    /// An order
    Orders,
    /// An invoice
    Invoices,
}

impl PurchaseArgs {
    /// The ends of the period.
    ///
    /// # Errors
    /// One of them is not a time.
    pub(super) fn period(&self, zone: &Zone) -> anyhow::Result<(Option<Timestamp>, Option<Timestamp>)> {
        Ok((self.since.from(zone)?, moment::before(self.to.as_deref(), "--to", zone.time_zone())?))
    }

    /// As [`SinceArgs::currency`].
    pub(super) fn currency(&self) -> String {
        self.since.currency()
    }

    /// As [`SinceArgs::purchases`].
    pub(super) const fn purchases(&self) -> i32 {
        self.since.purchases()
    }
}

impl SinceArgs {
    /// Where the period begins.
    ///
    /// # Errors
    /// It is not a time.
    pub(super) fn from(&self, zone: &Zone) -> anyhow::Result<Option<Timestamp>> {
        moment::since(self.from.as_deref(), "--from", zone.time_zone())
    }

    /// As requests have it.
    pub(super) fn currency(&self) -> String {
        self.currency.clone().unwrap_or_default()
    }

    /// As requests have it.
    pub(super) const fn purchases(&self) -> i32 {
        self.source.purchases()
    }
}

impl SourceArgs {
    /// As requests have it.
    pub(super) const fn purchases(&self) -> i32 {
        match self.purchases {
            None => v1::PurchasesFrom::Unspecified as i32,
            Some(Purchases::Orders) => v1::PurchasesFrom::Orders as i32,
            Some(Purchases::Invoices) => v1::PurchasesFrom::Invoices as i32,
        }
    }
}
