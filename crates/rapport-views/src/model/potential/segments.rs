//! The segments: what is published, or else one for all customers.

use hashbrown::HashSet;
use rapport_proto::{
    definition::{Body as _, read},
    v1::{DefinitionUse, PotentialDefinition, UnreadableDefinition},
};

use super::params::PotentialParams;
use crate::{
    answers::{AsOf, AskError, definition::holding},
    model::holdings::Holdings,
    read::{ReadError, Rows},
    rows::{Symbol, Symbols},
};

/// The code of the segment where none is published.
const ALL: &str = "all";
/// Its list is what at least one of so many active customers owns.
pub(super) const OWNERS_ONE_IN: usize = 10;
/// Segments that a refusal names at most.
const NAMED_MAX: usize = 20;

/// A segment and its list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    pub(super) code: String,
    pub(super) name: String,
    /// 0 of the one that is not published.
    pub(super) version: u32,
    /// In the order of the definition.
    pub(super) products: Vec<Listed>,
    /// All of them hold of a member.
    pub(super) conditions: Vec<Condition>,
}

/// A product of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) code: String,
    /// None where no row has it.
    pub(super) symbol: Option<Symbol>,
}

/// An attribute, and its values of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// None where no row has it: then it holds of nobody.
    pub(super) key: Option<Symbol>,
    pub(super) values: Vec<Symbol>,
}

/// Those that hold at T, by code.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Segments {
    pub(super) all: Vec<Segment>,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
    /// None is published.
    pub(super) by_default: bool,
}

impl Segments {
    /// Those that are published; without any, `all`.
    pub(super) fn of(
        rows: &dyn Rows,
        as_of: AsOf,
        symbols: &Symbols,
        holdings: &Holdings,
    ) -> Result<Self, ReadError> {
        let kind = PotentialDefinition::KIND;
        let published = rows.definitions(as_of, kind)?;
        let says = |body: &str| read::<PotentialDefinition>(body).map(|(says, _)| says);
        let found = holding(&published, kind, as_of.occurred_until, says);
        let mut segments = Self { unreadable: found.unreadable, ..Self::default() };
        for held in found.holding {
            let (code, version) = (held.code.clone(), held.version);
            segments.used.push(DefinitionUse { kind: kind.to_owned(), code, version });
            segments.all.push(Segment::published(held.code, held.version, held.says, symbols));
        }
        if segments.all.is_empty() {
            segments.by_default = true;
            segments.all.extend(Segment::of_all(holdings, symbols));
        }
        Ok(segments)
    }

    /// Refuses a segment that there is not.
    ///
    /// # Errors
    /// It is asked for.
    pub(super) fn check(&self, params: &PotentialParams) -> Result<(), AskError> {
        let Some(asked) = &params.segment else { return Ok(()) };
        if self.all.iter().any(|segment| segment.code == *asked) || (self.by_default && asked == ALL) {
            return Ok(());
        }
        let mut known: Vec<String> =
            self.all.iter().take(NAMED_MAX).map(|segment| format!("`{}`", segment.code)).collect();
        known.extend((self.all.len() > NAMED_MAX).then(|| format!("{} more", self.all.len() - NAMED_MAX)));
        known.extend(self.all.is_empty().then(|| format!("`{ALL}`")));
        let expected = format!("expected a segment that holds then ({}), found `{asked}`", known.join(", "));
        Err(AskError::Field { field: "segment", expected })
    }
}

impl Segment {
    fn published(code: String, version: u32, says: PotentialDefinition, symbols: &Symbols) -> Self {
        let listed = |code: String| Listed { symbol: symbols.get(&code), code };
        let condition = |one: rapport_proto::v1::potential_definition::Condition| Condition {
            key: symbols.get(&one.key),
            values: one.values.iter().filter_map(|value| symbols.get(value)).collect(),
        };
        let mut products: Vec<Listed> = says.products.into_iter().map(listed).collect();
        // Two codes can be one in rows.
        let mut seen = HashSet::new();
        products.retain(|product| product.symbol.is_none_or(|symbol| seen.insert(symbol)));
        Self {
            name: if says.name.is_empty() { code.clone() } else { says.name },
            code,
            version,
            products,
            conditions: says.conditions.into_iter().map(condition).collect(),
        }
    }

    /// All active customers, with what a tenth of them own: those with the most owners first, then by code. None without a
    /// product.
    fn of_all(holdings: &Holdings, symbols: &Symbols) -> Option<Self> {
        let mut owners: hashbrown::HashMap<Symbol, usize> = hashbrown::HashMap::new();
        for (_, own) in holdings.customers() {
            own.for_each(|product| *owners.entry(product).or_default() += 1);
        }
        let active = holdings.customers().count();
        let mut products: Vec<(usize, &str, Symbol)> = owners
            .into_iter()
            .filter(|(_, owners)| owners * OWNERS_ONE_IN >= active)
            .map(|(product, owners)| (owners, symbols.text(product), product))
            .collect();
        products.sort_unstable_by(|(a, one, _), (b, other, _)| b.cmp(a).then_with(|| one.cmp(other)));
        let listed =
            |(_, code, symbol): (usize, &str, Symbol)| Listed { code: code.to_owned(), symbol: Some(symbol) };
        let products: Vec<Listed> = products.into_iter().map(listed).collect();
        (!products.is_empty()).then(|| Self {
            code: ALL.to_owned(),
            name: ALL.to_owned(),
            version: 0,
            products,
            conditions: Vec::new(),
        })
    }

    /// Whether its conditions hold, where `value` is what a customer's attribute is.
    pub(super) fn takes(&self, value: impl Fn(Symbol) -> Option<Symbol>) -> bool {
        self.conditions
            .iter()
            .all(|one| one.key.and_then(&value).is_some_and(|value| one.values.contains(&value)))
    }
}
