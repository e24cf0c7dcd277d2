//! The terms that find events: each stream, customer, tag and type that occurs, with its list of events.

#![expect(
    clippy::indexing_slicing,
    reason = "a term's number is handed out by this module and indexes `terms`"
)]

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::postings::{Extent, Postings};

/// What a term is a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Stream,
    Customer,
    Tag,
    Type,
}

#[derive(Debug)]
struct Term {
    text_start: u32,
    text_len: u16,
    kind: Kind,
    list: Extent,
}

/// The terms of an index.
#[derive(Debug, Default)]
pub(super) struct Terms {
    hasher: DefaultHashBuilder,
    numbers: HashTable<u32>,
    terms: Vec<Term>,
    texts: Vec<u8>,
    postings: Postings,
}

impl Terms {
    /// Adds an event to a term's list; the term's number.
    pub(super) fn post(&mut self, kind: Kind, text: &str, event: u32) -> u32 {
        let number = self.find(kind, text).unwrap_or_else(|| self.add(kind, text));
        self.postings.push(&mut self.terms[number as usize].list, event);
        number
    }

    /// The events of a term, ascending; `None` when it never occurred.
    pub(super) fn list(&self, kind: Kind, text: &str) -> Option<&[u32]> {
        self.find(kind, text).map(|number| self.list_of(number))
    }

    pub(super) fn list_of(&self, number: u32) -> &[u32] {
        self.postings.list(self.terms[number as usize].list)
    }

    /// The text of a term.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        let term = &self.terms[number as usize];
        &self.texts[term.text_start as usize..term.text_start as usize + usize::from(term.text_len)]
    }

    /// All entries of all lists.
    pub(super) fn entries(&self) -> u64 {
        self.terms.iter().map(|term| u64::from(term.list.len())).sum()
    }

    pub(super) fn find(&self, kind: Kind, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one((kind, text.as_bytes()));
        let same =
            |number: &u32| self.terms[*number as usize].kind == kind && self.text(*number) == text.as_bytes();
        self.numbers.find(hash, same).copied()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "texts are limited on append, generations far below 4 GiB"
    )]
    fn add(&mut self, kind: Kind, text: &str) -> u32 {
        let number = self.terms.len() as u32;
        let (text_start, text_len) = (self.texts.len() as u32, text.len() as u16);
        self.texts.extend_from_slice(text.as_bytes());
        self.terms.push(Term { text_start, text_len, kind, list: Extent::default() });
        let Self { hasher, numbers, terms, texts, .. } = self;
        let hash_of = |number: &u32| {
            let term = &terms[*number as usize];
            let start = term.text_start as usize;
            hasher.hash_one((term.kind, &texts[start..start + usize::from(term.text_len)]))
        };
        numbers.insert_unique(hash_of(&number), number, hash_of);
        number
    }

    pub(super) fn bytes(&self) -> usize {
        self.numbers.allocation_size()
            + self.terms.len() * size_of::<Term>()
            + self.texts.len()
            + self.postings.bytes()
    }
}
