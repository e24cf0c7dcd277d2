//! The views that a store keeps.

/// A read model with rows and a checkpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Customers' histories.
    Timeline,
    /// Deals and leads.
    Funnel,
    /// Surveys.
    Satisfaction,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 3] = [Self::Timeline, Self::Funnel, Self::Satisfaction];

    /// Its name, as commands and answers have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Funnel => "funnel",
            Self::Satisfaction => "satisfaction",
        }
    }

    /// The view of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }
}
