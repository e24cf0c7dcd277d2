//! Lists made again: classes, levels, debts and profits as the other models answer them (each has an oracle of its own), all else
//! read from the events that happened, and conditions judged by hand over a tree that is written as text.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::model::{Classes, Profit, Pyramid, Receivables};

use super::{
    acting::{Acting, contact_roles, is_two_way, last_response},
    company::{self, Company, companies, hours},
    parts::{Did, parts, window, zoned},
    proto,
};

/// A company, and what is asked.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: v1::CustomersRequest,
    pub condition: Tree,
}

/// A condition before it is written.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Known(&'static str),
    Test(&'static str, &'static str, Vec<&'static str>),
}

/// A value as an oracle reads it.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Is {
    Word(String),
    Number(f64),
    Money(String, i64),
    Day(Date),
}

/// Which values tests compare each field with.
const FIELDS: [(&str, bool, &[&str]); 18] = [
    ("abc", false, &["A", "B", "C"]),
    ("segment", false, &["champions", "hibernating", "loyal"]),
    ("level", false, &["top", "large", "small", "inactive", "prospect", "suspect"]),
    ("lifecycle", false, &["active", "lost"]),
    ("kind", false, &["person", "organisation"]),
    ("country", false, &["LV", "LT"]),
    ("currency", false, &["EUR", "USD"]),
    ("revenue", true, &["0 EUR", "12.50 EUR", "5 USD"]),
    ("purchases", true, &["0", "1", "3"]),
    ("recency", true, &["0d", "60d", "8w", "3m"]),
    ("silence", true, &["30d", "1y"]),
    ("last_purchase", true, &["2025-06-01", "2026-02-28"]),
    ("last_contact", true, &["2025-06-01"]),
    ("nps", true, &["6", "9"]),
    ("owed", true, &["0 EUR", "10 EUR"]),
    ("overdue", true, &["0.01 EUR"]),
    ("profit", true, &["0 EUR", "-5 EUR", "10 USD"]),
    ("region", false, &["Riga", "Vilnius"]),
];

fn tests() -> impl Strategy<Value = Tree> {
    let any = (0..FIELDS.len(), 0..8_usize, 0..6_usize, prop::bool::weighted(0.15), 1..3_usize);
    any.prop_map(|(field, op, value, known, more)| {
        let (name, is_ordered, values) = FIELDS[field];
        if known {
            return Tree::Known(name);
        }
        let ops: &[&str] =
            if is_ordered { &["=", "!=", "<", "<=", ">", ">=", "in", ">"] } else { &["=", "!=", "in"] };
        let op = ops[op % ops.len()];
        let count = if op == "in" { more } else { 1 };
        Tree::Test(name, op, (0..count).map(|nth| values[(value + nth) % values.len()]).collect())
    })
}

fn trees() -> impl Strategy<Value = Tree> {
    let inner = |one: BoxedStrategy<Tree>| {
        prop_oneof![
            prop::collection::vec(one.clone(), 2..4).prop_map(Tree::All),
            prop::collection::vec(one.clone(), 2..4).prop_map(Tree::Any),
            one.prop_map(|one| Tree::Not(Box::new(one))),
        ]
    };
    prop_oneof![3 => tests().boxed(), 5 => tests().prop_recursive(3, 12, 3, inner).boxed(), 1 => Just(Tree::All(Vec::new())).boxed()]
}

impl Tree {
    /// As people write it; `and` binds closer than `or`.
    pub(crate) fn text(&self) -> String {
        let within = |part: &Self| match part {
            Self::All(_) | Self::Any(_) => format!("({})", part.text()),
            Self::Not(_) | Self::Known(_) | Self::Test(..) => part.text(),
        };
        let joined = |parts: &[Self], by: &str| parts.iter().map(within).collect::<Vec<_>>().join(by);
        match self {
            Self::All(parts) => joined(parts, " and "),
            // What is joined by `and` needs no brackets here.
            Self::Any(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Self::All(_) => part.text(),
                    other => within(other),
                });
                parts.collect::<Vec<_>>().join(" OR ")
            }
            Self::Not(part) => format!("not {}", within(part)),
            Self::Known(field) => format!("{field} is known"),
            Self::Test(field, "in", values) => format!("{field} in ({})", values.join(", ")),
            Self::Test(field, op, values) => format!("{field}{op}{}", values[0]),
        }
    }

    pub(crate) fn fields(&self, into: &mut Vec<&'static str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.fields(into)),
            Self::Not(part) => part.fields(into),
            Self::Known(field) | Self::Test(field, ..) => {
                if !into.contains(field) {
                    into.push(field);
                }
            }
        }
    }

    /// `None` where it is not known.
    fn holds(&self, row: &Row, today: Date) -> Option<bool> {
        match self {
            Self::All(parts) => {
                let all: Vec<_> = parts.iter().map(|part| part.holds(row, today)).collect();
                if all.contains(&Some(false)) { Some(false) } else { (!all.contains(&None)).then_some(true) }
            }
            Self::Any(parts) => {
                let all: Vec<_> = parts.iter().map(|part| part.holds(row, today)).collect();
                if all.contains(&Some(true)) { Some(true) } else { (!all.contains(&None)).then_some(false) }
            }
            Self::Not(part) => part.holds(row, today).map(|holds| !holds),
            Self::Known(field) => Some(row.values.contains_key(field)),
            Self::Test(field, op, values) => {
                let is = row.values.get(field)?;
                let each: Vec<_> = values.iter().map(|value| compare(is, op, value, row, today)).collect();
                if each.contains(&Some(true)) { Some(true) } else { (!each.contains(&None)).then_some(false) }
            }
        }
    }
}

fn compare(is: &Is, op: &str, written: &str, row: &Row, today: Date) -> Option<bool> {
    let order = match is {
        Is::Word(word) => word.as_str().cmp(written),
        Is::Number(number) => {
            let written = match written.strip_suffix(['d', 'w', 'm', 'y']) {
                None => written.parse().unwrap(),
                Some(count) => {
                    let count: i64 = count.parse().unwrap();
                    let before = match written.chars().last().unwrap() {
                        'd' => today - count.days(),
                        'w' => today - count.weeks(),
                        'm' => today - count.months(),
                        _ => today - count.years(),
                    };
                    f64::from((today - before).get_days())
                }
            };
            number.partial_cmp(&written).unwrap()
        }
        Is::Money(currency, amount) => {
            let (decimals, code) = written.split_once(' ').unwrap();
            if !row.currency.is_empty() && currency != code {
                return None;
            }
            (*amount as f64).partial_cmp(&(decimals.parse::<f64>().unwrap() * 100.0)).unwrap()
        }
        Is::Day(day) => day.cmp(&written.parse().unwrap()),
    };
    Some(match op {
        "=" | "in" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// What is known of a customer in a currency, by field.
type Values = BTreeMap<(String, String), BTreeMap<&'static str, Is>>;

/// A customer and a currency.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub customer: String,
    pub currency: String,
    pub values: BTreeMap<&'static str, Is>,
}

prop_compose! {
    fn responses()(instrument in prop::sample::select(vec![1, 1, 2]), value in 0..=10_u8) -> Kind {
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value: Some(value.into()), ..Default::default() })
    }
}

prop_compose! {
    pub(crate) fn worlds()(
        company in companies(prop_oneof![
            5 => company::orders(),
            2 => company::order_changes(),
            2 => company::invoices(),
            2 => company::payments(),
            1 => company::costs(),
            1 => company::concessions(),
            3 => company::touches(),
            1 => company::offers(),
            1 => company::registrations(),
            1 => company::lifecycles(),
            2 => company::attributes(),
            2 => responses(),
            3 => contact_roles(company::CUSTOMERS),
        ], 90),
        condition in trees(),
        from in prop::option::weighted(0.3, 0..600_i64),
        currency in prop::sample::select(vec!["", "", "", "EUR"]),
        purchases_from in prop::sample::select(vec![0, 0, 1, 2]),
        fields in prop::sample::select(vec![vec![], vec!["purchases", "level"], vec!["nps"]]),
        sort in prop::sample::select(vec![vec![], vec!["silence"], vec!["-level", "recency"], vec!["nps", "-purchases"]]),
    ) -> World {
        // The names of attributes are known where anybody has one.
        let mut told = company.told.clone();
        told.push(company::Told { recorded_day: company::BEFORE, ..company::Told::at(company::BEFORE, 8, riga()) });
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let request = v1::CustomersRequest {
            condition: condition.text(),
            fields: owned(fields),
            sort: owned(sort),
            period_from: from.and_then(|day| proto(hours(day * 24 + 1))),
            currency: currency.to_owned(),
            purchases_from,
            ..v1::CustomersRequest::default()
        };
        World { company: Company { told, ..company }, request, condition }
    }
}

fn riga() -> Kind {
    Kind::PartyFactRecorded(v1::PartyFactRecorded {
        category: 1,
        key: "region".to_owned(),
        personal: Some(v1::party_fact_recorded::Personal { value: "Riga".to_owned() }),
        ..Default::default()
    })
}

const LEVELS: [&str; 7] = ["top", "large", "medium", "small", "inactive", "prospect", "suspect"];

impl World {
    fn until(&self) -> Timestamp {
        self.company.as_of.occurred_until
    }

    pub(crate) fn today(&self) -> Date {
        zoned(self.until()).date()
    }

    /// The fields of the answer's rows.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut fields = Vec::new();
        self.condition.fields(&mut fields);
        let mut fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
        let usual = ["revenue", "last_purchase", "last_contact"].map(str::to_owned).to_vec();
        let more = if self.request.fields.is_empty() { usual } else { self.request.fields.clone() };
        for field in more {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    fn asks(&self, field: &str) -> bool {
        let sorts = self.request.sort.iter().map(|name| name.trim_start_matches('-'));
        self.columns().iter().map(String::as_str).chain(sorts).any(|asked| asked == field)
    }

    fn pyramid(&self, level: usize) -> v1::PyramidResponse {
        let request = v1::PyramidRequest {
            measures: vec![1, 4],
            level: level as i32,
            period_from: self.request.period_from,
            purchases_from: self.request.purchases_from,
            ..v1::PyramidRequest::default()
        };
        self.company.ask::<Pyramid>(&request, None, 0).unwrap().response
    }

    fn put_levels(&self, rows: &mut Values) {
        for (level, name) in (1..).zip(LEVELS) {
            for one in self.pyramid(level).customers {
                let has_row = rows.keys().any(|(customer, _)| *customer == one.customer);
                if one.currency.is_empty() && has_row {
                    // Who owes something without ever having bought it is on the level all the same.
                    let own = rows.iter_mut().filter(|((customer, _), _)| *customer == one.customer);
                    own.for_each(|(_, values)| {
                        values.insert("level", Is::Word(name.to_owned()));
                    });
                } else {
                    let of = rows.entry((one.customer, one.currency)).or_default();
                    of.insert("level", Is::Word(name.to_owned()));
                }
            }
        }
    }

    /// Whether anything was allocated to anybody.
    fn put_profits(&self, rows: &mut Values) -> bool {
        let request = v1::ProfitRequest {
            period_from: self.request.period_from,
            purchases_from: self.request.purchases_from,
            ..v1::ProfitRequest::default()
        };
        let profits = self.company.ask::<Profit>(&request, None, 0).unwrap().response.rows;
        let is_known = profits.iter().any(|row| row.costs.as_ref().unwrap().count > 0);
        for row in profits.into_iter().filter(|_| is_known) {
            let customer = row.object.trim_start_matches("party:").to_owned();
            let profit = row.profit.unwrap().minor_units.unwrap();
            let of = rows.entry((customer, row.currency.clone())).or_default();
            of.insert("profit", Is::Money(row.currency, profit));
        }
        is_known
    }

    /// What everybody has.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut rows = Values::new();
        let (_, all) = parts(&self.company, self.request.purchases_from);
        let (from, to) = window(&self.company, self.request.period_from.as_ref(), None);
        let standing = || all.iter().filter(|part| !part.is_cancelled && !part.customer.is_empty());
        let mut buyers = BTreeSet::new();
        for part in standing().filter(|part| part.did == Did::Bought) {
            buyers.insert(part.customer.clone());
            rows.entry((part.customer.clone(), part.currency.clone())).or_default();
        }
        if self.asks("owed") || self.asks("overdue") {
            let debtors =
                self.company.ask::<Receivables>(&v1::ReceivablesRequest::default(), None, 0).unwrap();
            for debtor in debtors.response.rows {
                let customer = debtor.object.trim_start_matches("party:").to_owned();
                let of = rows.entry((customer, debtor.currency.clone())).or_default();
                let amount = |sum: Option<v1::Sum>| sum.unwrap().minor_units.unwrap_or(0);
                of.insert("owed", Is::Money(debtor.currency.clone(), amount(debtor.receivable)));
                of.insert("overdue", Is::Money(debtor.currency, amount(debtor.overdue)));
            }
        }
        let is_profit_known = self.asks("profit") && self.put_profits(&mut rows);
        self.put_levels(&mut rows);
        let mut found: Vec<Row> = rows
            .into_iter()
            .map(|((customer, currency), values)| Row { customer, currency, values })
            .filter(|row| self.request.currency.is_empty() || ["", "EUR"].contains(&row.currency.as_str()))
            .collect();
        let classes = v1::ClassesRequest {
            period_from: self.request.period_from,
            purchases_from: self.request.purchases_from,
            ..v1::ClassesRequest::default()
        };
        let classes = self.company.ask::<Classes>(&classes, None, 0).unwrap().response.rows;
        for row in &mut found {
            let own =
                || standing().filter(|part| part.customer == row.customer && part.currency == row.currency);
            let within = || own().filter(|part| from <= part.at && part.at < to);
            let bought: BTreeSet<&String> =
                within().filter(|part| part.did == Did::Bought).map(|part| &part.id).collect();
            let is_buyer = own().any(|part| part.did == Did::Bought);
            let revenue: i64 = within().map(|part| part.net).sum();
            let values = &mut row.values;
            values.insert("purchases", Is::Number(bought.len() as f64));
            if bought.is_empty() || !row.currency.is_empty() {
                // What changed of orders that were cancelled since is of nobody who bought.
                let revenue = if is_buyer { revenue } else { 0 };
                values.insert("revenue", Is::Money(row.currency.clone(), revenue));
            }
            let last = own().filter(|part| part.did == Did::Bought).map(|part| part.at).max();
            self.put_moment(values, last, ["last_purchase", "recency"]);
            let object = format!("party:{}", row.customer);
            let class = classes.iter().find(|one| one.object == object && one.currency == row.currency);
            if let Some(class) = class {
                for (field, is) in [("abc", &class.abc), ("segment", &class.segment)] {
                    if !is.is_empty() {
                        values.insert(field, Is::Word(is.clone()));
                    }
                }
            }
            if !row.currency.is_empty() {
                values.insert("currency", Is::Word(row.currency.clone()));
            }
            for field in ["owed", "overdue"] {
                values.entry(field).or_insert_with(|| Is::Money(row.currency.clone(), 0));
            }
            if is_profit_known {
                values.entry("profit").or_insert_with(|| Is::Money(row.currency.clone(), 0));
            }
        }
        self.put_what_was_said(&mut found);
        found
    }

    fn put_moment(
        &self,
        values: &mut BTreeMap<&'static str, Is>,
        at: Option<Timestamp>,
        names: [&'static str; 2],
    ) {
        let Some(at) = at else { return };
        let day = zoned(at).date();
        values.insert(names[0], Is::Day(day));
        values.insert(names[1], Is::Number(f64::from((self.today() - day).get_days())));
    }

    /// What the events of each customer say, the last one of each kind.
    fn put_what_was_said(&self, rows: &mut [Row]) {
        let (happened, acting) = (self.company.happened(), Acting::of(&self.company));
        let until = self.until();
        for row in rows {
            let met = happened.iter().filter(|one| acting.counts_for(&row.customer, one));
            let contact = met.filter(|one| is_two_way(&one.kind)).map(|one| one.at).max();
            if let Some((score, ..)) = last_response(&happened, &acting, &row.customer, 1) {
                row.values.insert("nps", Is::Number(score));
            }
            let mut region = None;
            for one in happened.iter().filter(|one| one.customer == row.customer) {
                let values = &mut row.values;
                match &one.kind {
                    Kind::PartyLifecycleChanged(changed) => {
                        let state =
                            ["suspect", "prospect", "active", "inactive", "lost"][changed.to as usize - 1];
                        values.insert("lifecycle", Is::Word(state.to_owned()));
                    }
                    Kind::PartyRegistered(registered) => {
                        let kind = ["person", "organisation"][registered.kind as usize - 1];
                        values.insert("kind", Is::Word(kind.to_owned()));
                        values.remove("country");
                        if !registered.country.is_empty() {
                            values.insert("country", Is::Word(registered.country.clone()));
                        }
                    }
                    Kind::PartyFactRecorded(fact) if fact.category == 1 && fact.key == "region" => {
                        let moment = |at: Option<&prost_types::Timestamp>| {
                            at.and_then(rapport_proto::time::from_proto)
                        };
                        let begins = moment(fact.valid_from.as_ref()).unwrap_or(one.at);
                        let place = (begins, one.at, one.position);
                        let value = fact.personal.as_ref().unwrap().value.clone();
                        let is_later = region.as_ref().is_none_or(|(known, _, _)| place > *known);
                        if begins <= until && is_later {
                            region = Some((place, moment(fact.valid_to.as_ref()), value));
                        }
                    }
                    _ => {}
                }
            }
            self.put_moment(&mut row.values, contact, ["last_contact", "silence"]);
            if let Some((_, ends, value)) = region.filter(|(_, ends, _)| ends.is_none_or(|ends| ends > until))
            {
                let _: Option<Timestamp> = ends;
                row.values.insert("region", Is::Word(value));
            }
        }
    }

    /// Whom the condition lists, of whom it is not known, and all others; each customer by the best of its rows.
    pub(crate) fn judged(&self, rows: &[Row]) -> (Vec<Row>, BTreeSet<String>, BTreeSet<String>) {
        let judged: Vec<_> = rows.iter().map(|row| (row, self.condition.holds(row, self.today()))).collect();
        let listed: Vec<Row> =
            judged.iter().filter(|(_, is)| *is == Some(true)).map(|(row, _)| (*row).clone()).collect();
        let names = |of: &[Row]| of.iter().map(|row| row.customer.clone()).collect::<BTreeSet<_>>();
        let unknown: BTreeSet<String> =
            judged.iter().filter(|(_, is)| is.is_none()).map(|(row, _)| row.customer.clone()).collect();
        let unknown: BTreeSet<String> = unknown.difference(&names(&listed)).cloned().collect();
        let others = names(rows)
            .difference(&names(&listed))
            .filter(|name| !unknown.contains(*name))
            .cloned()
            .collect();
        (listed, unknown, others)
    }
}
