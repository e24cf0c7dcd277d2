//! Who is found, computed from what happened: every customer is asked about everything that was said of it, text by text.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::time;
use rapport_proto::v1::{
    FindRequest, FindResponse, Found, Match, MatchedBy as By, MatchedHow as How, PartyKind, Related,
    party_identifier_changed::Op, party_role_assigned::Role, payload::Kind,
};

use super::company::{Company, Happened};

/// Lower case, without the accents that these tests draw.
fn plain(text: &str) -> String {
    let letter = |letter: char| match letter {
        'ā' => 'a',
        'ē' => 'e',
        'ī' => 'i',
        'ņ' => 'n',
        'š' => 's',
        'ž' => 'z',
        'ł' => 'l',
        'ó' => 'o',
        other => other,
    };
    text.to_lowercase().chars().map(letter).collect()
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in plain(text).chars() {
        if letter.is_alphanumeric() {
            words.last_mut().unwrap().push(letter);
        } else if letter != '\'' {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn squeezed(text: &str) -> String {
    plain(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The digits of a number that is written with its country or without.
fn digits(text: &str) -> String {
    let all: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if text.trim().starts_with('+') {
        return all;
    }
    let without_trunk = || all.strip_prefix('0').unwrap_or(&all);
    all.strip_prefix("00").unwrap_or_else(without_trunk).to_owned()
}

/// The optimal string alignment distance, by its table.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = table[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                let mut least = changed.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[one.len()][other.len()]
}

/// How a name matches, with how many letters wrong.
fn name_matches(name: &str, text: &str) -> Option<(How, usize)> {
    let (name, wanted) = (words(name), words(text));
    if name.is_empty() || wanted.is_empty() {
        return None;
    }
    if name == wanted {
        return Some((How::Name, 0));
    }
    if text.contains('@') {
        return None;
    }
    let (mut beginnings, mut wrong) = (0, 0);
    for word in &wanted {
        if name.contains(word) {
            continue;
        }
        let near = |one: &String| word.chars().count() >= 4 && distance(one, word) == 1;
        if name.iter().any(|one| one.starts_with(word.as_str())) {
            beginnings += 1;
        } else if name.iter().any(near) {
            wrong += 1;
        } else {
            return None;
        }
    }
    match (wrong, beginnings) {
        (0, 0) => Some((How::Words, 0)),
        (0, _) => Some((How::Beginning, 0)),
        (1, _) => Some((How::LetterWrong, 1)),
        _ => None,
    }
}

fn number_matches(by: By, known: &str, text: &str) -> Option<How> {
    let whole_or_begins = |known: String, wanted: String, at_least: usize| {
        if wanted.is_empty() || known.is_empty() {
            None
        } else if known == wanted {
            Some(How::Whole)
        } else {
            (wanted.chars().count() >= at_least && known.starts_with(&wanted)).then_some(How::Beginning)
        }
    };
    match by {
        By::Email if text.trim().contains(char::is_whitespace) => None,
        By::Email => whole_or_begins(known.trim().to_lowercase(), text.trim().to_lowercase(), 3),
        By::Phone => {
            let may_be = text.chars().all(|letter| letter.is_ascii_digit() || " +-()./".contains(letter))
                && text.chars().filter(char::is_ascii_digit).count() >= 6;
            let (known, wanted) = (digits(known), digits(text));
            let ends =
                known.len().min(wanted.len()) >= 6 && (known.ends_with(&wanted) || wanted.ends_with(&known));
            match (may_be && !wanted.is_empty(), known == wanted) {
                (true, true) => Some(How::Whole),
                (true, false) => ends.then_some(How::LastDigits),
                (false, _) => None,
            }
        }
        By::RegistrationNumber | By::ExternalId => whole_or_begins(squeezed(known), squeezed(text), 4),
        By::Address => whole_or_begins(words(known).join(" "), words(text).join(" "), 4),
        By::Name | By::Id | By::Unspecified => None,
    }
}

/// What one event says of a customer: what by, which text, and whether it holds from then on.
fn said(kind: &Kind) -> Option<(By, String, bool)> {
    match kind {
        Kind::PartyRegistered(one) => Some((By::Name, one.personal.clone().unwrap_or_default().name, true)),
        Kind::PartyIdentifierChanged(one) => {
            let by = match one.scheme.as_str() {
                "email" => By::Email,
                "phone" => By::Phone,
                "registration_number" => By::RegistrationNumber,
                _ => By::ExternalId,
            };
            Some((by, one.personal.clone().unwrap_or_default().value, one.op() == Op::Link))
        }
        Kind::ContactPointCaptured(one) => {
            let by = match one.medium.as_str() {
                "email" => By::Email,
                "phone" => By::Phone,
                _ => By::Address,
            };
            Some((by, one.personal.clone().unwrap_or_default().value, true))
        }
        _ => None,
    }
}

/// Whether two texts are one address or number.
fn is_same(by: By, one: &str, other: &str) -> bool {
    match by {
        By::Email => one.trim().to_lowercase() == other.trim().to_lowercase(),
        By::Phone => digits(one) == digits(other),
        By::Name | By::Address => words(one) == words(other),
        By::RegistrationNumber | By::ExternalId | By::Id | By::Unspecified => {
            squeezed(one) == squeezed(other)
        }
    }
}

/// Why a customer matches; those of a name with how many letters wrong.
fn reasons(own: &[&Happened], ids: &BTreeSet<String>, text: &str) -> Vec<(Match, usize)> {
    let reason = |by: By, how: How, text: &str, under: &str| Match {
        by: by.into(),
        how: how.into(),
        text: text.to_owned(),
        recorded_under: under.to_owned(),
    };
    let mut found = Vec::new();
    for id in ids {
        if [text.trim().to_owned(), text.trim().to_lowercase(), text.trim().to_uppercase()].contains(id) {
            found.push((reason(By::Id, How::Id, id, id), 0));
        }
    }
    for (nth, one) in own.iter().enumerate() {
        let Some((by, known, holds)) = said(&one.kind) else { continue };
        let later = own[nth + 1..].iter().filter(|later| later.recorded_under == one.recorded_under);
        let again = later.filter_map(|later| said(&later.kind));
        let is_last = again.filter(|(other, text, _)| *other == by && is_same(by, &known, text)).count() == 0;
        if !holds || !is_last {
            continue;
        }
        let matched = match by {
            By::Name => name_matches(&known, text),
            other => number_matches(other, &known, text).map(|how| (how, 0)),
        };
        if let Some((how, wrong)) = matched {
            found.push((reason(by, how, known.trim(), &one.recorded_under), wrong));
        }
    }
    found.sort_by_key(|(one, _)| (one.how, one.by, one.text.clone(), one.recorded_under.clone()));
    found.dedup();
    found
}

/// The kind and the name that the last of a customer's events give.
fn called(own: &[&Happened]) -> (String, String) {
    let (mut kind, mut name) = (String::new(), String::new());
    for one in own {
        let Kind::PartyRegistered(registered) = &one.kind else { continue };
        match registered.kind() {
            PartyKind::Person => kind = "person".to_owned(),
            PartyKind::Organisation => kind = "organisation".to_owned(),
            PartyKind::Unspecified => {}
        }
        let said = registered.personal.clone().unwrap_or_default().name.trim().to_owned();
        if !said.is_empty() {
            name = said;
        }
    }
    (kind, name)
}

/// Who acts for whom at T: of each pair the last statement by when it begins.
fn acting(
    company: &Company,
    happened: &[Happened],
    stands_for: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let until = company.as_of.occurred_until;
    let mut last: BTreeMap<(String, String), _> = BTreeMap::new();
    for one in happened {
        let Kind::PartyRoleAssigned(role) = &one.kind else { continue };
        let moment = |at: &Option<prost_types::Timestamp>| at.as_ref().and_then(time::from_proto);
        let from = moment(&role.from).unwrap_or(one.at);
        if role.role() != Role::ContactOf || from > until || one.customer.is_empty() {
            continue;
        }
        let organisation = stands_for.get(&role.related_party).unwrap_or(&role.related_party).clone();
        if organisation == one.customer {
            continue;
        }
        let key = (from, one.at, one.position);
        let ends = moment(&role.to).is_some_and(|to| to <= until);
        let pair = last.entry((one.customer.clone(), organisation)).or_insert((key, ends));
        if pair.0 <= key {
            *pair = (key, ends);
        }
    }
    last.into_iter().filter(|(_, (_, ends))| !ends).map(|(pair, _)| pair).collect()
}

/// The answer, whole: no page.
pub(crate) fn answer(company: &Company, request: &FindRequest) -> FindResponse {
    let happened = company.happened();
    let stands_for = company.stands_for();
    let mut customers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in company.named() {
        let one = stands_for.get(&id).unwrap_or(&id).clone();
        customers.entry(one).or_default().insert(id);
    }
    let acting = acting(company, &happened, &stands_for);
    let own = |customer: &str| happened.iter().filter(|one| one.customer == customer).collect::<Vec<_>>();
    let related = |others: BTreeSet<&String>| -> (Vec<Related>, u64) {
        let all: Vec<Related> = others
            .into_iter()
            .map(|one| Related { customer: one.clone(), name: called(&own(one)).1 })
            .collect();
        (all.iter().take(5).cloned().collect(), all.len().saturating_sub(5) as u64)
    };
    let all: Vec<_> = customers
        .iter()
        .map(|(customer, ids)| (customer, ids, reasons(&own(customer), ids, &request.text)))
        .collect();
    let without = all.iter().filter(|(_, _, reasons)| reasons.iter().any(|(_, wrong)| *wrong == 0)).count();
    let with_letter_wrong = without == 0;
    let mut found = Vec::new();
    for (customer, ids, reasons) in all {
        let matched: Vec<Match> = reasons
            .into_iter()
            .filter(|(_, wrong)| with_letter_wrong || *wrong == 0)
            .map(|(one, _)| one)
            .collect();
        if matched.is_empty() {
            continue;
        }
        let (kind, name) = called(&own(customer));
        let (contact_of, contact_of_left_out) =
            related(acting.iter().filter(|(person, _)| person == customer).map(|(_, one)| one).collect());
        let (contacts, contacts_left_out) =
            related(acting.iter().filter(|(_, one)| one == customer).map(|(person, _)| person).collect());
        found.push(Found {
            customer: customer.clone(),
            kind,
            name,
            other_ids: ids.iter().filter(|id| *id != customer).cloned().collect(),
            matched_left_out: matched.len().saturating_sub(5) as u64,
            matched: matched.into_iter().take(5).collect(),
            contact_of,
            contact_of_left_out,
            contacts,
            contacts_left_out,
            ..Found::default()
        });
    }
    found.sort_by_key(|one| (one.matched[0].how, one.customer.clone()));
    FindResponse { total: found.len() as u64, found, with_letter_wrong, ..FindResponse::default() }
}
