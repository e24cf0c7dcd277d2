//! What contacts have in common.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use rapport_proto::v1::{self, contacts_request::By};

use super::{contact::Contact, measures::measures, params::ContactsParams};
use crate::{
    calendar::day,
    model::{figures::Figures, occurred::count},
    rows::{ObjectId, Symbols},
};

/// Those with the most contacts first, then by key; months by key.
pub(super) fn groups(
    all: &[Contact],
    params: &ContactsParams,
    (symbols, classes): (&Symbols, &HashMap<ObjectId, &'static str>),
    figures: &mut Figures,
) -> Vec<v1::ContactGroup> {
    let mut found: BTreeMap<String, Vec<&Contact>> = BTreeMap::new();
    for one in all {
        let key = match params.by {
            By::Month => day(one.row.occurred_at, &params.zone).strftime("%Y-%m").to_string(),
            by => key(one, by, symbols, classes).to_owned(),
        };
        found.entry(key).or_default().push(one);
    }
    let group = |(key, own): (String, Vec<&Contact>)| v1::ContactGroup {
        of: Some(measures(&own, &["rows", &key], figures)),
        key,
    };
    let mut rows: Vec<v1::ContactGroup> = found.into_iter().map(group).collect();
    if params.by != By::Month {
        // What is equal stays ordered by its key.
        rows.sort_by_key(|row| Reverse(count(row.of.as_ref().and_then(|of| of.contacts.as_ref()))));
    }
    rows
}

fn key<'a>(
    one: &Contact,
    by: By,
    symbols: &'a Symbols,
    classes: &HashMap<ObjectId, &'static str>,
) -> &'a str {
    let row = &one.row;
    let symbol = match by {
        By::Unspecified | By::Kind | By::Month => return row.kind.word(),
        By::Class => return classes.get(&row.customer).copied().unwrap_or_default(),
        By::Channel => row.channel,
        By::Purpose => row.purpose,
        By::Approach => row.approach,
        By::Place => row.place,
        By::Staff => row.staff,
        By::Role => row.role,
        By::Department => row.department,
        By::Branch => row.branch,
        By::Initiative => row.initiative,
    };
    symbols.text(symbol)
}
