//! Potential computed again, customer by customer, from every event that happened.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::payload::Kind};
use rapport_views::answers::AsOf;
use serde_json::Value;

use super::{
    checks::{meta, sum},
    company::Company,
    funnel_oracle::{count, rate},
    parts::{Did, From, Part, parts, window},
    portfolio_oracle::contracts,
    potential_world::World,
    proto,
};

/// A segment that holds at T.
#[derive(Debug, Clone)]
struct Segment {
    code: String,
    name: String,
    version: u32,
    products: Vec<String>,
    conditions: Vec<(String, Vec<String>)>,
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The last version of each code, whenever it was published.
fn published(company: &Company) -> Vec<Segment> {
    let ever = AsOf { occurred_until: Timestamp::from_micros(i64::MAX - 1), ..company.as_of };
    let mut last: BTreeMap<String, ((Timestamp, u32, u64), Segment)> = BTreeMap::new();
    for one in (Company { as_of: ever, ..company.clone() }).happened() {
        let Kind::DefinitionPublished(said) = one.kind else { continue };
        let from = said.effective_from.as_ref().and_then(time::from_proto).unwrap_or(one.at);
        if from > company.as_of.occurred_until {
            continue;
        }
        let body: Value = serde_json::from_str(&said.body).unwrap();
        let conditions = body["conditions"].as_array().cloned().unwrap_or_default();
        let condition = |one: &Value| (one["key"].as_str().unwrap().to_owned(), texts(&one["values"]));
        let segment = Segment {
            name: body["name"].as_str().unwrap_or(&said.code).to_owned(),
            code: said.code.clone(),
            version: said.version,
            products: texts(&body["products"]),
            conditions: conditions.iter().map(condition).collect(),
        };
        let order = (from, said.version, one.position);
        if last.get(&said.code).is_none_or(|(before, _)| *before < order) {
            last.insert(said.code, (order, segment));
        }
    }
    last.into_values().map(|(_, segment)| segment).collect()
}

type Owned = BTreeMap<String, BTreeSet<String>>;

/// Everything that at least a tenth own.
fn of_all(owned: &Owned) -> Option<Segment> {
    let mut owners: BTreeMap<&String, usize> = BTreeMap::new();
    owned.values().flatten().for_each(|product| *owners.entry(product).or_default() += 1);
    let mut wide: Vec<(&String, usize)> = owners.into_iter().collect();
    wide.retain(|(_, owners)| *owners as f64 / owned.len() as f64 >= 0.1 - 1e-12);
    wide.sort_by_key(|(product, owners)| (usize::MAX - owners, (*product).clone()));
    (!wide.is_empty()).then(|| Segment {
        code: "all".into(),
        name: "all".into(),
        version: 0,
        products: wide.into_iter().map(|(product, _)| product.clone()).collect(),
        conditions: Vec::new(),
    })
}

/// What the attributes of customers are at T.
type Attributes = BTreeMap<(String, String), String>;

/// A statement: from when, when it was made, by which event, until when, about what, and what.
type Said = (Timestamp, Timestamp, u64, Option<Timestamp>, (String, String), String);

fn attributes(company: &Company) -> Attributes {
    let now = company.as_of.occurred_until;
    let moment = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
    let mut said: Vec<Said> = Vec::new();
    for one in company.happened() {
        let Kind::PartyFactRecorded(fact) = one.kind else { continue };
        if !one.customer.is_empty() && fact.category == 1 && fact.sensitivity <= 1 {
            let from = moment(&fact.valid_from).unwrap_or(one.at);
            let value = fact.personal.unwrap_or_default().value;
            said.push((from, one.at, one.position, moment(&fact.valid_to), (one.customer, fact.key), value));
        }
    }
    said.retain(|one| one.0 <= now);
    said.sort();
    // The last one stays, and then only while it lasts.
    let last: BTreeMap<_, _> = said.into_iter().map(|one| (one.4, (one.3, one.5))).collect();
    let lasts = |(_, (to, _)): &(_, (Option<Timestamp>, String))| to.is_none_or(|to| to > now);
    last.into_iter().filter(lasts).map(|(of, (_, value))| (of, value)).collect()
}

fn holds(attributes: &Attributes, customer: &str, segment: &Segment) -> bool {
    segment.conditions.iter().all(|(key, values)| {
        let value = attributes.get(&(customer.to_owned(), key.clone()));
        value.is_some_and(|value| values.contains(value))
    })
}

fn median(mut amounts: Vec<i128>) -> Option<i128> {
    amounts.sort_unstable();
    let n = amounts.len();
    (n >= 3).then(|| (amounts[(n - 1) / 2] + amounts[n / 2]).div_euclid(2))
}

/// Everything about one company that segments are made of.
struct Known {
    attributes: Attributes,
    owned: Owned,
    /// What each customer spent on each product in each currency.
    spent: BTreeMap<(String, String, String), i128>,
    purchases: BTreeMap<String, BTreeSet<String>>,
    contracts: BTreeMap<String, usize>,
    currencies: Vec<String>,
}

impl Known {
    fn members(&self, segment: &Segment) -> Vec<&String> {
        self.owned.keys().filter(|customer| holds(&self.attributes, customer, segment)).collect()
    }

    fn spenders(&self, segment: &Segment, product: &str, currency: &str) -> Vec<i128> {
        let key = |customer: &String| (customer.clone(), product.to_owned(), currency.to_owned());
        let owners = self.members(segment).into_iter().filter(|one| self.owned[*one].contains(product));
        let spent = owners.filter_map(|customer| self.spent.get(&key(customer)).copied());
        spent.filter(|net| *net > 0).collect()
    }

    fn value(&self, segment: &Segment, product: &str, currency: &str) -> Option<i128> {
        median(self.spenders(segment, product, currency))
    }

    fn missing<'s>(&self, segment: &'s Segment, customer: &str) -> Vec<&'s String> {
        segment.products.iter().filter(|product| !self.owned[customer].contains(*product)).collect()
    }

    /// The sum of what the missing ones are worth, and of how many of them.
    fn white_space(&self, segment: &Segment, customer: &str, currency: &str) -> Option<(i128, u32)> {
        let missing = self.missing(segment, customer).into_iter();
        let worth: Vec<i128> = missing.filter_map(|one| self.value(segment, one, currency)).collect();
        (!worth.is_empty()).then(|| (worth.iter().sum(), worth.len() as u32))
    }

    fn segment(&self, segment: &Segment) -> v1::PotentialSegment {
        let members = self.members(segment);
        let own = |customer: &&String| segment.products.len() - self.missing(segment, customer).len();
        let owned: usize = members.iter().map(own).sum();
        let mut others: BTreeSet<&String> = self.attributes.keys().map(|(customer, _)| customer).collect();
        others.retain(|one| !members.contains(one) && holds(&self.attributes, one, segment));
        let of_currency = |currency: &String| {
            let all: Vec<i128> =
                members.iter().filter_map(|one| Some(self.white_space(segment, one, currency)?.0)).collect();
            let valued = segment.products.iter().filter(|one| self.value(segment, one, currency).is_some());
            (!all.is_empty()).then(|| v1::SegmentWhiteSpace {
                currency: currency.clone(),
                sum: sum(all.iter().sum()),
                customers: count(all.len()),
                valued: valued.count() as u32,
            })
        };
        v1::PotentialSegment {
            segment: segment.code.clone(),
            name: segment.name.clone(),
            version: segment.version,
            products: segment.products.clone(),
            customers: count(members.len()),
            not_active: if segment.conditions.is_empty() { None } else { count(others.len()) },
            owned: owned as u64,
            mean_penetration: rate(owned, members.len() * segment.products.len()),
            white_space: self.currencies.iter().filter_map(of_currency).collect(),
        }
    }

    fn product(&self, segment: &Segment, product: &str) -> v1::PotentialProduct {
        let members = self.members(segment);
        let owners = members.iter().filter(|one| self.owned[**one].contains(product)).count();
        let missing = members.len() - owners;
        let value = |currency: &String| {
            let spenders = self.spenders(segment, product, currency).len();
            let median = self.value(segment, product, currency);
            (spenders > 0).then(|| v1::ProductValue {
                currency: currency.clone(),
                spenders: count(spenders),
                median: median.and_then(sum),
                white_space: median.and_then(|median| sum(median * missing as i128)),
            })
        };
        v1::PotentialProduct {
            segment: segment.code.clone(),
            product: product.to_owned(),
            owners: count(owners),
            missing: count(missing),
            attach_share: rate(owners, members.len()),
            values: self.currencies.iter().filter_map(value).collect(),
        }
    }

    fn customer(&self, segment: &Segment, customer: &str) -> v1::PotentialCustomer {
        let missing = self.missing(segment, customer);
        let owned = segment.products.len() - missing.len();
        let of_currency = |currency: &String| {
            let (all, valued) = self.white_space(segment, customer, currency)?;
            Some(v1::CustomerWhiteSpace { currency: currency.clone(), sum: sum(all), valued })
        };
        v1::PotentialCustomer {
            segment: segment.code.clone(),
            customer: format!("party:{customer}"),
            owned: owned as u32,
            missing: missing.into_iter().cloned().collect(),
            penetration: rate(owned, segment.products.len()),
            white_space: self.currencies.iter().filter_map(of_currency).collect(),
            purchases: count(self.purchases.get(customer).map_or(0, BTreeSet::len)),
            contracts: count(self.contracts.get(customer).copied().unwrap_or(0)),
        }
    }
}

/// What adds up to an amount in 64 bits, in each currency.
fn amounts<'a>(
    known: &Known,
    rows: impl Iterator<Item = (&'a String, Option<&'a v1::Sum>)>,
) -> Vec<Option<i64>> {
    let rows: BTreeMap<&String, Option<&v1::Sum>> = rows.collect();
    let units =
        |currency| rows.get(currency).copied().flatten().map(|sum: &v1::Sum| sum.minor_units.unwrap());
    known.currencies.iter().map(units).collect()
}

/// The highest first, what has none last; then by name.
fn order<K: Ord>(a: (Vec<Option<i64>>, K), b: (Vec<Option<i64>>, K)) -> Ordering {
    b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1))
}

/// The customer that an id is read as.
fn who(company: &Company, id: &str) -> String {
    let all = company.happened();
    let told = all.iter().find(|one| one.recorded_under == id);
    let merged = || {
        // Of whom nothing is told but that it was merged.
        let ends = |merge: &v1::PartyMerged| {
            let survivor = all.iter().find(|one| one.recorded_under == merge.survivor);
            survivor.map_or(merge.survivor.clone(), |one| one.customer.clone())
        };
        all.iter().find_map(|one| match &one.kind {
            Kind::PartyMerged(merge) if merge.absorbed == id => Some(ends(merge)),
            _ => None,
        })
    };
    told.map(|one| one.customer.clone()).or_else(merged).unwrap_or_else(|| id.to_owned())
}

fn known(world: &World, standing: &[Part], now: &[&Part]) -> Known {
    let (company, request) = (&world.company, &world.request);
    let mut known = Known {
        attributes: attributes(company),
        owned: Owned::new(),
        spent: BTreeMap::new(),
        purchases: BTreeMap::new(),
        contracts: BTreeMap::new(),
        currencies: Vec::new(),
    };
    for part in now.iter().filter(|part| !part.customer.is_empty()) {
        let own = known.owned.entry(part.customer.clone()).or_default();
        own.extend(Some(part.product.clone()).filter(|product| !product.is_empty()));
        let id = format!("{} of {}", part.id, part.recorded);
        known.purchases.entry(part.customer.clone()).or_default().insert(id);
    }
    for contract in contracts(company).into_iter().filter(|contract| !contract.customer.is_empty()) {
        *known.contracts.entry(contract.customer.clone()).or_default() += 1;
        known.owned.entry(contract.customer).or_default().extend(contract.products);
    }
    let year = window(company, None, request.period_to.as_ref());
    for part in standing.iter().filter(|part| year.0 <= part.at && part.at < year.1) {
        let key = (part.customer.clone(), part.product.clone(), part.currency.clone());
        if !part.customer.is_empty() && !part.currency.is_empty() {
            *known.spent.entry(key).or_default() += i128::from(part.net);
        }
    }
    let currencies =
        ["EUR", "USD"].into_iter().filter(|code| request.currency.is_empty() || request.currency == *code);
    known.currencies = currencies.map(str::to_owned).collect();
    known
}

/// The rows of these segments, in order.
fn rows(
    known: &Known,
    segments: &[Segment],
    request: &v1::PotentialRequest,
    asked: Option<&String>,
) -> (Vec<v1::PotentialSegment>, Vec<v1::PotentialProduct>, Vec<v1::PotentialCustomer>) {
    let mut of_segments: Vec<_> = segments.iter().map(|segment| known.segment(segment)).collect();
    of_segments.sort_by(|a, b| {
        let worth = |row: &v1::PotentialSegment| {
            amounts(known, row.white_space.iter().map(|one| (&one.currency, one.sum.as_ref())))
        };
        order((worth(a), &a.segment), (worth(b), &b.segment))
    });
    let (mut products, mut customers) = (Vec::new(), Vec::new());
    for segment in segments {
        let wanted =
            segment.products.iter().filter(|one| request.product.is_empty() || request.product == **one);
        products.extend(wanted.map(|product| known.product(segment, product)));
        let rows = known.members(segment).into_iter().map(|one| known.customer(segment, one));
        customers.extend(rows.filter(|row| {
            asked.is_none_or(|asked| row.customer == format!("party:{asked}"))
                && (request.product.is_empty() || row.missing.contains(&request.product))
        }));
    }
    products.sort_by(|a, b| {
        let worth = |row: &v1::PotentialProduct| {
            amounts(known, row.values.iter().map(|one| (&one.currency, one.white_space.as_ref())))
        };
        order((worth(a), (&a.product, &a.segment)), (worth(b), (&b.product, &b.segment)))
    });
    customers.sort_by(|a, b| {
        let worth = |row: &v1::PotentialCustomer| {
            amounts(known, row.white_space.iter().map(|one| (&one.currency, one.sum.as_ref())))
        };
        order((worth(a), (&a.customer, &a.segment)), (worth(b), (&b.customer, &b.segment)))
    });
    (of_segments, products, customers)
}

pub(crate) fn answer(world: &World) -> v1::PotentialResponse {
    let (company, request) = (&world.company, &world.request);
    let (from, all) = parts(company, request.purchases_from);
    let window = window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let standing: Vec<Part> = all.into_iter().filter(|part| !part.is_cancelled).collect();
    let is_now = |part: &&Part| part.did == Did::Bought && window.0 <= part.at && part.at < window.1;
    let now: Vec<&Part> = standing.iter().filter(is_now).collect();
    let known = known(world, &standing, &now);
    let published = published(company);
    let by_default = published.is_empty();
    let every: Vec<Segment> = if by_default { of_all(&known.owned).into_iter().collect() } else { published };

    let asked = (!request.customer.is_empty()).then(|| who(company, &request.customer));
    let mut segments = every.clone();
    segments.retain(|segment| {
        (request.segment.is_empty() || request.segment == segment.code)
            && (request.product.is_empty() || segment.products.contains(&request.product))
            && asked.as_ref().is_none_or(|asked| known.members(segment).contains(&asked))
    });
    let (of_segments, products, customers) = rows(&known, &segments, request, asked.as_ref());

    let of_none =
        known.owned.keys().filter(|one| !every.iter().any(|segment| holds(&known.attributes, one, segment)));
    let nobodys: BTreeSet<&String> =
        now.iter().filter(|part| part.customer.is_empty()).map(|part| &part.id).collect();
    let used = segments.iter().filter(|_| !by_default).map(|segment| v1::DefinitionUse {
        kind: "potential".into(),
        code: segment.code.clone(),
        version: segment.version,
    });
    v1::PotentialResponse {
        meta: Some(v1::ViewMeta { definitions: used.collect(), ..meta(company) }),
        purchases_from: match from {
            From::Orders => 1,
            From::Invoices => 2,
        },
        period_from: proto(window.0),
        period_to: proto(window.1),
        year_from: proto(super::parts::window(company, None, request.period_to.as_ref()).0),
        by_default,
        total: Some(v1::PotentialTotal {
            active: count(known.owned.len()),
            in_no_segment: count(of_none.count()),
            left_out: count(nobodys.len()),
            contracts_left_out: count(
                contracts(company).iter().filter(|one| one.customer.is_empty()).count(),
            ),
        }),
        segments: of_segments,
        products,
        customers,
        ..v1::PotentialResponse::default()
    }
}
