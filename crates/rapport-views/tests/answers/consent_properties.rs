//! Consent against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::{Company, customer, number},
    consent_oracle::{
        self, asked,
        world::{asked_for_consent, requests},
    },
};
use proptest::prelude::*;
use rapport_proto::v1::{self, ConsentReason, payload::Kind};
use rapport_views::model::{Consent, Model as _};

/// The same company in which every customer decided under the id that stands for all.
fn decided_as_one(company: &Company) -> Company {
    let mut one = company.clone();
    for told in &mut one.told {
        let decides = matches!(
            told.kind,
            Kind::ConsentGranted(_) | Kind::ConsentWithdrawn(_) | Kind::ConsentObjectionRecorded(_)
        );
        if decides && told.customer > 0 {
            told.customer = number(&company.survivor(&customer(told.customer)));
        }
    }
    one
}

proptest! {
    #[test]
    fn consent_is_what_looking_back_from_every_message_finds(company in asked_for_consent(), request in requests()) {
        assert_same::<Consent>(&asked(&company, &request), &consent_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in asked_for_consent(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_whichever_id_is_asked_for(
        company in asked_for_consent(), request in requests(),
    ) {
        let customer = company.survivor(&request.customer);
        let of_one = v1::ConsentRequest { customer, ..request.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&company, &of_one));
        // Where ids decided differently, the more restrictive decision holds, see the oracle. Otherwise a merge is as if all had
        // been one from the beginning.
        let company = decided_as_one(&company);
        prop_assert_eq!(asked(&company, &of_one), asked(&company.without_merges(), &of_one));
    }

    #[test]
    fn channels_and_reasons_add_up(company in asked_for_consent(), request in requests()) {
        let answer = asked(&company, &request);
        let count = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        for row in &answer.overview {
            let all = [
                &row.granted, &row.withdrawn, &row.objected, &row.expired, &row.other_topics,
                &row.not_a_channel, &row.no_decision,
            ];
            prop_assert_eq!(all.into_iter().map(count).sum::<u64>(), count(&answer.decided));
        }
        let of_all = answer.violations.unwrap();
        for by in ["reason", "channel", "campaign", "staff"] {
            let own = of_all.groups.iter().filter(|group| group.by == by);
            prop_assert_eq!(own.map(|group| count(&group.violations)).sum::<u64>(), count(&of_all.violations));
        }
        prop_assert_eq!(answer.rows.len() as u64, count(&of_all.violations));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in asked_for_consent(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ConsentRequest { page_size, ..request };
        assert_pages_are_the_whole::<Consent, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.violations, if is_first { &whole.violations } else { &None });
            assert_eq!(&page.verdicts, if is_first { &whole.verdicts } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(
        company in asked_for_consent(), request in requests(),
    ) {
        let answer = asked(&company, &request);
        let page = Consent::page(&request, &answer);
        assert_page_is_whole::<Consent>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in asked_for_consent(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Consent>(&company, &request);
    }
}

/// What an overview counts anything of.
fn counted_in_overview(answer: &v1::ConsentResponse) -> Vec<String> {
    let figures = |row: &v1::ConsentChannel| {
        [
            ("granted", row.granted.clone()),
            ("withdrawn", row.withdrawn.clone()),
            ("objected", row.objected.clone()),
            ("expired", row.expired.clone()),
            ("other topics", row.other_topics.clone()),
            ("not a channel", row.not_a_channel.clone()),
            ("no decision", row.no_decision.clone()),
        ]
    };
    let all = answer.overview.iter().flat_map(figures);
    let counted = all.filter(|(_, figure)| figure.as_ref().is_some_and(|figure| figure.count > 0));
    counted.map(|(name, _)| format!("overview {name}")).collect()
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..1_500 {
        let company = asked_for_consent().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let count = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        let reasons = |kind: &str, all: Vec<ConsentReason>| {
            all.into_iter().map(|reason| format!("{kind} {}", reason.as_str_name())).collect::<Vec<_>>()
        };
        found.extend(reasons("verdict", answer.verdicts.iter().map(v1::ConsentVerdict::reason).collect()));
        found.extend(reasons("row", answer.rows.iter().map(v1::ConsentViolation::reason).collect()));
        found.extend(counted_in_overview(&answer));
        for proof in answer.verdicts.iter().filter_map(|verdict| verdict.proof.as_ref()) {
            found.extend(proof.is_of_merge.then(|| "by a merge".to_owned()));
            found.extend(proof.expires.map(|_| "expires".to_owned()));
            found.extend((!proof.text_hash.is_empty()).then(|| "hash".to_owned()));
            found.extend((!proof.topics.is_empty()).then(|| "topics".to_owned()));
            found.extend((proof.purpose == "direct_marketing").then(|| "another name".to_owned()));
        }
        if let Some(limits) = &answer.limits {
            found.extend(limits.preference_cap.map(|_| "preference cap".to_owned()));
            found.extend(limits.policy_cap.map(|_| "policy cap".to_owned()));
            found.extend(limits.is_quiet.then(|| "quiet".to_owned()));
            found.extend((count(&limits.sent) > 0).then(|| "sent".to_owned()));
        }
        let all = answer.violations.unwrap();
        found.extend((count(&all.nobody) > 0).then(|| "nobody".to_owned()));
        found.extend((count(&all.without_purpose) > 0).then(|| "without purpose".to_owned()));
        found.extend((all.groups_left_out > 0).then(|| "groups left out".to_owned()));
        found.extend((answer.meta.unwrap().definitions.len() > 1).then(|| "two policies".to_owned()));
    }
    let reasons = VERDICTS.iter().flat_map(|reason| {
        let of = |kind| format!("{kind} CONSENT_REASON_{reason}");
        // What is granted is not without a ground.
        [Some(of("verdict")), Some(of("row")).filter(|_| *reason != "GRANTED")]
    });
    for wanted in reasons.flatten().chain(OTHERS.map(str::to_owned)) {
        assert!(found.contains(&wanted), "no company makes `{wanted}`: {found:?}");
    }
}

/// What verdicts say, and rows too.
const VERDICTS: [&str; 9] = [
    "GRANTED",
    "NO_DECISION",
    "WITHDRAWN",
    "OBJECTED",
    "EXPIRED",
    "OTHER_TOPICS",
    "NOT_A_CHANNEL",
    "CAPPED",
    "QUIET_HOURS",
];

/// What else answers have.
const OTHERS: [&str; 20] = [
    "overview granted",
    "overview withdrawn",
    "overview objected",
    "overview expired",
    "overview other topics",
    "overview not a channel",
    "overview no decision",
    "by a merge",
    "expires",
    "hash",
    "topics",
    "another name",
    "preference cap",
    "policy cap",
    "quiet",
    "sent",
    "nobody",
    "without purpose",
    "groups left out",
    "two policies",
];
