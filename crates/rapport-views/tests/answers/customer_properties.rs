//! One customer against an oracle over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use crate::support::{
    checks::{assert_figures_list_what_they_count, assert_same},
    compare::page_shows_all,
    customer_oracle::{World, world::worlds},
};
use proptest::prelude::*;
use rapport_proto::{json, time, v1, v1::customers_value::Value as Wire};
use rapport_views::model::{Customer, Customers};

fn answer(world: &World) -> v1::CustomerResponse {
    world.company.ask::<Customer>(&world.request, None, 0).unwrap().response
}

/// Purchases, levels, classes and debts as a list has them, by currency.
fn listed(world: &World) -> BTreeMap<String, BTreeMap<String, String>> {
    let fields =
        ["abc", "xyz", "segment", "level", "revenue", "purchases", "owed", "overdue", "white_space", "alive"];
    let request = v1::CustomersRequest {
        fields: fields.map(str::to_owned).to_vec(),
        purchases_from: world.request.purchases_from,
        ..Default::default()
    };
    let answer = world.company.ask::<Customers>(&request, None, 0).unwrap().response;
    let own = answer.rows.into_iter().filter(|row| row.customer == format!("party:{}", world.canonical()));
    let said = |row: v1::CustomersRow| {
        let values = row.values.into_iter().map(|one| {
            let value = match one.value.unwrap() {
                Wire::Text(text) => text,
                Wire::Count(count) => count.to_string(),
                Wire::Sum(sum) => sum.minor_units.unwrap().to_string(),
                Wire::Number(number) => number.to_string(),
                Wire::Moment(_) => unreachable!("no field is one"),
            };
            (one.field, value)
        });
        (row.currency, values.collect::<BTreeMap<_, _>>())
    };
    own.map(said).filter(|(currency, values)| says_something(currency, values)).collect()
}

/// Who only ever had a deal, or bought without amounts and long ago, has nothing in any class.
fn says_something(currency: &str, values: &BTreeMap<String, String>) -> bool {
    !currency.is_empty() || values.contains_key("level") || values["purchases"] != "0"
}

fn classes(answer: &v1::CustomerResponse) -> BTreeMap<String, BTreeMap<String, String>> {
    let said = |row: &v1::CustomerClasses| {
        let money = |sum: &Option<v1::Sum>| {
            sum.as_ref().map_or_else(String::new, |sum| sum.minor_units.unwrap().to_string())
        };
        let values = [
            ("abc", row.abc.clone()),
            ("xyz", row.xyz.clone()),
            ("segment", row.segment.clone()),
            ("level", row.level.clone()),
            ("revenue", money(&row.revenue)),
            ("purchases", row.purchases.to_string()),
            ("owed", money(&row.owed)),
            ("overdue", money(&row.overdue)),
            ("white_space", money(&row.white_space)),
            ("alive", row.alive.map_or_else(String::new, |alive| alive.to_string())),
        ];
        let known = values.into_iter().filter(|(_, value)| !value.is_empty());
        let known = known.map(|(name, value)| (name.to_owned(), value));
        (row.currency.clone(), known.collect::<BTreeMap<_, _>>())
    };
    let all = answer.classes.iter().map(said);
    all.filter(|(currency, values)| says_something(currency, values)).collect()
}

proptest! {
    #[test]
    fn a_customer_is_what_its_events_say_thing_by_thing(world in worlds()) {
        let mut found = answer(&world);
        prop_assert_eq!(&found.party.as_ref().unwrap().id, &world.canonical());
        let ids: Vec<String> = world.ids().into_iter().collect();
        prop_assert_eq!(&found.party.as_ref().unwrap().ids, &ids);
        prop_assert_eq!(found.uses_decided.as_ref().unwrap().count, found.consents.len() as u64);
        (found.meta, found.party, found.events_read, found.classes_from) = (None, None, 0, 0);
        (found.consents, found.uses_decided, found.classes) = (Vec::new(), None, Vec::new());
        found.classes_as_of = None;
        assert_same::<Customer>(&found, &world.answer());
    }

    #[test]
    fn a_use_is_allowed_as_looking_back_from_now_says(world in worlds()) {
        let found = answer(&world);
        for purpose in ["news", "poll", "other"] {
            for channel in ["email", "sms", "fax", ""] {
                let said = |channel: &str| found.consents.iter().find(|one| one.purpose == purpose && one.channel == channel);
                let holds = said(channel).or_else(|| said(""));
                if let Some(holds) = holds {
                    let until = world.company.as_of.occurred_until;
                    let ends = holds.expires.as_ref().and_then(time::from_proto);
                    prop_assert_eq!(holds.decision == "expired", ends.is_some_and(|ends| ends <= until));
                }
                let allows = holds.map(|one| ["granted", "expired"].contains(&one.decision.as_str()));
                prop_assert_eq!(allows, world.allows(purpose, channel), "{} by {}: {:?}", purpose, channel, found.consents);
            }
        }
    }

    #[test]
    fn a_list_says_of_each_use_what_the_customer_decided_about_it(world in worlds()) {
        for one in answer(&world).consents {
            let of_channel = if one.channel.is_empty() { String::new() } else { format!(".{}", one.channel) };
            let field = format!("consent.{}{of_channel}", one.purpose);
            let request = v1::CustomersRequest {
                condition: format!("{field} = {}", one.decision),
                ..Default::default()
            };
            let list = world.company.ask::<Customers>(&request, None, 0).unwrap().response;
            let object = format!("party:{}", world.canonical());
            // Decisions alone make nobody known: who has nothing else is in no list.
            let everybody = world.company.ask::<Customers>(&v1::CustomersRequest::default(), None, 0).unwrap();
            let is_in = |rows: &[v1::CustomersRow]| rows.iter().any(|row| row.customer == object);
            prop_assert_eq!(is_in(&list.rows), is_in(&everybody.response.rows), "{}", request.condition);
            assert_figures_list_what_they_count::<Customers>(&world.company, &request);
        }
    }

    #[test]
    fn classes_are_those_of_a_list(world in worlds()) {
        prop_assert_eq!(classes(&answer(&world)), listed(&world));
        let without = v1::CustomerRequest { without_classes: true, ..world.request.clone() };
        let found = world.company.ask::<Customer>(&without, None, 0).unwrap().response;
        let mut expected = answer(&world);
        (expected.classes, expected.classes_from, expected.classes_as_of) = (Vec::new(), 0, None);
        expected.meta.as_mut().unwrap().definitions.clear();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter_nor_under_which_id_one_asks(world in worlds(), seed in any::<u64>()) {
        let json_of = |world: &World| json::to_json("rapport.v1.CustomerResponse", &answer(world)).unwrap();
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        for id in world.ids() {
            shuffled.request.customer = id;
            prop_assert_eq!(json_of(&world), json_of(&shuffled));
        }
    }

    #[test]
    fn every_figure_lists_what_it_counts_and_the_page_shows_every_figure(world in worlds()) {
        assert_figures_list_what_they_count::<Customer>(&world.company, &world.request);
        let response = answer(&world);
        let written = json::to_json("rapport.v1.CustomerResponse", &response).unwrap();
        page_shows_all::<Customer>(&world.request, &response, &written);
    }
}
