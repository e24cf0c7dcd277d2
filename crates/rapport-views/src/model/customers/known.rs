//! Reads what is asked of customers.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::ClassesMeasure;

use super::{
    consents::Consents,
    deals::{OpenDeals, open_deals},
    field::Field,
    owners::Owners,
    params::{CustomersParams, MONTHS},
    value::Value,
};
use crate::{
    answers::{AskError, Asked, window::just_after},
    calendar::{day, days_until},
    model::{
        attributes::Attributes,
        classes::{self, OfCustomers},
        met, potential, profit,
        pyramid::{self, Everybody, Standing},
        receivables::{self, Debt},
        roles::roles,
        scores::Scores,
        value,
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        DealStepRow, Identity, Lifecycle, LifecycleRow, ObjectId, Parties, PartyIs, PartyRole, RegisteredRow,
        Symbol, Symbols,
    },
    stats::as_f64,
    table::{CUSTOMER, Field as _, Filter, Row as _},
    view::View,
};

/// A customer and a currency: what a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) party: ObjectId,
    /// Empty where the customer has nothing in any.
    pub(super) currency: Symbol,
    /// The purchases, if there are any.
    standing: Option<Standing>,
    /// The level of who bought nothing.
    level: Option<&'static str>,
}

/// When something was said, and by which event: of two the later one holds.
type Place = (Timestamp, Position);

/// What was said last.
type Latest<K, V> = HashMap<K, (Place, V)>;

/// All that is asked of everybody.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) symbols: Symbols,
    pub(super) subjects: Vec<Subject>,
    /// Who is known, and no customer.
    pub(super) not_customers: Vec<ObjectId>,
    pub(super) classes: OfCustomers,
    /// Levels, where they are those of another window than the purchases.
    levels: Option<HashMap<(ObjectId, Symbol), &'static str>>,
    pub(super) levels_used: Vec<rapport_proto::v1::DefinitionUse>,
    pub(super) levels_unreadable: Vec<rapport_proto::v1::UnreadableDefinition>,
    pub(super) deals: OpenDeals,
    debts: HashMap<(ObjectId, Symbol), Debt>,
    contacts: HashMap<ObjectId, Timestamp>,
    lifecycles: Latest<ObjectId, Lifecycle>,
    registered: Latest<ObjectId, (PartyIs, Symbol, Symbol)>,
    scores: Scores,
    attributes: Attributes,
    consents: Consents,
    owners: Owners,
    roles: HashMap<ObjectId, PartyRole>,
    strengths: HashMap<ObjectId, f64>,
    pub(super) white_space: potential::WhiteSpace,
    chances: HashMap<(ObjectId, Symbol), f64>,
    /// None where no cost is known.
    profits: Option<profit::Profits>,
}

impl Known {
    /// Reads it.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &CustomersParams,
        asked: &Asked<'_>,
    ) -> Result<Self, AskError> {
        let mut known = Self { symbols: rows.symbols()?, ..Self::default() };
        let (as_of, source, window) = (params.as_of, params.source, params.window);
        let names = (&known.symbols, identity);
        let mut everybody = pyramid::everybody(rows, names, as_of, source, window)?;
        if params.asks(&[Field::Level]) && params.is_usual_window && everybody.months != MONTHS {
            let of = (source, window, everybody.months);
            known.levels = Some(pyramid::levels_of_months(rows, names, (as_of, &params.zone), of)?);
        }
        let measures = [
            (Field::Abc, ClassesMeasure::Abc),
            (Field::Xyz, ClassesMeasure::Xyz),
            (Field::Segment, ClassesMeasure::Rfm),
        ];
        let measures = measures.into_iter().filter(|(field, _)| params.asks(std::slice::from_ref(field)));
        let measures: Vec<_> = measures.map(|(_, measure)| measure).collect();
        if !measures.is_empty() {
            let (names, when) = ((&known.symbols, identity), (as_of, &params.zone));
            known.classes = classes::of_customers(rows, names, when, (source, window), &measures)?;
        }
        if params.asks(&[Field::Owed, Field::Overdue]) {
            let names = (&known.symbols, identity);
            known.debts = receivables::of_customers(rows, names, as_of, &params.zone)?;
        }
        if params.asks(&[Field::Alive]) {
            let names = (&known.symbols, identity);
            known.chances = value::of_customers(rows, names, (as_of, &params.zone), source)?;
        }
        if params.asks(&[Field::Profit, Field::Margin]) {
            let names = (&known.symbols, identity);
            known.profits = profit::of_customers(rows, names, (as_of, &params.zone), source, window)?;
        }
        if params.asks(&[Field::WhiteSpace]) {
            let names = (&known.symbols, identity);
            known.white_space = potential::of_customers(rows, names, (as_of, &params.zone), source)?;
        }
        if params.asks(&[Field::OpenDeals, Field::OpenValue]) {
            let funnel = asked.rows_of(View::Funnel)?;
            known.deals = open_deals(funnel, rows, (&mut known.symbols, identity), as_of)?;
        }
        if params.asks(&[Field::LastContact, Field::Silence]) {
            known.contacts = std::mem::take(&mut everybody.contacts).of_both(identity);
        }
        known.read_who_they_are(rows, identity, params)?;
        let with_deals = with_deals(rows, identity, params)?;
        known.put_subjects(params, &everybody, &with_deals);
        (known.levels_used, known.levels_unreadable) = (everybody.used, everybody.unreadable);
        Ok(known)
    }

    fn read_who_they_are(
        &mut self,
        rows: &dyn Rows,
        identity: &Identity,
        params: &CustomersParams,
    ) -> Result<(), ReadError> {
        let as_of = params.as_of;
        let who = |party| identity.canonical(party);
        if params.asks(&[Field::Lifecycle]) {
            rows.each(&Filter::all(), as_of, |row: LifecycleRow| {
                let place = (row.occurred_at, row.position);
                said(&mut self.lifecycles, who(row.customer), place, row.state);
            })?;
        }
        if params.asks(&[Field::Kind, Field::Country, Field::Language]) {
            rows.each(&Filter::all(), as_of, |row: RegisteredRow| {
                let place = (row.occurred_at, row.position);
                said(&mut self.registered, who(row.customer), place, (row.kind, row.country, row.language));
            })?;
        }
        if params.asks(&[Field::Nps]) {
            self.scores = Scores::nps(rows, identity, as_of)?;
        }
        let keys = params.needed().filter_map(|field| match field {
            Field::Attribute(_, key) => self.symbols.get(key),
            _ => None,
        });
        if params.asks(&[Field::Role]) {
            self.roles = roles(rows, identity, as_of)?;
        }
        if params.asks(&[Field::Strength]) {
            self.strengths = met::strengths(rows, identity, as_of)?;
        }
        let names = (&self.symbols, identity);
        if params.asks_owners() {
            self.owners = Owners::read(rows, as_of, names)?;
        }
        self.consents = Consents::read(rows, &params.purposes(&self.symbols), as_of, names)?;
        self.attributes = Attributes::read(rows, &keys.collect(), as_of, identity)?;
        Ok(())
    }

    /// A row for each currency in which a customer has something; without any, one.
    fn put_subjects(&mut self, params: &CustomersParams, everybody: &Everybody, with_deals: &Parties) {
        let subject = |party, currency| Subject { party, currency, standing: None, level: None };
        let buyers = everybody.buyers.iter();
        let mut subjects: Vec<Subject> =
            buyers.map(|one| Subject { standing: Some(*one), ..subject(one.party, one.currency) }).collect();
        let keys = self.debts.keys().chain(self.profits.iter().flat_map(HashMap::keys));
        subjects.extend(keys.map(|(party, currency)| subject(*party, *currency)));
        let mut listed: Parties = subjects.iter().map(|one| one.party).collect();
        let others: Parties = everybody.others.iter().map(|(party, _)| *party).collect();
        let not_customers: Parties = everybody.not_customers.iter().copied().collect();
        self.deals.of_known(|party| {
            [&listed, &others, with_deals, &not_customers].iter().any(|set| set.contains(party))
        });
        for ((party, currency), _) in self.deals.of.iter().filter(|(_, open)| open.value != 0) {
            subjects.push(subject(*party, *currency));
            listed.insert(*party);
        }
        // Who sells to us, works for us or acts for others is a customer where they buy, owe or have a deal.
        let more = others.iter().chain(self.deals.of.keys().map(|(party, _)| *party));
        let more = more.chain(with_deals.iter().filter(|party| !not_customers.contains(*party)));
        for party in more {
            if party != ObjectId::NOBODY && listed.insert(party) {
                subjects.push(subject(party, Symbol::default()));
            }
        }
        self.not_customers = not_customers.iter().filter(|party| !listed.contains(*party)).collect();
        if params.is_everybody {
            for party in std::mem::take(&mut self.not_customers) {
                subjects.push(subject(party, Symbol::default()));
                // Who has no other role is there as the contact of an organisation.
                self.roles.entry(party).or_insert(PartyRole::ContactOf);
            }
        }
        // The one with purchases stands before its equals.
        subjects.sort_unstable_by_key(|one| (one.party, one.currency, one.standing.is_none()));
        subjects.dedup_by_key(|one| (one.party, one.currency));
        subjects.retain(|one| params.wants(self.symbols.text(one.currency)));
        let levels: HashMap<ObjectId, &'static str> = everybody.others.iter().copied().collect();
        for one in &mut subjects {
            one.level = levels.get(&one.party).copied();
        }
        self.subjects = subjects;
    }

    /// What a customer has in a field; nothing where it is not known.
    pub(super) fn value<'a>(
        &'a self,
        of: &Subject,
        field: &Field,
        params: &CustomersParams,
    ) -> Option<Value<'a>> {
        let code = self.symbols.text(of.currency);
        let text = |symbol: Symbol| Some(self.symbols.text(symbol)).filter(|text| !text.is_empty());
        let classes = || self.classes.of.get(&(of.party, of.currency));
        let debt = || self.debts.get(&(of.party, of.currency)).copied().unwrap_or_default();
        let deals = || self.deals.of.get(&(of.party, of.currency)).copied().unwrap_or_default();
        let registered = || self.registered.get(&of.party).map(|(_, says)| *says);
        let end = just_after(params.as_of.bounded().occurred_until);
        let last_purchase = of.standing.and_then(|standing| standing.last);
        let last_contact = || self.contacts.get(&of.party).copied();
        let days = |moment: Timestamp| Value::Days(days_until(moment, end, &params.zone));
        let moment = |moment: Timestamp| Value::Day(moment, day(moment, &params.zone));
        match field {
            Field::Abc => classes()?.abc.map(Value::Text),
            Field::Xyz => classes()?.xyz.map(Value::Text),
            Field::Segment => classes()?.segment.map(Value::Text),
            Field::Level => self.level(of).map(Value::Text),
            Field::Lifecycle => self.lifecycles.get(&of.party).map(|(_, state)| Value::Text(state.word())),
            Field::Role => self.roles.get(&of.party).map(|role| Value::Text(role.word())),
            Field::Owner => self.owners.of(of.party, None).and_then(text).map(Value::Text),
            Field::OwnerIn(_, role) => {
                self.owners.of(of.party, Some(self.symbols.get(role)?)).and_then(text).map(Value::Text)
            }
            Field::Strength => {
                Some(Value::Number(self.strengths.get(&of.party).copied().unwrap_or_default()))
            }
            Field::WhiteSpace => {
                let worth = self.white_space.of.get(&(of.party, of.currency)).copied();
                worth.map(|worth| Value::Money(worth, code))
            }
            Field::Kind => {
                registered().map(|(kind, _, _)| kind.word()).filter(|kind| !kind.is_empty()).map(Value::Text)
            }
            Field::Country => registered().and_then(|(_, country, _)| text(country)).map(Value::Text),
            Field::Language => registered().and_then(|(_, _, language)| text(language)).map(Value::Text),
            Field::Currency => text(of.currency).map(Value::Text),
            Field::Revenue => {
                let standing = of.standing.map(|standing| (standing.revenue, standing.purchases));
                let (revenue, purchases) = standing.unwrap_or_default();
                // What was bought without amounts is worth something, and nobody knows what.
                (purchases == 0 || !code.is_empty()).then_some(Value::Money(revenue, code))
            }
            Field::Purchases => Some(Value::Count(of.standing.map_or(0, |standing| standing.purchases))),
            Field::LastPurchase => last_purchase.map(moment),
            Field::Recency => last_purchase.map(days),
            Field::LastContact => last_contact().map(moment),
            Field::Silence => last_contact().map(days),
            Field::Nps => self.scores.of(of.party).map(|score| Value::Number(score.value)),
            Field::OpenDeals => Some(Value::Count(self.open_deals(of.party))),
            Field::OpenValue => Some(Value::Money(deals().value, code)),
            Field::Owed => Some(Value::Money(debt().owed, code)),
            Field::Overdue => Some(Value::Money(debt().overdue, code)),
            Field::Alive => self.chances.get(&(of.party, of.currency)).map(|chance| Value::Number(*chance)),
            Field::Profit => Some(Value::Money(self.profit(of)?, code)),
            Field::Margin => {
                let revenue = of.standing.map_or(0, |standing| standing.revenue);
                (revenue > 0)
                    .then(|| self.profit(of))
                    .flatten()
                    .map(|profit| Value::Number(as_f64(profit) / as_f64(revenue)))
            }
            Field::Consent(_, of_use) => self.consents.word(of.party, of_use).map(Value::Text),
            Field::Attribute(_, key) => {
                let value = self.attributes.value(of.party, self.symbols.get(key)?)?;
                Some(Value::Text(self.symbols.text(value)))
            }
        }
    }

    fn profit(&self, of: &Subject) -> Option<i128> {
        Some(self.profits.as_ref()?.get(&(of.party, of.currency)).copied().unwrap_or_default())
    }

    fn level(&self, of: &Subject) -> Option<&'static str> {
        match (&self.levels, of.standing) {
            (Some(levels), Some(_)) => levels.get(&(of.party, of.currency)).copied(),
            (None, Some(standing)) => standing.level,
            (_, None) => of.level,
        }
    }

    /// In all currencies.
    fn open_deals(&self, party: ObjectId) -> u64 {
        self.deals.by_customer.get(&party).copied().unwrap_or_default()
    }
}

/// Who ever had a deal.
fn with_deals(rows: &dyn Rows, identity: &Identity, params: &CustomersParams) -> Result<Parties, ReadError> {
    let mut parties = Parties::default();
    rows.pick(DealStepRow::TABLE, &[CUSTOMER], &DealStepRow::openings(), params.as_of, &mut |_, cells| {
        parties.extend(cells.first().and_then(ObjectId::of).map(|party| identity.canonical(party)));
        Ok(())
    })?;
    Ok(parties)
}

fn said<K: std::hash::Hash + Eq, V>(latest: &mut Latest<K, V>, key: K, place: Place, value: V) {
    match latest.entry(key) {
        hashbrown::hash_map::Entry::Vacant(entry) => {
            entry.insert((place, value));
        }
        hashbrown::hash_map::Entry::Occupied(mut entry) if place > entry.get().0 => {
            entry.insert((place, value));
        }
        hashbrown::hash_map::Entry::Occupied(_) => {}
    }
}
