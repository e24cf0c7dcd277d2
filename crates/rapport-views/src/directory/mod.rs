//! How the texts by which people look for a customer are compared: without case and accents, telephone numbers by their
//! digits, names word by word, with a letter wrong.
//!
//! The projection writes texts as they are compared, and a question makes the same of its own text: both are here.

mod near;
mod normal;

pub use near::{NEAR_LETTERS_MIN, near};
pub use normal::{
    BEGINNING_LETTERS_MIN, LAST_DIGITS_MIN, NUMBER_LETTERS_MIN, WORDS_MAX, bare, email, fold, is_phone,
    phone, said, search, words,
};
