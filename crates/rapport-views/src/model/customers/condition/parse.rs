//! From tokens to an [`Expr`].

use super::{
    Expr, Fault, Field, Literal, Op, Test,
    token::{Is, Token, tokens},
    typed::typed,
};

/// Brackets and negations inside one another.
const DEPTH_MAX: usize = 50;
/// Characters of a condition.
const LENGTH_MAX: usize = 10_000;

/// Reads a condition; `field` gives the field of a name, or says which there are. Of an empty text everybody is wanted.
pub(in crate::model::customers) fn parse(
    text: &str,
    field: &dyn Fn(&str) -> Result<Field, String>,
) -> Result<Expr, Fault> {
    if text.chars().count() > LENGTH_MAX {
        let expected = format!("expected at most {LENGTH_MAX} characters");
        return Err(Fault { column: LENGTH_MAX + 1, expected });
    }
    let (tokens, end) = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Expr::All(Vec::new()));
    }
    let mut parser = Parser { tokens: &tokens, end, depth: 0, field };
    let expr = parser.any()?;
    match parser.tokens.first() {
        None => Ok(expr),
        Some(_) => Err(parser.fault("expected `and`, `or` or the end")),
    }
}

struct Parser<'t, 'f> {
    /// Those that are not read yet.
    tokens: &'t [Token],
    /// The column behind the last one.
    end: usize,
    depth: usize,
    field: &'f dyn Fn(&str) -> Result<Field, String>,
}

impl<'t> Parser<'t, '_> {
    fn any(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(of(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.part()?];
        while self.takes("and") {
            parts.push(self.part()?);
        }
        Ok(of(parts, Expr::All))
    }

    fn part(&mut self) -> Result<Expr, Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(self.fault(&format!("expected at most {DEPTH_MAX} brackets inside one another")));
        }
        self.depth += 1;
        let part = self.part_within();
        self.depth -= 1;
        part
    }

    fn part_within(&mut self) -> Result<Expr, Fault> {
        if self.takes("not") {
            return Ok(Expr::Not(Box::new(self.part()?)));
        }
        if self.takes_mark(&Is::Open) {
            let inner = self.any()?;
            if !self.takes_mark(&Is::Close) {
                return Err(self.fault("expected `and`, `or` or `)`"));
            }
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Expr, Fault> {
        let expected = "expected a field, such as `abc`, or `not`, or `(`";
        let Some((Token { column, is: Is::Word(name) }, rest)) = self.tokens.split_first() else {
            return Err(self.fault(expected));
        };
        if is_keyword(name) {
            return Err(self.fault(expected));
        }
        let field = (self.field)(name).map_err(|expected| Fault { column: *column, expected })?;
        self.tokens = rest;
        if self.takes("is") {
            let is_not = self.takes("not");
            if !self.takes("known") {
                return Err(self.fault("expected `known` or `not known`"));
            }
            let known = Expr::Known(field);
            return Ok(if is_not { Expr::Not(Box::new(known)) } else { known });
        }
        if self.takes("in") {
            let any_of = self.values(&field)?;
            return Ok(Expr::Test(Test { field, op: Op::Equal, any_of }));
        }
        let Some((Token { column, is: Is::Op(op) }, rest)) = self.tokens.split_first() else {
            return Err(self.fault("expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `is`"));
        };
        field.allows(*op).map_err(|expected| Fault { column: *column, expected })?;
        self.tokens = rest;
        let any_of = vec![self.value(&field)?];
        Ok(Expr::Test(Test { field, op: *op, any_of }))
    }

    fn values(&mut self, field: &Field) -> Result<Vec<Literal>, Fault> {
        if !self.takes_mark(&Is::Open) {
            return Err(self.fault("expected `(` and values with commas between them"));
        }
        let mut values = vec![self.value(field)?];
        while self.takes_mark(&Is::Comma) {
            values.push(self.value(field)?);
        }
        if !self.takes_mark(&Is::Close) {
            return Err(self.fault("expected `,` or `)`"));
        }
        Ok(values)
    }

    /// Reads one word or text. The currency of an amount is the next word.
    fn value(&mut self, field: &Field) -> Result<Literal, Fault> {
        let (text, rest) = match self.tokens.split_first() {
            Some((Token { is: Is::Word(text) | Is::Text(text), .. }, rest)) => (text, rest),
            _ => return Err(self.fault(&format!("expected {}", field.example()))),
        };
        let currency = match rest.split_first() {
            Some((Token { is: Is::Word(code), .. }, rest)) if field.is_money() && !is_keyword(code) => {
                Some((code.as_str(), rest))
            }
            _ => None,
        };
        let literal = typed(field, text, currency.map(|(code, _)| code));
        let literal = literal.map_err(|expected| Fault { column: self.column(), expected })?;
        self.tokens = currency.map_or(rest, |(_, rest)| rest);
        Ok(literal)
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is_it = |token: &Token| matches!(&token.is, Is::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.takes_if(is_it)
    }

    fn takes_mark(&mut self, mark: &Is) -> bool {
        self.takes_if(|token| token.is == *mark)
    }

    fn takes_if(&mut self, is_it: impl Fn(&Token) -> bool) -> bool {
        let Some((_, rest)) = self.tokens.split_first().filter(|(first, _)| is_it(first)) else {
            return false;
        };
        self.tokens = rest;
        true
    }

    /// Where the next token begins.
    fn column(&self) -> usize {
        self.tokens.first().map_or(self.end, |token| token.column)
    }

    fn fault(&self, expected: &str) -> Fault {
        let found = self.tokens.first().map_or_else(|| "nothing".to_owned(), |token| token.is.written());
        Fault { column: self.column(), expected: format!("{expected}, found {found}") }
    }
}

/// One part is itself.
fn of(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.pop(), parts.is_empty()) {
        (Some(one), true) => one,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// The words that are no fields, and stand behind no amount.
fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "in", "is", "known"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}
