//! What rows may tell of, from the names of the file and its columns.

use super::{Found, column::words};

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
    (Guess::Invoice, &["invoice", "invoices", "invoiceno"]),
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

/// What to try, the likeliest first; the last takes every row.
pub(super) fn types(found: &Found) -> Vec<Guess> {
    let mut guesses = Vec::new();
    if found.score().is_some() {
        guesses.push(Guess::Survey);
    }
    if found.id().is_none() && found.case().is_some() && found.stage().is_some() && found.date().is_some() {
        guesses.push(Guess::Steps);
    }
    let file = words(&found.name);
    let told = |words: &[&str]| file.iter().any(|word| words.contains(&word.as_str()));
    guesses.extend(TELLING.iter().filter(|(_, words)| told(words)).map(|(guess, _)| *guess));
    for (guess, words) in TELLING {
        // An id of its own in a column says it as well as the file's name, but for whose it is.
        let own = guess != Guess::Party
            && found.columns.iter().any(|column| {
                column.has(words) && (column.has(&["id", "no", "number"]) || column.has(&["invoiceno"]))
            });
        if own && !guesses.contains(&guess) {
            guesses.push(guess);
        }
    }
    if found.prose().is_some() {
        guesses.push(Guess::Note);
    }
    guesses.push(Guess::Own);
    guesses
}

impl Found {
    fn first(&self, mut fits: impl FnMut(&super::Column) -> bool) -> Option<usize> {
        self.columns.iter().position(|column| column.filled > 0 && fits(column))
    }

    /// What makes a row the same row: a column of which all values differ.
    pub fn id(&self) -> Option<usize> {
        let unique = |column: &super::Column| column.all_different && !column.is_date() && !column.is_prose();
        let called = ["id", "no", "nr", "number", "key", "code", "ref", "uuid", "guid"];
        self.first(|column| unique(column) && column.has(&called))
            .or_else(|| self.columns.first().filter(|column| unique(column) && self.rows > 1).map(|_| 0))
    }

    /// Whose the row is.
    pub fn customer(&self) -> Option<usize> {
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
        let whose = |column: &super::Column| {
            column.has(&called)
                && !column.is_date()
                && !column.has(&["name", "type", "owner", "status", "segment"])
        };
        self.first(|column| whose(column) && column.has(&id)).or_else(|| self.first(whose))
    }

    /// When it happened.
    pub fn date(&self) -> Option<usize> {
        let called = [
            ["created", "opened", "purchase", "start"],
            ["timestamp", "invoicedate", "ordered", "submitted"],
            ["date", "time", "day", "at"],
        ];
        let by_name =
            called.iter().find_map(|words| self.first(|column| column.is_date() && column.has(words)));
        by_name.or_else(|| self.first(super::Column::is_date))
    }

    /// When it ended.
    pub fn end(&self) -> Option<usize> {
        self.first(|column| {
            column.is_date() && column.has(&["close", "closed", "closing", "won", "end", "resolved"])
        })
    }

    /// The number of the order or invoice that several rows are of.
    pub fn group(&self, guess: Guess) -> Option<usize> {
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
        if self.id().is_some() {
            return None;
        }
        let number = ["id", "no", "nr", "number"];
        self.first(|column| column.has(called) && column.has(&number) && column.filled == self.rows)
    }

    pub fn quantity(&self) -> Option<usize> {
        self.first(|column| column.is_number() && column.has(&["quantity", "qty", "units", "count"]))
    }

    pub fn amount(&self) -> Option<usize> {
        let called = [
            ["grand", "betrag", "brutto"],
            ["amount", "total", "paid"],
            ["value", "revenue", "sum"],
            ["price", "net", "gross"],
        ];
        called.iter().find_map(|words| self.first(|column| column.is_number() && column.has(words)))
    }

    pub fn stage(&self) -> Option<usize> {
        let called = ["stage", "status", "state", "phase", "activity"];
        self.first(|column| column.is_text() && column.has(&called))
            .or_else(|| self.first(|column| column.name == "concept:name"))
    }

    /// What the steps of a log belong to.
    pub fn case(&self) -> Option<usize> {
        self.first(|column| column.name == "case:concept:name").or_else(|| {
            self.first(|column| {
                column.has(&["case", "ticket", "process"])
                    && (column.has(&["id", "no", "number"]) || column.words.len() == 1)
            })
        })
    }

    pub fn score(&self) -> Option<usize> {
        let called = ["score", "rating", "nps", "csat", "stars", "satisfaction"];
        self.first(|column| {
            column.is_number()
                && column.has(&called)
                && column.range.is_some_and(|(low, high)| low >= 0.0 && high <= 10.0)
        })
    }

    pub fn actor(&self) -> Option<usize> {
        let called = ["owner", "agent", "assignee", "salesperson", "resource", "handler", "seller"];
        self.first(|column| !column.is_date() && column.has(&called))
    }

    pub fn currency(&self) -> Option<usize> {
        self.first(super::Column::is_currency)
    }

    /// Sentences.
    pub fn prose(&self) -> Option<usize> {
        let called =
            ["comment", "note", "notes", "description", "text", "message", "body", "content", "summary"];
        self.first(|column| column.is_text() && column.has(&called))
            .or_else(|| self.first(super::Column::is_prose))
    }

    /// What it is called.
    pub fn title(&self) -> Option<usize> {
        let called = ["name", "title", "subject"];
        self.first(|column| {
            column.is_text() && column.has(&called) && !column.has(&["first", "last", "file"])
        })
    }

    pub fn product(&self) -> Option<usize> {
        self.first(|column| column.has(&["product", "sku", "item", "stockcode"]) && !column.is_date())
    }
}
