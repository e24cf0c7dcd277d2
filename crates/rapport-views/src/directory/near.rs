//! Words that differ in a letter.

use std::collections::BTreeSet;

/// A shorter word has too many others near it.
pub const NEAR_LETTERS_MIN: usize = 4;

/// Every word that a letter makes of this one: another one in a place, one more, one less, or two neighbours in the other
/// order (the optimal string alignment distance of 1, Damerau 1964). The word itself is not among them. Letters are those
/// of the word's script with the digits, without accents.
///
/// Looking each of them up finds exactly the words that are near, in an index of whole words: a word of five letters with
/// a wrong one in its middle has no three letters in a row in common with the right one.
#[must_use]
pub fn near(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut near = BTreeSet::new();
    if letters.len() < NEAR_LETTERS_MIN {
        return near;
    }
    let alphabet = alphabet(&letters);
    for at in 0..=letters.len() {
        let (before, after) = letters.split_at(at);
        let made = |between: &[char], after: &[char]| -> String {
            before.iter().chain(between).chain(after).copied().collect()
        };
        near.extend(alphabet.iter().map(|letter| made(&[*letter], after)));
        if let [_, rest @ ..] = after {
            near.insert(made(&[], rest));
            near.extend(alphabet.iter().map(|letter| made(&[*letter], rest)));
        }
        if let [one, other, rest @ ..] = after {
            near.insert(made(&[*other, *one], rest));
        }
    }
    near.remove(word);
    near
}

fn alphabet(letters: &[char]) -> Vec<char> {
    let is_of = |first: char, last: char| letters.iter().any(|letter| (first..=last).contains(letter));
    let own = if is_of('a', 'z') {
        ('a'..='z').collect()
    } else if is_of('а', 'я') {
        ('а'..='я').chain("іјљњћђџєґ".chars()).collect()
    } else if is_of('α', 'ω') {
        ('α'..='ω').collect()
    } else {
        letters.to_vec()
    };
    own.into_iter().chain('0'..='9').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_near_that_differ_in_one_letter() {
        let near_berzins = near("berzins");
        for one in ["berzin", "erzins", "berzinss", "aberzins", "berzina", "perzins", "ebrzins", "berzisn"] {
            assert!(near_berzins.contains(one), "{one}");
        }
        for other in ["berzins", "berzi", "berznsi1", "zerbins", "brezisn"] {
            assert!(!near_berzins.contains(other), "{other}");
        }
        assert!(near("ann").is_empty() && near("anna").contains("ann"));
        assert!(near("иван").contains("ивон") && near("νικος").contains("νικοι"));
        assert!(near("ნინო").contains("ნიინო"));
    }
}
