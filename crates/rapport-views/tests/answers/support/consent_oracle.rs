//! Consent computed again: every message is asked for all that happened before it.

mod said;
pub(crate) mod world;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rapport_model::{EventId, Timestamp};
use rapport_proto::{
    definition::read,
    time,
    v1::{self, ConsentReason as Reason, payload::Kind},
};
use rapport_views::model::Consent;

use self::said::{Said, decides, says};
use super::{
    checks,
    company::{Company, Happened, zone},
    funnel_oracle::{count, rate},
    proto,
};

/// What the answer is computed from.
struct World<'a> {
    happened: Vec<Happened>,
    /// By who stands for them.
    ids: BTreeMap<String, BTreeSet<String>>,
    /// A place at the end of time for what holds at T.
    until: Timestamp,
    purpose: &'a str,
}

/// A message or a call.
struct Message<'a> {
    of: &'a Happened,
    channel: &'static str,
    purpose: &'a str,
    campaign: &'a str,
    consent_ref: &'a str,
}

fn message(of: &Happened) -> Option<Message<'_>> {
    match &of.kind {
        Kind::TouchCallLogged(call) if call.direction == 2 => {
            Some(Message { of, channel: "phone", purpose: &call.purpose, campaign: "", consent_ref: "" })
        }
        Kind::TouchMessageExchanged(one) if one.direction == 2 => Some(Message {
            of,
            channel: ["", "email", "sms", "chat", "post"][one.medium as usize],
            purpose: &one.purpose,
            campaign: &one.campaign_id,
            consent_ref: &one.consent_ref,
        }),
        _ => None,
    }
}

/// The month of a moment, by the calendar of the zone.
fn month(at: Timestamp) -> String {
    let local = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone());
    format!("{:04}-{:02}", local.year(), local.month())
}

/// Whether a moment is in hours such as `21:00-08:00`.
fn is_within(at: Timestamp, hours: &str) -> bool {
    let local = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone());
    let now = local.strftime("%H:%M").to_string();
    let now = now.as_str();
    let Some((from, to)) = hours.split_once('-') else { return false };
    // Texts of five characters are in the order of times.
    if from < to { from <= now && now < to } else { from <= now || now < to }
}

impl<'a> World<'a> {
    fn of(company: &Company, purpose: &'a str) -> Self {
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (id, survivor) in company.stands_for() {
            ids.entry(survivor).or_default().insert(id);
        }
        let until = company.as_of.occurred_until;
        Self { happened: company.happened(), ids, until, purpose }
    }

    /// Decisions before a place, and the merges in force whenever they are of.
    fn steps(&self, place: (Timestamp, u64)) -> Vec<&Happened> {
        let id = |position| EventId::from_u128(0x1234_5678 << 64 | u128::from(position)).to_string();
        let is_ended = |id: &str| {
            let ends =
                |one: &Happened| matches!(&one.kind, Kind::PartyUnmerged(un) if un.merge_event_id == id);
            self.happened.iter().any(ends)
        };
        let is_step = |one: &&Happened| match &one.kind {
            Kind::PartyMerged(_) => !is_ended(&id(one.position)),
            kind => decides(kind, self.purpose).is_some() && (one.at, one.position) < place,
        };
        self.happened.iter().filter(is_step).collect()
    }

    fn said(&self, customer: &str, channel: &str, place: (Timestamp, u64)) -> Option<Said> {
        says(&self.steps(place), self.ids.get(customer)?, (self.purpose, channel))
    }

    fn end(&self) -> (Timestamp, u64) {
        (Timestamp::MAX, u64::MAX)
    }

    fn policy(&self, at: Timestamp) -> Option<(u32, v1::ContactPolicyDefinition)> {
        let published = self.happened.iter().filter_map(|one| match &one.kind {
            Kind::DefinitionPublished(of) if of.code == self.purpose && one.at <= at => Some((one, of)),
            _ => None,
        });
        let last = published.max_by_key(|(one, of)| (one.at, of.version, one.position));
        last.map(|(_, of)| (of.version, read::<v1::ContactPolicyDefinition>(&of.body).unwrap().0))
    }

    fn preference(
        &self,
        customer: &str,
        place: (Timestamp, u64),
    ) -> Option<(u64, &v1::ConsentPreferenceSet)> {
        let own =
            self.happened.iter().filter(|one| one.customer == customer && (one.at, one.position) < place);
        own.filter_map(|one| match &one.kind {
            Kind::ConsentPreferenceSet(set) => Some((one.position, set)),
            _ => None,
        })
        .next_back()
    }

    fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        let is_marketing = self.purpose == "marketing";
        let is_of = move |one: &Message<'_>| {
            one.purpose == self.purpose
                || (is_marketing && one.purpose.is_empty() && !one.campaign.is_empty())
        };
        self.happened.iter().filter_map(message).filter(is_of)
    }

    /// Sent to a customer in the month of a moment before a place.
    fn sent(&self, customer: &str, at: Timestamp, place: (Timestamp, u64)) -> usize {
        let is_before = |one: &Message<'_>| {
            one.of.customer == customer
                && month(one.of.at) == month(at)
                && (one.of.at, one.of.position) < place
        };
        self.messages().filter(is_before).count()
    }

    /// What decisions say, and the channels of the policy.
    fn ground(said: Option<&Said>, at: Timestamp, topic: &str) -> Reason {
        let Some(said) = said else { return Reason::NoDecision };
        match said.word {
            "withdrawn" => Reason::Withdrawn,
            "objected" => Reason::Objected,
            _ if said.expires.is_some_and(|end| end <= at) => Reason::Expired,
            _ => match &said.topics {
                Some(topics) if topics.is_empty() => Reason::OtherTopics,
                Some(topics) if !topic.is_empty() && !topics.contains(topic) => Reason::OtherTopics,
                _ => Reason::Granted,
            },
        }
    }

    fn is_against_policy(&self, channel: &str, at: Timestamp) -> bool {
        let channels = self.policy(at).map(|(_, policy)| policy.channels).unwrap_or_default();
        !channels.is_empty() && !channel.is_empty() && !channels.iter().any(|one| one == channel)
    }

    fn reason(
        &self,
        customer: &str,
        channel: &str,
        at: Timestamp,
        place: (Timestamp, u64),
        topic: &str,
    ) -> Reason {
        let ground = Self::ground(self.said(customer, channel, place).as_ref(), at, topic);
        if ground != Reason::Granted {
            return ground;
        }
        if self.is_against_policy(channel, at) {
            return Reason::NotAChannel;
        }
        let (policy, preference) = (self.policy(at), self.preference(customer, place));
        let caps = [
            preference.and_then(|(_, set)| set.frequency_cap),
            policy.as_ref().and_then(|(_, of)| of.messages_a_month),
        ];
        let cap = caps.into_iter().flatten().min();
        if cap.is_some_and(|cap| self.sent(customer, at, place) >= cap as usize) {
            return Reason::Capped;
        }
        let quiet =
            [preference.map(|(_, set)| set.quiet_hours.clone()), policy.and_then(|(_, of)| quiet(&of))];
        if quiet.into_iter().flatten().any(|hours| is_within(at, &hours)) {
            return Reason::QuietHours;
        }
        Reason::Granted
    }

    fn channels(&self, customers: &[&String], asked: &str) -> Vec<String> {
        if !asked.is_empty() {
            return vec![asked.to_owned()];
        }
        let usual = ["email", "sms", "chat", "post", "phone"];
        let own = self.happened.iter().filter(|one| customers.contains(&&one.customer));
        let named = own.filter_map(|one| Some(decides(&one.kind, self.purpose)?.1.to_owned()));
        let policy = self.policy(self.until).map(|(_, of)| of.channels).unwrap_or_default();
        let mut others: Vec<String> = named.chain(policy).filter(|one| !one.is_empty()).collect();
        others.retain(|one| !usual.contains(&&**one));
        others.sort();
        others.dedup();
        usual.into_iter().map(str::to_owned).chain(others).collect()
    }
}

fn quiet(policy: &v1::ContactPolicyDefinition) -> Option<String> {
    policy.quiet.as_ref().map(|quiet| format!("{}-{}", quiet.from, quiet.to))
}

pub(crate) fn answer(company: &Company, request: &v1::ConsentRequest) -> v1::ConsentResponse {
    let purpose = if request.purpose.is_empty() { "marketing" } else { &request.purpose };
    let world = World::of(company, purpose);
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let customer =
        if request.customer.is_empty() { String::new() } else { company.survivor(&request.customer) };
    let is_asked = |one: &Happened| customer.is_empty() || one.customer == customer;
    let is_shown = |one: &Message<'_>| {
        let is_channel = request.channel.is_empty() || request.channel == one.channel;
        from <= one.of.at && one.of.at < to && is_channel && is_asked(one.of)
    };
    let judged: Vec<(Message<'_>, Reason)> = world
        .messages()
        .filter(|one| is_shown(one) && !one.of.customer.is_empty())
        .map(|one| {
            let place = (one.of.at, one.of.position);
            let reason = world.reason(&one.of.customer, one.channel, one.of.at, place, "");
            (one, reason)
        })
        .collect();
    let unsaid = world
        .happened
        .iter()
        .filter_map(message)
        .filter(|one| one.purpose.is_empty() && one.campaign.is_empty());

    let moments = judged.iter().map(|(one, _)| one.of.at).chain([world.until]);
    let versions: BTreeSet<u32> = moments.filter_map(|at| Some(world.policy(at)?.0)).collect();
    let mut meta = checks::meta(company);
    let used = |version| v1::DefinitionUse { kind: "contact_policy".into(), code: purpose.into(), version };
    meta.definitions = versions.into_iter().map(used).collect();
    let violations: Vec<&(Message<'_>, Reason)> =
        judged.iter().filter(|(_, why)| *why != Reason::Granted).collect();
    let (groups, groups_left_out) = groups(&judged);
    let mut response = v1::ConsentResponse {
        meta: Some(meta),
        purpose: purpose.to_owned(),
        period_from: proto(from),
        period_to: proto(to),
        violations: Some(v1::ConsentViolations {
            messages: count(judged.len()),
            violations: count(violations.len()),
            share: rate(violations.len(), judged.len()),
            groups,
            groups_left_out,
            nobody: count(world.messages().filter(|one| is_shown(one) && one.of.customer.is_empty()).count()),
            without_purpose: count(unsaid.filter(is_shown).count()),
        }),
        rows: violations.iter().rev().map(|(one, why)| row(&world, one, *why)).collect(),
        ..v1::ConsentResponse::default()
    };
    let decided: BTreeSet<&String> = world
        .happened
        .iter()
        .filter(|one| decides(&one.kind, purpose).is_some() && !one.customer.is_empty() && is_asked(one))
        .map(|one| &one.customer)
        .collect();
    let decided: Vec<&String> = decided.into_iter().collect();
    let channels = world.channels(&decided, &request.channel);
    if customer.is_empty() {
        response.decided = count(decided.len());
        if !decided.is_empty() {
            response.overview =
                channels.iter().map(|channel| overview(&world, &decided, channel, &request.topic)).collect();
        }
        return response;
    }
    response.customer = format!("party:{customer}");
    response.limits = Some(limits(&world, &customer));
    response.verdicts =
        channels.iter().map(|channel| verdict(&world, &customer, channel, &request.topic)).collect();
    response
}

fn row(world: &World<'_>, one: &Message<'_>, why: Reason) -> v1::ConsentViolation {
    let said = world.said(&one.of.customer, one.channel, (one.of.at, one.of.position));
    v1::ConsentViolation {
        position: one.of.position,
        occurred_at: proto(one.of.at),
        customer: format!("party:{}", one.of.customer),
        channel: one.channel.to_owned(),
        reason: why.into(),
        campaign: one.campaign.to_owned(),
        staff: one.of.actor.to_owned(),
        branch: one.of.branch.to_owned(),
        decision: said.map_or(0, |said| said.position),
        consent_ref: one.consent_ref.to_owned(),
    }
}

fn groups(judged: &[(Message<'_>, Reason)]) -> (Vec<v1::ConsentGroup>, u64) {
    let (mut groups, mut left_out) = (Vec::new(), 0);
    let is_violation = |why: &Reason| *why != Reason::Granted;
    let all = judged.iter().filter(|(_, why)| is_violation(why)).count();
    for by in ["reason", "channel", "campaign", "staff"] {
        let key = |one: &Message<'_>, why: &Reason| match by {
            "reason" => why.as_str_name().trim_start_matches("CONSENT_REASON_").to_lowercase(),
            "channel" => one.channel.to_owned(),
            "campaign" => one.campaign.to_owned(),
            _ => one.of.actor.to_owned(),
        };
        let keys: BTreeSet<String> = judged.iter().map(|(one, why)| key(one, why)).collect();
        let mut rows = Vec::new();
        for name in keys.into_iter().filter(|name| by != "reason" || name != "granted") {
            let own: Vec<&Reason> =
                judged.iter().filter(|(one, why)| key(one, why) == name).map(|(_, why)| why).collect();
            let violations = own.iter().filter(|why| is_violation(why)).count();
            if violations == 0 {
                left_out += 1;
                continue;
            }
            let share = rate(violations, if by == "reason" { all } else { own.len() });
            let messages = if by == "reason" { None } else { count(own.len()) };
            let violations_of = count(violations);
            rows.push((
                Reverse(violations),
                v1::ConsentGroup { by: by.to_owned(), key: name, messages, violations: violations_of, share },
            ));
        }
        rows.sort_by_key(|(violations, _)| *violations);
        groups.extend(rows.into_iter().map(|(_, row)| row));
    }
    (groups, left_out)
}

fn overview(world: &World<'_>, decided: &[&String], channel: &str, topic: &str) -> v1::ConsentChannel {
    let reason = |customer: &&String| {
        let said = world.said(customer, channel, world.end());
        match World::ground(said.as_ref(), world.until, topic) {
            Reason::Granted if world.is_against_policy(channel, world.until) => Reason::NotAChannel,
            reason => reason,
        }
    };
    let reasons: Vec<Reason> = decided.iter().map(reason).collect();
    let of = |wanted: Reason| reasons.iter().filter(|reason| **reason == wanted).count();
    v1::ConsentChannel {
        channel: channel.to_owned(),
        granted: count(of(Reason::Granted)),
        withdrawn: count(of(Reason::Withdrawn)),
        objected: count(of(Reason::Objected)),
        expired: count(of(Reason::Expired)),
        other_topics: count(of(Reason::OtherTopics)),
        not_a_channel: count(of(Reason::NotAChannel)),
        no_decision: count(of(Reason::NoDecision)),
        share: rate(of(Reason::Granted), reasons.len()),
    }
}

fn limits(world: &World<'_>, customer: &str) -> v1::ConsentLimits {
    let (policy, preference) = (world.policy(world.until), world.preference(customer, world.end()));
    let (preference_position, set) = preference.map_or((0, None), |(position, set)| (position, Some(set)));
    let preference_quiet = set.map_or_else(String::new, |set| set.quiet_hours.clone());
    let policy_quiet = policy.as_ref().and_then(|(_, of)| quiet(of)).unwrap_or_default();
    let mut topics = set.map_or_else(Vec::new, |set| set.topics.clone());
    topics.sort();
    let is_quiet = is_within(world.until, &preference_quiet) || is_within(world.until, &policy_quiet);
    v1::ConsentLimits {
        month: month(world.until),
        sent: count(world.sent(customer, world.until, world.end())),
        preference_cap: set.and_then(|set| set.frequency_cap),
        policy_cap: policy.and_then(|(_, of)| of.messages_a_month),
        is_quiet,
        preference_quiet,
        policy_quiet,
        preference_position,
        preferred_channel: set.map_or_else(String::new, |set| set.preferred_channel.clone()),
        topics,
    }
}

fn verdict(world: &World<'_>, customer: &str, channel: &str, topic: &str) -> v1::ConsentVerdict {
    let reason = world.reason(customer, channel, world.until, world.end(), topic);
    let said = world.said(customer, channel, world.end());
    let topics = said.as_ref().and_then(|said| said.topics.clone()).unwrap_or_default();
    v1::ConsentVerdict {
        channel: channel.to_owned(),
        may_send: reason == Reason::Granted,
        reason: reason.into(),
        proof: said.map(|said| proof(world, &said)),
        topics: topics.into_iter().collect(),
    }
}

fn proof(world: &World<'_>, said: &Said) -> v1::ConsentProof {
    let one = world.happened.iter().find(|one| one.position == said.position).unwrap();
    let proof = v1::ConsentProof {
        position: said.position,
        decision: said.word.to_owned(),
        occurred_at: proto(one.at),
        recorded_under: format!("party:{}", one.recorded_under),
        staff: one.actor.to_owned(),
        is_of_merge: said.is_of_merge,
        ..v1::ConsentProof::default()
    };
    match &one.kind {
        Kind::ConsentGranted(of) => v1::ConsentProof {
            purpose: of.purpose.clone(),
            channel: of.channel.clone(),
            method: of.method.clone(),
            text_version: of.text_version.clone(),
            text_hash: of.text_hash.clone(),
            expires: said.expires.map(time::to_proto),
            topics: of.topics.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
            ..proof
        },
        Kind::ConsentWithdrawn(of) => v1::ConsentProof {
            purpose: of.purpose.clone(),
            channel: of.channel.clone(),
            method: of.method.clone(),
            ..proof
        },
        Kind::ConsentObjectionRecorded(of) => v1::ConsentProof { purpose: of.scope.clone(), ..proof },
        _ => unreachable!("a decision"),
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ConsentRequest) -> v1::ConsentResponse {
    company.ask::<Consent>(request, None, 0).unwrap().response
}
