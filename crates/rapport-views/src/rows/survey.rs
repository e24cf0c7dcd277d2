//! The rows of surveys.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Index, Layout},
    words,
};

words! {
    /// The kinds of question.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Instrument {
        /// 0 to 10.
        Nps = "nps",
        /// 1 to 5.
        Csat = "csat",
        /// 1 to 7.
        Ces = "ces",
        /// Anything else.
        Custom = "custom",
    }
}

table! {
    /// One response to one question.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ResponseRow in "answer": Layout::OfLog, key [],
        indexes [Index::Postgres(&["survey", "position"]), Index::Postgres(&["occurred_at"])], for people "answers";
    {
        /// The party that responded, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The survey, by id.
        pub survey: ObjectId = Holds::Name(Dictionary::Survey),
        /// nps, csat, ces or custom.
        pub instrument: Instrument,
        /// The question, by code.
        pub question: Symbol,
        /// The round of asking.
        pub wave: Symbol,
        /// Within the scale.
        pub value: f64,
        /// The lowest value of the scale.
        pub scale_min: f64,
        /// The highest value of the scale.
        pub scale_max: f64,
        /// Whether high values are good.
        pub high_is_better: bool,
        /// The product that it is about.
        pub product: Symbol,
        /// The tier of the customer.
        pub tier: Symbol,
        /// How it came.
        pub channel: Symbol,
        /// Who served the customer, by id.
        pub staff: Symbol,
        /// The branch of who served the customer.
        pub branch: Symbol,
        /// -1 worse than expected, 0 as expected, 1 better.
        pub expectation: Option<i8>,
        /// 0 to 1.
        pub importance: Option<f64>,
    }
}

table! {
    /// What a customer responded, as far as models of customers need it.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ScoreRow in "score": Layout::OfLog, key [], indexes [];
    {
        /// The party that responded, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// nps, csat, ces or custom.
        pub instrument: Instrument,
        /// The question, by code.
        pub question: Symbol,
        /// The round of asking.
        pub wave: Symbol,
        /// Within the scale.
        pub value: f64,
    }
}

table! {
    /// A customer was asked, or a person whom the event does not name.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SentRow in "sent": Layout::OfLog, key [], indexes [Index::Postgres(&["survey", "position"])];
    {
        /// The party that was asked, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The survey, by id.
        pub survey: ObjectId = Holds::Name(Dictionary::Survey),
        /// nps, csat, ces or custom.
        pub instrument: Instrument,
        /// The round of asking.
        pub wave: Symbol,
    }
}

table! {
    /// A tag of a response, other than those of its survey and its customer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ResponseTagRow in "answer_tag": Layout::OfLog, key ["line"], indexes [];
    {
        /// The place among the tags, from 0.
        pub line: u32,
        /// The tag's key, such as agent in agent:ilze.
        pub key: Symbol,
        /// The tag's value.
        pub value: Symbol,
    }
}
