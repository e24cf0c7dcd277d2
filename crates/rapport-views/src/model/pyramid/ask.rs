//! Asks a store for what was bought, and answers.

use rapport_proto::v1::{self, PyramidLevel};

use super::{
    candidates,
    cuts::Cuts,
    evidence::{self, is_figure},
    kept::{self, Later},
    lists,
    market::{self, Markets},
    migration::{self, Before},
    others::Others,
    params::PyramidParams,
    ranked::{Name, currencies},
    response::{self, Found},
    spent,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, purchases::Source, scores::Scores},
    read::{ReadError, Rows},
    rows::{Identity, Symbols},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::PyramidRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::PyramidResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let cuts = Cuts::of(rows, as_of)?;
    let params = PyramidParams::from_request(request, source, (as_of, cuts), asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut name = |party| rows.party_name(party);
    let mut found = find(rows, &identity, &params, &symbols, &mut name)?;

    let mut response = response::frame(&params);
    first_page(&mut response, &params, &found, &mut figures);
    if asked.skip > 0 {
        response = response::frame(&params);
    }
    // No figure is in the lists alone: those of their rows are found by name.
    if asked.figure.is_none() {
        lists::fill(&mut response, &params, &mut found, asked.skip, &mut name)?;
    }
    let of = evidence::find_purchases(&mut figures, rows, &identity, &params, &symbols)?;
    let objects =
        figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params, &symbols, &of))?;
    Ok(Answered { response, objects })
}

/// Reads and ranks what the asked parts need.
fn find(
    rows: &dyn Rows,
    identity: &Identity,
    params: &PyramidParams,
    symbols: &Symbols,
    name: &mut Name<'_>,
) -> Result<Found, ReadError> {
    let cuts = params.cuts.says;
    let (measures, wanted) = (params.measures, params.currency.as_deref());
    let bought = params.now.bought(rows, identity)?;
    let now = currencies(&bought, wanted, cuts, symbols, name)?;
    // Merged parties are one at both moments: a customer cannot be on two levels of the earlier one.
    let before = if measures.compare() {
        let earlier = params.before.bought(rows, identity)?;
        let of = currencies(&earlier, wanted, cuts, symbols, name)?;
        Before::new(of, [&earlier, &bought])
    } else {
        Before::default()
    };
    let later = if measures.migration {
        Later::read(rows, identity, params, symbols, &now)?
    } else {
        Later::default()
    };
    let candidates = if measures.candidates {
        now.iter().map(|currency| candidates::of(currency, &before, params.within)).collect()
    } else {
        Vec::new()
    };
    let lists_others =
        measures.customers && matches!(params.level, Some(PyramidLevel::Prospect | PyramidLevel::Suspect));
    let others = if measures.levels || lists_others {
        Others::read(rows, identity, &params.now, &bought)?
    } else {
        Others::default()
    };
    let (costs, scores) = if measures.levels {
        let as_of = params.now.as_of;
        (spent::costs(rows, identity, &params.now)?, Scores::nps(rows, identity, as_of)?)
    } else {
        (None, Scores::default())
    };
    let markets = if measures.market { market::read(rows, params, symbols)? } else { Markets::new() };
    Ok(Found { now, before, later, candidates, others, markets, costs, scores })
}

/// What is not listed one by one.
fn first_page(
    response: &mut v1::PyramidResponse,
    params: &PyramidParams,
    found: &Found,
    figures: &mut Figures,
) {
    response.totals = response::totals(params, found, figures);
    if params.measures.levels {
        response.levels = response::levels(found, figures);
        response.not_customers = response::not_customers(&found.others, figures);
    }
    if params.measures.migration {
        (response.migration, response.moves) = migration::of(&found.now, &found.before, figures);
        response.kept = kept::of(&found.before, &found.later, figures);
    }
    if params.measures.market {
        response.market = Some(market::answer(&found.markets, &found.now, figures));
    }
}
