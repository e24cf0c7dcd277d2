//! Guesses at the type of event, from the names of the file and its columns.

use super::{column::words, found::Found};

/// A kind of event that the rows may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    Survey,
    /// A log of steps: cases, activities, moments.
    Steps,
    Deal,
    Ticket,
    Invoice,
    Payment,
    Order,
    Lead,
    Call,
    Meeting,
    Party,
    Note,
    /// A type of the organisation's own, which takes every row.
    Own,
}

/// Words in the names of files and columns, the most telling first.
const TELLING: [(Guess, &[&str]); 9] = [
    (Guess::Deal, &["deal", "deals", "opportunity", "opportunities", "potential", "potentials", "pipeline"]),
    (
        Guess::Ticket,
        &[
            "ticket",
            "tickets",
            "complaint",
            "complaints",
            "incident",
            "incidents",
            "helpdesk",
            "conversation",
            "conversations",
            "case",
            "cases",
            "issue",
            "support",
        ],
    ),
    (Guess::Invoice, &["invoice", "invoices"]),
    (Guess::Payment, &["payment", "payments"]),
    (
        Guess::Order,
        &[
            "order",
            "orders",
            "purchase",
            "purchases",
            "sale",
            "sales",
            "transaction",
            "transactions",
            "quote",
            "quotes",
        ],
    ),
    (Guess::Lead, &["lead", "leads", "prospect", "prospects"]),
    (Guess::Call, &["call", "calls"]),
    (Guess::Meeting, &["meeting", "meetings", "appointment", "visit", "visits"]),
    (
        Guess::Party,
        &[
            "account",
            "accounts",
            "contact",
            "contacts",
            "company",
            "companies",
            "customer",
            "customers",
            "organization",
            "organizations",
            "client",
            "clients",
            "vendor",
            "vendors",
            "member",
            "members",
        ],
    ),
];

/// The guesses to try, the likeliest first; the last takes every row.
pub(super) fn types(found: &Found) -> Vec<Guess> {
    let mut guesses = Vec::new();
    if found.score().is_some() {
        guesses.push(Guess::Survey);
    }
    if found.id().is_none() && found.case().is_some() && found.has_activities() && found.date().is_some() {
        guesses.push(Guess::Steps);
    }
    let file = words(&found.name);
    let told = |words: &[&str]| file.iter().any(|word| words.contains(&word.as_str()));
    guesses.extend(TELLING.iter().filter(|(_, words)| told(words)).map(|(guess, _)| *guess));
    for (guess, _) in TELLING {
        // A column with an id in every row is evidence like the file's name; an id of a customer is not.
        let own = guess != Guess::Party && found.named(guess).is_some();
        if own && !guesses.contains(&guess) {
            guesses.push(guess);
        }
    }
    if found.prose().is_some() {
        guesses.push(Guess::Note);
    }
    guesses.retain(|guess| found.can_be(*guess));
    guesses.push(Guess::Own);
    guesses
}

impl Found {
    fn first(&self, mut fits: impl FnMut(&super::column::Column) -> bool) -> Option<usize> {
        self.columns.iter().position(|column| column.filled > 0 && fits(column))
    }

    /// What makes a row the same row: a column of which all values differ.
    pub(super) fn id(&self) -> Option<usize> {
        let unique =
            |column: &super::column::Column| column.all_different && !column.is_date() && !column.is_prose();
        let called = ["id", "no", "nr", "number", "key", "code", "ref", "uuid", "guid"];
        self.first(|column| unique(column) && column.has(&called))
            .or_else(|| self.columns.first().filter(|column| unique(column) && self.rows > 1).map(|_| 0))
    }

    /// Whether the file has what rows of that kind need, whatever its names say.
    fn can_be(&self, guess: Guess) -> bool {
        let parts =
            words(&self.name).iter().any(|word| ["line", "lines", "item", "items"].contains(&word.as_str()));
        match guess {
            // Several rows of one deal are its history, or tell of something else.
            Guess::Deal | Guess::Ticket => {
                self.named(guess).is_none_or(|named| self.is_unique(named)) || self.is_history(guess)
            }
            Guess::Invoice | Guess::Order => {
                let sold = self.amount().or(self.product()).or(self.quantity()).or(self.date());
                sold.is_some() && (!parts || self.group(guess).is_some())
            }
            Guess::Survey
            | Guess::Steps
            | Guess::Payment
            | Guess::Lead
            | Guess::Call
            | Guess::Meeting
            | Guess::Party
            | Guess::Note
            | Guess::Own => true,
        }
    }

    fn is_unique(&self, place: usize) -> bool {
        self.column(place).is_some_and(|column| column.all_different)
    }

    /// The column with the id of the thing that rows of this kind are of, by its name.
    fn named(&self, guess: Guess) -> Option<usize> {
        let (_, called) = TELLING.iter().find(|(known, _)| *known == guess)?;
        let id = ["id", "no", "nr", "number", "key"];
        // `OpportunityId` rather than `OpportunityHistoryKey`.
        let fits = |column: &super::column::Column| {
            column.filled == self.rows && column.has(called) && column.has(&id)
        };
        let named = self.columns.iter().enumerate().filter(|(_, column)| column.filled > 0 && fits(column));
        named.min_by_key(|(_, column)| column.words.len()).map(|(place, _)| place)
    }

    /// The id of the deal or the ticket that a row is of.
    pub(super) fn thing(&self, guess: Guess) -> Option<usize> {
        let named = self.named(guess).filter(|named| self.is_unique(*named) || self.is_history(guess));
        named.or_else(|| self.id())
    }

    /// Whether several rows tell how one thing changed: its id comes again, and each has a stage and a date.
    pub(super) fn is_history(&self, guess: Guess) -> bool {
        let again = self.named(guess).is_some_and(|named| !self.is_unique(named));
        again && self.stage().is_some() && self.date().is_some()
    }

    /// Whose the row is.
    pub(super) fn customer(&self) -> Option<usize> {
        let called = [
            "customer",
            "client",
            "account",
            "company",
            "organization",
            "organisation",
            "kunde",
            "buyer",
            "requester",
            "contact",
            "party",
            "user",
            "visitor",
            "person",
        ];
        let id = ["id", "no", "number", "key"];
        let whose = |column: &super::column::Column| {
            column.has(&called)
                && !column.is_date()
                && !column.has(&["name", "type", "owner", "status", "segment"])
        };
        self.first(|column| whose(column) && column.has(&id)).or_else(|| self.first(whose))
    }

    /// When it happened.
    pub(super) fn date(&self) -> Option<usize> {
        let called = [
            ["created", "opened", "purchase", "start"],
            ["timestamp", "ordered", "submitted", "invoice"],
            ["date", "time", "day", "at"],
        ];
        let by_name =
            called.iter().find_map(|words| self.first(|column| column.is_date() && column.has(words)));
        by_name.or_else(|| self.first(super::column::Column::is_date))
    }

    /// When it ended.
    pub(super) fn end(&self) -> Option<usize> {
        self.first(|column| {
            column.is_date() && column.has(&["close", "closed", "closing", "won", "end", "resolved"])
        })
    }

    /// The number of the order or invoice that several rows are of.
    pub(super) fn group(&self, guess: Guess) -> Option<usize> {
        let called: &[&str] = match guess {
            Guess::Invoice => &["invoice"],
            Guess::Order => &["order", "purchase", "transaction", "sale"],
            Guess::Survey
            | Guess::Steps
            | Guess::Deal
            | Guess::Ticket
            | Guess::Payment
            | Guess::Lead
            | Guess::Call
            | Guess::Meeting
            | Guess::Party
            | Guess::Note
            | Guess::Own => return None,
        };
        let number = ["id", "no", "nr", "number"];
        let group =
            self.first(|column| column.has(called) && column.has(&number) && column.filled == self.rows);
        group.filter(|group| !self.is_unique(*group))
    }

    pub(super) fn quantity(&self) -> Option<usize> {
        self.first(|column| column.is_number() && column.has(&["quantity", "qty", "units", "count"]))
    }

    pub(super) fn amount(&self) -> Option<usize> {
        let called = [
            ["grand", "betrag", "brutto"],
            ["amount", "total", "paid"],
            ["value", "revenue", "sum"],
            ["price", "net", "gross"],
        ];
        called.iter().find_map(|words| self.first(|column| column.is_number() && column.has(words)))
    }

    pub(super) fn stage(&self) -> Option<usize> {
        let called = ["stage", "status", "state", "phase", "activity"];
        self.first(|column| column.is_text() && column.has(&called))
            .or_else(|| self.first(|column| column.name == "concept:name"))
    }

    /// Whether the rows are activities, and not the states that a thing is in.
    fn has_activities(&self) -> bool {
        let stage = self.stage().and_then(|stage| self.column(stage));
        stage.is_some_and(|stage| stage.has(&["activity"]) || stage.name == "concept:name")
    }

    /// What the steps of a log belong to.
    pub(super) fn case(&self) -> Option<usize> {
        self.first(|column| column.name == "case:concept:name").or_else(|| {
            self.first(|column| {
                column.has(&["case", "ticket", "process"])
                    && (column.has(&["id", "no", "number"]) || column.words.len() == 1)
            })
        })
    }

    pub(super) fn score(&self) -> Option<usize> {
        let called = ["score", "rating", "nps", "csat", "stars", "satisfaction"];
        self.first(|column| {
            column.is_number()
                && column.has(&called)
                && column.range.is_some_and(|(low, high)| low >= 0.0 && high <= 10.0)
        })
    }

    pub(super) fn actor(&self) -> Option<usize> {
        let called = ["owner", "agent", "assignee", "salesperson", "resource", "handler", "seller"];
        self.first(|column| !column.is_date() && column.has(&called))
    }

    pub(super) fn currency(&self) -> Option<usize> {
        self.first(super::column::Column::is_currency)
    }

    /// Sentences.
    pub(super) fn prose(&self) -> Option<usize> {
        let called =
            ["comment", "note", "notes", "description", "text", "message", "body", "content", "summary"];
        self.first(|column| column.is_text() && column.has(&called))
            .or_else(|| self.first(super::column::Column::is_prose))
    }

    /// What it is called.
    pub(super) fn title(&self) -> Option<usize> {
        let called = ["name", "title", "subject"];
        self.first(|column| {
            column.is_text()
                && column.has(&called)
                && !column.has(&["first", "last", "file", "stage", "status"])
        })
    }

    pub(super) fn product(&self) -> Option<usize> {
        self.first(|column| column.has(&["product", "sku", "item", "stockcode"]) && !column.is_date())
    }
}
