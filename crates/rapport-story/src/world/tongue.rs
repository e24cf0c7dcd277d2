//! What people are called and what is written about them, in one language.

use fastrand::Rng;

/// One language: names and phrases. Every list has at least three entries.
pub(crate) struct Tongue {
    /// BCP 47 tag.
    pub code: &'static str,
    /// Given names of men.
    pub men: &'static [&'static str],
    /// Given names of women.
    pub women: &'static [&'static str],
    /// Surnames, as a man and as a woman bears them.
    pub surnames: &'static [(&'static str, &'static str)],
    /// Names of companies, with their legal form.
    pub firms: &'static [&'static str],
    /// What a lead asks for, in its own words; also the title of a deal.
    pub wishes: &'static [&'static str],
    /// First half of a note: what was found.
    pub findings: &'static [&'static str],
    /// Second half of a note: what comes next.
    pub next_steps: &'static [&'static str],
    /// What was said on the telephone.
    pub calls: &'static [&'static str],
    /// Subject lines of messages.
    pub subjects: &'static [&'static str],
    /// Complaints: subject, and the customer's words.
    pub complaints: &'static [(&'static str, &'static str)],
    /// Comments of people who are content.
    pub praise: &'static [&'static str],
    /// Comments of people who are neither.
    pub shrugs: &'static [&'static str],
    /// Comments of people who are not.
    pub grumbles: &'static [&'static str],
}

/// One of a list; empty only for an empty list.
pub(crate) fn pick(rng: &mut Rng, list: &[&'static str]) -> &'static str {
    rng.choice(list).copied().unwrap_or_default()
}

impl Tongue {
    /// The full name of somebody.
    pub(crate) fn person(&self, rng: &mut Rng) -> String {
        let (man, woman) = rng.choice(self.surnames).copied().unwrap_or_default();
        if rng.bool() {
            format!("{} {man}", pick(rng, self.men))
        } else {
            format!("{} {woman}", pick(rng, self.women))
        }
    }

    /// A note of two sentences.
    pub(crate) fn note(&self, rng: &mut Rng) -> String {
        format!("{} {}", pick(rng, self.findings), pick(rng, self.next_steps))
    }

    /// A complaint: subject and words.
    pub(crate) fn complaint(&self, rng: &mut Rng) -> (&'static str, &'static str) {
        rng.choice(self.complaints).copied().unwrap_or_default()
    }

    /// What somebody adds to a score; `contentment` is 0 (worst) to 1 (best).
    pub(crate) fn comment(&self, rng: &mut Rng, contentment: f64) -> &'static str {
        let list = match contentment {
            _ if contentment > 0.85 => self.praise,
            _ if contentment > 0.6 => self.shrugs,
            _ => self.grumbles,
        };
        pick(rng, list)
    }
}

/// The name as somebody types it who has no such letters on the keyboard: how one person comes to be recorded twice.
pub(crate) fn without_accents(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'ā' | 'ą' => 'a',
            'č' | 'ć' => 'c',
            'ē' | 'ę' | 'ė' => 'e',
            'ģ' => 'g',
            'ī' | 'į' => 'i',
            'ķ' => 'k',
            'ļ' | 'ł' => 'l',
            'ņ' | 'ń' => 'n',
            'ó' => 'o',
            'š' | 'ś' => 's',
            'ū' | 'ų' => 'u',
            'ž' | 'ź' | 'ż' => 'z',
            'Ā' => 'A',
            'Č' => 'C',
            'Ē' | 'Ė' => 'E',
            'Ģ' => 'G',
            'Ķ' => 'K',
            'Ļ' | 'Ł' => 'L',
            'Š' | 'Ś' => 'S',
            'Ž' | 'Ż' => 'Z',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_accents_is_another_text_for_the_same_person() {
        assert_eq!(without_accents("Jānis Bērziņš"), "Janis Berzins");
        assert_eq!(without_accents("Łucja Żukowska"), "Lucja Zukowska");
    }
}
