//! Traits that no score may rest on: the one list of them.
//!
//! GDPR article 9 names ethnic origin, political opinions, religious and philosophical beliefs, trade union membership,
//! genetic and biometric data, health, and sex life or orientation; laws against discrimination add age and sex. Article 22
//! keeps decisions about people from resting on them.
//!
//! A name is looked at, and never a value: who calls the attribute `group` and its values `women`, `men` goes unnoticed.
//! The list refuses rather too much than too little: an attribute that means something else can be renamed.

use crate::directory::fold;

/// Each trait, and the words that name it in English, Latvian, Lithuanian, Polish, Russian, German, French and Spanish. With a
/// `*` every word that begins so does.
const TRAITS: [(&str, &[&str]); 9] = [
    (
        "age",
        &[
            "age",
            "ages",
            "aged",
            "agegroup*",
            "agerange*",
            "ageband*",
            "birth*",
            "dateofbirth",
            "dob",
            "yearofbirth",
            "vecum*",
            "dzimsanas*",
            "dzimis*",
            "amzi*",
            "gimim*",
            "wiek",
            "wieku",
            "wiekow*",
            "urodzen*",
            "возраст*",
            "рожден*",
            "alter",
            "altersgruppe*",
            "geburt*",
            "naissance",
            "edad",
            "nacimiento",
        ],
    ),
    (
        "sex or gender",
        &[
            "sex",
            "sexes",
            "gender*",
            "dzimum*",
            "lytis",
            "lyties",
            "plec",
            "plci",
            "пол",
            "пола",
            "полов*",
            "гендер*",
            "geschlecht*",
            "sexe",
            "sexo",
            "genero",
        ],
    ),
    (
        "ethnic origin",
        &[
            "ethnic*",
            "race",
            "races",
            "racial*",
            "nationality",
            "nationalities",
            "etni*",
            "tautib*",
            "tautyb*",
            "rase",
            "rases",
            "rasa",
            "rasin*",
            "narodowosc*",
            "rasow*",
            "этни*",
            "национальност*",
            "раса",
            "расов*",
            "ethnie",
            "nationalitat",
            "nationalite",
            "nacionalidad",
            "raza",
        ],
    ),
    (
        "religion",
        &[
            "religi*",
            "faith",
            "church",
            "konfes*",
            "confession*",
            "ticib*",
            "tikyb*",
            "tikejim*",
            "wyznani*",
            "религи*",
            "вера",
            "вероисповед*",
            "конфесси*",
            "glaube*",
        ],
    ),
    (
        "health",
        &[
            "health",
            "illness*",
            "disease*",
            "disab*",
            "diagnosis",
            "pregnan*",
            "veselib*",
            "sveikat*",
            "zdrow*",
            "здоров*",
            "gesundheit*",
            "sante",
            "salud",
            "invaliditat*",
            "neigal*",
            "niepelnospr*",
            "инвалид*",
            "behinder*",
        ],
    ),
    ("sexual orientation", &["sexual*", "seksual*", "сексуал*", "lgbt*"]),
    (
        "political views",
        &[
            "political*",
            "politics",
            "politisk*",
            "politin*",
            "polityczn*",
            "политическ*",
            "politisch*",
            "politique*",
        ],
    ),
    (
        "trade union membership",
        &[
            "tradeunion*",
            "unionmember*",
            "arodbiedrib*",
            "profsajung*",
            "zwiazekzawodow*",
            "профсоюз*",
            "gewerkschaft*",
        ],
    ),
    ("genetic or biometric data", &["genetic*", "genet*", "biometr*", "генетич*", "биометр*"]),
];

/// The trait that a name names, if it is one: of any case, with or without accents, as a word of several (`age_group`,
/// `customerAge`) and not within one (`stage`).
pub(crate) fn protected(name: &str) -> Option<&'static str> {
    let mut words = words(name);
    words.push(words.concat());
    let is = |pattern: &str| {
        // Folding takes marks off letters of the list too: `й` is `и`.
        let folded = fold(pattern.trim_end_matches('*'));
        let is_beginning = pattern.ends_with('*');
        words.iter().any(|word| if is_beginning { word.starts_with(&folded) } else { *word == folded })
    };
    TRAITS.iter().find(|(_, patterns)| patterns.iter().any(|pattern| is(pattern))).map(|(name, _)| *name)
}

/// The words of a name, also where only a capital letter parts them.
fn words(name: &str) -> Vec<String> {
    let mut parted = String::with_capacity(name.len());
    let mut was_small = false;
    for letter in name.chars() {
        if was_small && letter.is_uppercase() {
            parted.push(' ');
        }
        was_small = letter.is_lowercase();
        parted.push(letter);
    }
    let folded = fold(&parted);
    let words = folded.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trait_is_found_in_any_spelling() {
        for (name, of) in [
            ("age", "age"),
            ("AGE", "age"),
            ("Age-Group", "age"),
            ("customerAge", "age"),
            ("date of birth", "age"),
            ("age2", "age"),
            ("Vecuma grupa", "age"),
            ("amžius", "age"),
            ("wiek_klienta", "age"),
            ("Возраст", "age"),
            ("gender_identity", "sex or gender"),
            ("Dzimums", "sex or gender"),
            ("płeć", "sex or gender"),
            ("ПОЛ", "sex or gender"),
            ("ethnic_origin", "ethnic origin"),
            ("tautība", "ethnic origin"),
            ("Национальность", "ethnic origin"),
            ("race", "ethnic origin"),
            ("reliģija", "religion"),
            ("wyznanie", "religion"),
            ("veselības stāvoklis", "health"),
            ("health", "health"),
            ("sexual-orientation", "sexual orientation"),
            ("Political views", "political views"),
            ("politiskie uzskati", "political views"),
            ("trade_union", "trade union membership"),
            ("a\u{67}\u{65}\u{301}", "age"),
        ] {
            assert_eq!(protected(name), Some(of), "{name}");
        }
    }

    #[test]
    fn a_word_that_holds_one_names_none() {
        for name in [
            "",
            "region",
            "stage",
            "language",
            "usage",
            "agency",
            "average_order",
            "industry",
            "segment",
            "size",
            "price",
            "timing",
            "Essex",
            "trade",
            "union",
            "policy",
            "cenu_politika",
            "полка",
            "invalid_quote",
        ] {
            assert_eq!(protected(name), None, "{name}");
        }
    }
}
