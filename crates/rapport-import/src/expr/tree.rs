//! What a mapping's text became: expressions, conditions and moments as data, with columns as slots.

use std::{collections::HashMap, sync::Arc};

use rapport_model::Decimal;

use crate::value::{letters::Form, moment::DateRule, number::NumberStyle};

/// Where a text comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A column by slot, of this row or of one around it.
    At(At, usize),
    /// A `let` as it was on the row before in the same run, by its place in `Scope::remembered`.
    Remembered(usize),
    /// A column of a joined file.
    Joined { join: usize, slot: usize },
    /// The row's identity, 16 hexadecimal digits.
    RowId,
    /// The row's line in its file.
    Line,
    /// The row's place in its run, from 0.
    Place,
    /// Whether the row is the last of its run.
    Final,
}

/// From which row of the file a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    This,
    /// The row before in the same run.
    Previous,
    /// The row behind in the same run.
    Next,
    /// The first row of the group or run.
    First,
    /// The last row of the group.
    Last,
}

/// One end of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    First,
    Last,
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Literal(Box<str>),
    Source(Source),
    Let(Arc<Expr>),
    /// A `let` on the first or the last row of the group.
    At(End, Arc<Expr>),
}

/// Rows that belong to one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Many {
    /// The rows of the group.
    Rows,
    /// The rows of a joined file.
    Join(usize),
}

#[derive(Debug)]
pub(crate) enum Base {
    Template(Vec<Part>),
    First(Vec<Expr>),
    Times(Vec<Expr>, NumberStyle),
    Plus(Vec<Expr>, NumberStyle),
    Sum {
        over: Many,
        of: Box<Expr>,
        numbers: NumberStyle,
    },
    Cases(Vec<(Option<Condition>, Expr)>),
    /// Seconds from one moment to another.
    Between {
        from: Box<Expr>,
        to: Box<Expr>,
        dates: Arc<DateRule>,
    },
    /// The latest or the earliest of moments.
    Moments(Box<Moments>),
}

#[derive(Debug)]
pub(crate) enum Step {
    When(Condition),
    Normalize(Form),
    After(String),
    Before(String),
    Lower,
    Upper,
    Map(Arc<HashMap<String, String>>, Otherwise),
    Number(NumberStyle),
    Flag,
    /// To so many digits behind the point, half to even.
    Round(u32, NumberStyle),
    Date(Arc<DateRule>),
    /// 32 hexadecimal digits in place of the text.
    Hash,
    Default(Box<Expr>),
}

/// What a text becomes that a map does not have.
#[derive(Debug)]
pub(crate) enum Otherwise {
    Keep,
    Empty,
    Reject,
    Use(Box<Expr>),
}

/// One expression.
#[derive(Debug)]
pub(crate) struct Expr {
    pub base: Base,
    pub steps: Vec<Step>,
    /// The first column it reads, to name in a reject.
    pub label: String,
}

/// One of the alternatives must hold; all tests of an alternative must.
#[derive(Debug)]
pub(crate) struct Condition(pub Vec<Vec<Test>>);

#[derive(Debug)]
pub(crate) struct Test {
    pub subject: Expr,
    pub op: Op,
}

#[derive(Debug)]
pub(crate) enum Op {
    In(Vec<String>),
    NotIn(Vec<String>),
    Empty(bool),
    Starts(Vec<String>),
    Above(Decimal, NumberStyle),
    Below(Decimal, NumberStyle),
    Same(Box<Expr>),
    Differs(Box<Expr>),
}

/// Which of the moments counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    Latest,
    Earliest,
}

/// One of several moments; those without a value are left out.
#[derive(Debug)]
pub(crate) struct Moments {
    pub pick: Pick,
    pub of: Vec<Expr>,
    /// The rows over which they are looked at; only this row when left out.
    pub over: Option<Many>,
    /// The result is later than these: a microsecond, where it would not be.
    pub behind: Vec<Expr>,
    pub dates: Arc<DateRule>,
}
