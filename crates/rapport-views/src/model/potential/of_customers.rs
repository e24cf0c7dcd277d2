//! What missing products are worth, for models that ask of every customer.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::{DefinitionUse, PotentialRequest, UnreadableDefinition};

use super::{known::Known, params::PotentialParams};
use crate::{
    answers::{AsOf, AskError},
    model::purchases::Source,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// What the products are worth that customers could use and do not own.
#[derive(Debug, Default)]
pub(in crate::model) struct WhiteSpace {
    /// By customer, merges resolved, and currency.
    pub(in crate::model) of: HashMap<(ObjectId, Symbol), i128>,
    /// The lists that it rests on.
    pub(in crate::model) used: Vec<DefinitionUse>,
    pub(in crate::model) unreadable: Vec<UnreadableDefinition>,
}

/// The white space of every active customer, as `rapport potential` gives it. Of one who is in several
/// segments the greatest: their lists may have the same products.
pub(in crate::model) fn of_customers(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    source: Source,
) -> Result<WhiteSpace, AskError> {
    let request = PotentialRequest::default();
    let params = PotentialParams::from_request(&request, (rows, identity), source, as_of, zone)?;
    let known = Known::read(rows, &params, (symbols, identity), zone)?;
    let mut white_space = WhiteSpace::default();
    for of in known.valued() {
        for member in &of.members {
            for (nth, (_, currency)) in known.spent.currencies.iter().enumerate() {
                let Some(worth) = of.white_space(member, nth) else { continue };
                let most = white_space.of.entry((member.party, *currency)).or_insert(worth.sum);
                *most = worth.sum.max(*most);
            }
        }
    }
    (white_space.used, white_space.unreadable) = (known.segments.used, known.segments.unreadable);
    Ok(white_space)
}
