//! Who is valuable and may be about to leave: each customer asked for each sign. Levels are as the pyramid has them, chances as
//! lifetime value does, which have oracles of their own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::model::{Pyramid, Value};

use super::{
    super::{
        acting::{Acting, is_two_way, last_response},
        company::Happened,
        funnel_oracle::count,
    },
    Asked, date, days, months_earlier, sum,
};

/// What else is asked about customers.
struct Signs<'a> {
    asked: &'a Asked<'a>,
    happened: Vec<Happened>,
    acting: Acting,
    /// By customer and currency.
    levels: BTreeMap<(String, String), &'static str>,
    chances: BTreeMap<(String, String), f64>,
}

const LEVELS: [&str; 4] = ["top", "large", "medium", "small"];

impl<'a> Signs<'a> {
    fn of(asked: &'a Asked<'a>) -> Self {
        let (company, purchases_from) = (asked.company, asked.request.purchases_from);
        let mut levels = BTreeMap::new();
        for (level, name) in (1..).zip(LEVELS) {
            let request =
                v1::PyramidRequest { measures: vec![4], level, purchases_from, ..Default::default() };
            for one in company.ask::<Pyramid>(&request, None, 0).unwrap().response.customers {
                levels.insert((one.customer, one.currency), name);
            }
        }
        let request = v1::ValueRequest { purchases_from, ..Default::default() };
        let rows = company.ask::<Value>(&request, None, 0).unwrap().response.rows;
        let chance = |row: v1::ValueRow| {
            let name = row.customer.trim_start_matches("party:").to_owned();
            row.alive.map(|alive| ((name, row.currency), alive))
        };
        Self {
            asked,
            happened: company.happened(),
            acting: Acting::of(company),
            levels,
            chances: rows.into_iter().filter_map(chance).collect(),
        }
    }

    fn level(&self, name: &str, code: &str) -> &'static str {
        self.levels.get(&(name.to_owned(), code.to_owned())).copied().unwrap_or_default()
    }

    fn usual(&self, name: &str) -> Option<f64> {
        let end = self.asked.end();
        self.asked.gap(name, end).filter(|_| self.asked.days_of(name, end).len() > 2)
    }

    /// The last contact, the days since, and the median of the gaps between days with one, of three or more.
    fn silence(&self, name: &str) -> Option<(Timestamp, u32, Option<f64>)> {
        let met = self.happened.iter().filter(|one| self.acting.counts_for(name, one));
        let met: Vec<Timestamp> = met.filter(|one| is_two_way(&one.kind)).map(|one| one.at).collect();
        let on: BTreeSet<Date> = met.iter().map(|at| date(*at)).collect();
        let on: Vec<Date> = on.into_iter().collect();
        let mut gaps: Vec<u32> = on.windows(2).map(|two| days(two[0], two[1])).collect();
        gaps.sort_unstable();
        let n = gaps.len();
        let usual = (n > 2).then(|| f64::from(gaps[(n - 1) / 2] + gaps[n / 2]) / 2.0);
        let today = date(self.asked.company.as_of.occurred_until);
        Some((*met.last()?, days(*on.last()?, today), usual))
    }

    fn row(&self, name: &str, code: &str, value: i128, class: &str) -> v1::RetentionAlert {
        let (asked, end) = (self.asked, self.asked.end());
        let (usual, recency) = (self.usual(name), asked.recency(name, end));
        let said = last_response(&self.happened, &self.acting, name, 1);
        let alive = self.chances.get(&(name.to_owned(), code.to_owned())).copied();
        let silence = self.silence(name);
        let usual_silence = silence.and_then(|(.., usual)| usual);
        v1::RetentionAlert {
            customer: format!("party:{name}"),
            currency: code.to_owned(),
            value: sum(value),
            overdue: usual.is_some_and(|gap| f64::from(recency.unwrap()) > 2.0 * gap),
            unhappy: said.is_some_and(|(score, ..)| score < 6.5),
            last_purchase: asked
                .bought
                .get(name)
                .and_then(|all| all.iter().max())
                .map(|at| time::to_proto(*at)),
            recency_days: recency,
            purchase_days: asked.days_of(name, end).len() as u32,
            gap_median_days: usual,
            score: said.map(|(score, ..)| score),
            scored_at: said.map(|(_, at, _)| time::to_proto(at)),
            fading: alive.is_some_and(|alive| alive < 0.5),
            silent: usual_silence.is_some_and(|usual| f64::from(silence.unwrap().1) > 2.0 * usual),
            alive,
            last_contact: silence.map(|(at, ..)| time::to_proto(at)),
            silence_days: silence.map(|(_, days, _)| days),
            contact_gap_median_days: usual_silence,
            abc: class.to_owned(),
            level: self.level(name, code).to_owned(),
        }
    }

    /// The valuable customers of a currency in order, each with its class and value.
    fn valuable(&self, code: &str) -> Vec<(String, i128, &'static str)> {
        let asked = self.asked;
        let (begin, end) = (months_earlier(asked.end(), 12), asked.end());
        let value = |name: &str| asked.charged(name, code, begin, end);
        let names = asked.parts.iter().map(|part| part.customer.clone());
        let on_levels = self.levels.keys().filter(|(_, of)| of == code).map(|(name, _)| name.clone());
        let names: BTreeSet<String> = names.chain(on_levels).filter(|name| !name.is_empty()).collect();
        let mut ranked: Vec<String> = names.into_iter().collect();
        ranked.sort_by(|a, b| value(b).cmp(&value(a)).then(a.cmp(b)));
        let total: i128 = ranked.iter().map(|name| value(name).max(0)).sum();
        let [a, b] = if published(asked, "abc").is_some() { [50, 95] } else { [80, 95] };
        let mut ahead = 0;
        let mut valuable = Vec::new();
        for name in ranked {
            let own = value(&name);
            let class = match own {
                ..=0 => "",
                _ if ahead * 100 < total * a => "A",
                _ if ahead * 100 < total * b => "B",
                _ => "C",
            };
            ahead += own.max(0);
            if class == "A" || ["top", "large"].contains(&self.level(&name, code)) {
                valuable.push((name, own, class));
            }
        }
        valuable
    }
}

/// The version of a definition that holds.
fn published(asked: &Asked<'_>, kind: &str) -> Option<u32> {
    let of = |one: Happened| match one.kind {
        Kind::DefinitionPublished(of) if of.kind == kind => Some((one.at, of.version)),
        _ => None,
    };
    asked.company.happened().into_iter().filter_map(of).max().map(|(_, version)| version)
}

/// Puts alerts into an answer.
pub(super) fn put(asked: &Asked<'_>, response: &mut v1::RetentionResponse) {
    let signs = Signs::of(asked);
    for code in ["EUR", "USD"] {
        let wanted = &asked.request.currency;
        if !wanted.is_empty() && wanted != code {
            continue;
        }
        let valuable = signs.valuable(code);
        let rows: Vec<_> =
            valuable.iter().map(|(name, value, class)| signs.row(name, code, *value, class)).collect();
        if rows.is_empty() {
            continue;
        }
        let those =
            |is: &dyn Fn(&v1::RetentionAlert) -> bool| count(rows.iter().filter(|row| is(row)).count());
        let warns =
            |row: &v1::RetentionAlert| [row.overdue, row.unhappy, row.fading, row.silent].contains(&true);
        let worth = rows.iter().zip(&valuable).filter(|(row, _)| warns(row)).map(|(_, (_, value, _))| value);
        response.alert_totals.push(v1::AlertTotal {
            currency: code.to_owned(),
            class_a: those(&|row| row.abc == "A"),
            alerts: those(&warns),
            overdue: those(&|row| row.overdue),
            unhappy: those(&|row| row.unhappy),
            value: sum(worth.sum()),
            without_rhythm: those(&|row| row.gap_median_days.is_none()),
            valuable: those(&|_| true),
            fading: those(&|row| row.fading),
            silent: those(&|row| row.silent),
            without_chance: those(&|row| row.alive.is_none()),
            without_usual_silence: those(&|row| row.contact_gap_median_days.is_none()),
        });
        response.alerts.extend(rows.into_iter().filter(warns));
    }
    let used = |kind: &str| {
        let version = published(asked, kind)?;
        Some(v1::DefinitionUse { kind: kind.to_owned(), code: "customer".to_owned(), version })
    };
    response.meta.as_mut().unwrap().definitions.extend(["abc", "pyramid"].into_iter().filter_map(used));
}
