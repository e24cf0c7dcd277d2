//! Asks a store for lines and concessions, and answers.

use rapport_model::Position;
use rapport_proto::v1;

use super::{
    bands::{BANDS, band},
    concessions::{self, conceded},
    keys::Keys,
    lines,
    params::PricesParams,
    priced::priced,
    response::{self, Found},
};
use crate::{
    answers::{AnswerError, Answered, AskError, Asked, FigureHit},
    model::{
        figures::{Evidence, Figures},
        purchases::Source,
    },
    read::Rows,
    rows::{ConcessionRow, Identity, Symbols},
    table::{Field as _, Row as _},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::PricesRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::PricesResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = PricesParams::from_request(request, source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut meta = v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() };
    let keys = Keys::read(rows, (&symbols, &identity), &params, &mut meta)?;
    let found = Found {
        prices: priced(rows, &params, &keys)?,
        concessions: conceded(rows, &params, &symbols, &keys)?,
    };
    let response = response::of(&params, found, meta, asked.skip, &keys, &symbols);
    let parts = figures.parts();
    let objects = match parts.as_slice() {
        [] => Vec::new(),
        ["concessions", code, by, key @ ..] => {
            let currency = symbols.get(code);
            if let Some(currency) = currency.filter(|_| params.wants(code)) {
                let found = concessions::counted(rows, &params, (&symbols, &keys), currency, (by, key))?;
                figures.found(found);
            }
            let filter = concessions::window(&params);
            let evidence = Evidence::new(ConcessionRow::TABLE, filter, "customer");
            figures.hits(rows, &identity, as_of, |_| vec![evidence])?
        }
        parts => lines_of(parts, rows, &params, &keys, (&identity, &symbols))?,
    };
    if let Some(figure) = asked.figure.filter(|_| objects.is_empty()) {
        return Err(AnswerError::NoSuchFigure { figure: figure.to_owned() }.into());
    }
    Ok(Answered { response, objects })
}

fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["totals", _, "lines" | "with_list"]
        | ["rows", _, _, "lines" | "with_list"]
        | ["concessions", _, "kind" | "approver", _]
        | ["concessions", _, "class", _, _] => true,
        ["bands", _, band] => BANDS.contains(band),
        _ => false,
    }
}

/// The lines that a figure counts: each names its order, invoice or offer once more.
fn lines_of(
    parts: &[&str],
    rows: &dyn Rows,
    params: &PricesParams,
    keys: &Keys<'_>,
    (identity, symbols): (&Identity, &Symbols),
) -> Result<Vec<FigureHit>, AskError> {
    let code = parts.get(1).copied().unwrap_or_default();
    let Some(currency) = symbols.get(code).filter(|_| params.wants(code)) else { return Ok(Vec::new()) };
    let mut hits: Vec<(Position, FigureHit)> = Vec::new();
    let of_currency = |filter: crate::table::Filter| filter.and("currency", vec![currency.cell()]);
    lines::each(rows, params, of_currency, |line| {
        let counts = match *parts {
            ["totals", _, what] => what == "lines" || line.list.is_some(),
            ["rows", _, key, what] => {
                (what == "lines" || line.list.is_some()) && keys.text(keys.of_line(&line), symbols) == key
            }
            ["bands", _, wanted] => line.list.is_some_and(|list| {
                BANDS.get(band(list.into(), line.net.into())).is_some_and(|band| *band == wanted)
            }),
            _ => false,
        };
        if counts {
            let customer = identity.canonical(line.customer);
            hits.push((line.position, line.object.hit(customer, line.position)));
        }
    })?;
    hits.sort_by_key(|(position, _)| *position);
    Ok(hits.into_iter().map(|(_, hit)| hit).collect())
}
