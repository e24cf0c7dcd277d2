//! What was bought in one currency, in order, each with its classes.

use rapport_proto::v1::ClassesMeasure;

use super::{
    abc::{self, Standing},
    cuts::Cuts,
    params::{ClassesParams, Only},
    purchases::{Item, Object},
    rfm::{self, Bought, Scores},
};
use crate::{calendar::days_until, model::descending::heaviest_first, rows::Symbol};

/// One of a currency, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) item: Item,
    pub(super) abc: Option<Standing>,
    pub(super) xyz: Option<&'static str>,
    pub(super) bought: Option<Bought>,
    pub(super) scores: Scores,
    pub(super) segment: Option<&'static str>,
}

/// What was bought in one currency.
#[derive(Debug)]
pub(super) struct Currency {
    /// Empty where there are no amounts.
    pub(super) code: String,
    /// By value, without amounts by purchases, the highest first; then by name.
    pub(super) ranked: Vec<Ranked>,
    /// What names no customer, or no product.
    pub(super) left_out: Option<Item>,
    /// The positive values added, in minor units.
    pub(super) positive: i128,
}

impl Currency {
    /// `name` gives what ties are broken by.
    pub(super) fn of<E>(
        code: &str,
        items: Vec<Item>,
        params: &ClassesParams,
        cuts: &Cuts,
        name: &mut impl FnMut(Object) -> Result<String, E>,
    ) -> Result<Self, E> {
        let (nobody, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| is_nobody(item.object));
        let mut items: Vec<_> = items.into_iter().filter(|item| item.orders > 0 || item.net != 0).collect();
        let weight = |item: &Item| if code.is_empty() { item.orders.into() } else { item.net };
        heaviest_first(&mut items, weight, |item| name(item.object))?;
        let values: Vec<_> = items.iter().map(|item| item.net).collect();
        let mut ranked: Vec<_> =
            items.into_iter().map(|item| Ranked::unclassified(item, code, params)).collect();
        if params.measures.abc && !code.is_empty() {
            for (one, standing) in ranked.iter_mut().zip(abc::standings(&values, cuts.abc)) {
                one.abc = Some(standing);
            }
        }
        if params.measures.xyz {
            for one in &mut ranked {
                one.xyz = one.item.evenness.class(params.periods.count, cuts.xyz);
            }
        }
        if params.measures.rfm {
            let buyers: Vec<_> = ranked.iter().filter_map(|one| one.bought).collect();
            let scores = rfm::scores(&buyers, code, &cuts.rfm);
            for (one, scores) in ranked.iter_mut().filter(|one| one.bought.is_some()).zip(scores) {
                one.scores = scores;
                one.segment = scores.segment().filter(|_| !params.by_product);
            }
        }
        let left_out = nobody.into_iter().find(|item| item.orders > 0 || item.net != 0);
        let positive = abc::sum_of_positive(values.into_iter());
        Ok(Self { code: code.to_owned(), ranked, left_out, positive })
    }
}

impl Ranked {
    fn unclassified(item: Item, code: &str, params: &ClassesParams) -> Self {
        let bought = item.last.filter(|_| item.orders > 0).map(|last| Bought {
            recency_days: days_until(last, params.window.to, &params.zone),
            frequency: item.orders,
            monetary: (!code.is_empty()).then_some(item.net),
        });
        Self { item, abc: None, xyz: None, bought, scores: Scores::default(), segment: None }
    }

    /// Its class by a measure.
    pub(super) fn class(&self, measure: ClassesMeasure) -> Option<&'static str> {
        match measure {
            ClassesMeasure::Abc => self.abc.map(|standing| standing.class),
            ClassesMeasure::Xyz => self.xyz,
            ClassesMeasure::Rfm => self.segment,
            ClassesMeasure::Purchases | ClassesMeasure::Unspecified => None,
        }
    }

    pub(super) fn is_wanted(&self, only: Option<Only>) -> bool {
        only.is_none_or(|only| self.class(only.measure) == Some(only.class))
    }
}

/// Whether it is what no customer, or no product, is named of.
fn is_nobody(object: Object) -> bool {
    match object {
        Object::Party(party) => party.0 == 0,
        Object::Product(product) => product == Symbol::default(),
    }
}
