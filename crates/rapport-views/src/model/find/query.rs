//! What is looked for.

use std::collections::BTreeSet;

use rapport_proto::v1::{FindRequest, MatchedHow as How};

use crate::{
    answers::AskError,
    directory::{
        BEGINNING_LETTERS_MIN, LAST_DIGITS_MIN, NUMBER_LETTERS_MIN, WORDS_MAX, is_phone, near, search, words,
    },
    read::Like,
    rows::{KnownAsRow, KnownBy, storable},
};

/// Characters of the text.
const TEXT_MAX: usize = 200;
/// What a page has unless it is told.
const PAGE_SIZE: u32 = 20;
/// What a page may have.
const PAGE_SIZE_MAX: u32 = 100;

/// Refuses what cannot be looked for. Never says what the text is.
pub(super) fn check(request: &FindRequest) -> Result<(), AskError> {
    let wrong = |field, expected: String| Err(AskError::Field { field, expected });
    let characters = request.text.chars().count();
    let in_words = request.text.split_whitespace().count();
    if !request.text.chars().any(char::is_alphanumeric) {
        let expected = "expected an id, a number, an address or a name, found no letter and no digit";
        return wrong("text", expected.to_owned());
    }
    if characters > TEXT_MAX || in_words > WORDS_MAX {
        let expected = format!(
            "expected at most {TEXT_MAX} characters and {WORDS_MAX} words, found {characters} and {in_words}"
        );
        return wrong("text", expected);
    }
    if request.page_size > PAGE_SIZE_MAX {
        let found = request.page_size;
        let expected = format!("expected at most `{PAGE_SIZE_MAX}`, found `{found}`; ask for the next page");
        return wrong("page_size", expected);
    }
    Ok(())
}

/// How many parties a page has.
pub(super) fn page_size(request: &FindRequest) -> usize {
    (if request.page_size == 0 { PAGE_SIZE } else { request.page_size }) as usize
}

/// A text in every form in which it is looked for.
pub(super) struct Query {
    /// As ids may be written.
    pub ids: BTreeSet<String>,
    /// As names have them.
    pub words: Vec<Word>,
    /// As rows of each kind are found; none where the text cannot be of the kind.
    keys: Vec<(KnownBy, String)>,
}

/// A word, and those that are near it.
pub(super) struct Word {
    pub word: String,
    pub near: BTreeSet<String>,
}

impl Query {
    /// Of a text that was checked.
    pub(super) fn of(text: &str) -> Self {
        let text = storable(text.trim());
        let ids = BTreeSet::from([text.to_string(), text.to_lowercase(), text.to_uppercase()]);
        // What has an @ is an address, or the beginning of one: whoever is called like a part of it is not meant.
        let words = if text.contains('@') { Vec::new() } else { words(&text) };
        let words = words.into_iter().map(|word| Word { near: near(&word), word }).collect();
        let is_one_word = !text.contains(char::is_whitespace);
        let key = |(what, may_be): (KnownBy, bool)| {
            let key = search(what, &text);
            (may_be && !key.is_empty()).then_some((what, key))
        };
        let kinds = [
            (KnownBy::Name, true),
            (KnownBy::Email, is_one_word),
            (KnownBy::Phone, is_phone(&text)),
            (KnownBy::Registration, true),
            (KnownBy::External, true),
            (KnownBy::Address, true),
        ];
        Self { ids, words, keys: kinds.into_iter().filter_map(key).collect() }
    }

    /// The lookups of numbers, and of addresses that are not e-mail.
    pub(super) fn numbers(&self) -> Vec<Like> {
        let mut lookups = Vec::new();
        let mut whole = Vec::new();
        for (what, key) in &self.keys {
            match what {
                KnownBy::Name | KnownBy::Email => continue,
                KnownBy::Phone => {
                    // The end of this number, where a number was recorded without its country.
                    let ends = key.char_indices().skip(LAST_DIGITS_MIN + 1);
                    whole.extend(ends.filter_map(|(end, _)| key.get(..end)).map(str::to_owned));
                }
                KnownBy::Registration | KnownBy::External | KnownBy::Address => {}
            }
            if letters(key) >= beginning_min(*what) {
                lookups.push(Like::Begins(key.clone()));
            } else {
                whole.push(key.clone());
            }
        }
        if !whole.is_empty() {
            lookups.push(Like::AnyOf(whole));
        }
        lookups
    }

    /// The lookup of an e-mail address.
    pub(super) fn emails(&self) -> Vec<Like> {
        let own = self.keys.iter().filter(|(what, _)| *what == KnownBy::Email);
        let lookup = |(what, key): &(KnownBy, String)| {
            if letters(key) >= beginning_min(*what) {
                Like::Begins(key.clone())
            } else {
                Like::AnyOf(vec![key.clone()])
            }
        };
        own.map(lookup).collect()
    }

    /// The lookups of names that begin with the words, in any order: what people type of a name is mostly found here.
    pub(super) fn names(&self) -> Vec<Like> {
        let words: Vec<&str> = self.words.iter().map(|word| word.word.as_str()).collect();
        let orders: Vec<Vec<&str>> = match words.as_slice() {
            [] => return Vec::new(),
            [one, two] => vec![vec![one, two], vec![two, one]],
            [one, two, three] => [
                [one, two, three],
                [one, three, two],
                [two, one, three],
                [two, three, one],
                [three, one, two],
                [three, two, one],
            ]
            .map(|order| order.map(|word| *word).to_vec())
            .to_vec(),
            other => vec![other.to_vec()],
        };
        let key = |order: Vec<&str>| Like::Begins(search(KnownBy::Name, &order.join(" ")));
        orders.into_iter().map(key).collect()
    }

    /// How a row matches, unless it does not; with a letter wrong only when that is asked for.
    pub(super) fn how(&self, row: &KnownAsRow, with_near: bool) -> Option<How> {
        if row.search.is_empty() {
            return None;
        }
        if row.what == KnownBy::Name {
            let own = self.keys.iter().any(|(what, key)| *what == row.what && *key == row.search);
            return if own { Some(How::Name) } else { self.how_words(&words(&row.said), with_near) };
        }
        let (_, key) = self.keys.iter().find(|(what, _)| *what == row.what)?;
        let (known, min) = (row.search.as_str(), beginning_min(row.what));
        if known == key {
            return Some(How::Whole);
        }
        let begins = letters(key) >= min && known.starts_with(key);
        match row.what {
            KnownBy::Phone => {
                let ends = letters(known) >= min && key.starts_with(known);
                (begins || ends).then_some(How::LastDigits)
            }
            KnownBy::Name | KnownBy::Email | KnownBy::Registration | KnownBy::External | KnownBy::Address => {
                begins.then_some(How::Beginning)
            }
        }
    }

    /// How the words match those of a name.
    fn how_words(&self, name: &[String], with_near: bool) -> Option<How> {
        let mut wrong = 0;
        let mut how = How::Words;
        for Word { word, near } in &self.words {
            if name.iter().any(|one| one == word) {
                continue;
            }
            if name.iter().any(|one| one.starts_with(word)) {
                how = how.max(How::Beginning);
            } else if with_near && wrong == 0 && name.iter().any(|one| near.contains(one)) {
                wrong += 1;
                how = How::LetterWrong;
            } else {
                return None;
            }
        }
        (!self.words.is_empty()).then_some(how)
    }
}

/// Characters of a key behind the letter for its kind.
fn letters(key: &str) -> usize {
    key.chars().count().saturating_sub(1)
}

/// How many characters are a beginning.
const fn beginning_min(what: KnownBy) -> usize {
    match what {
        KnownBy::Phone => LAST_DIGITS_MIN,
        KnownBy::Name | KnownBy::Email => BEGINNING_LETTERS_MIN,
        KnownBy::Registration | KnownBy::External | KnownBy::Address => NUMBER_LETTERS_MIN,
    }
}
