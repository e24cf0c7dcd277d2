//! How the texts by which people look for a customer are compared: without case and accents, telephone numbers by their
//! digits, names word by word, with a letter wrong.
//!
//! The projection stores each text in the form that is compared; a question brings its own text into the same form here.

mod near;
mod normal;

pub use near::{NEAR_LETTERS_MIN, near};
pub use normal::{
    BEGINNING_LETTERS_MIN, LAST_DIGITS_MIN, NUMBER_LETTERS_MIN, WORDS_MAX, bare, email, fold, is_phone,
    phone, said, search, words,
};
