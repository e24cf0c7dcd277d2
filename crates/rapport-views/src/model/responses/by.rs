//! What responses can be grouped by.

/// One of the groupings of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// The product that the response is about.
    Product,
    /// How it came.
    Channel,
    /// Who served the customer.
    Staff,
    /// The branch of who served the customer.
    Branch,
    /// The tier of the customer.
    Tier,
    /// The round of asking.
    Wave,
    /// The survey.
    Survey,
    /// The question.
    Question,
    /// The month in which it was given.
    Month,
    /// The quarter in which it was given.
    Quarter,
    /// The values of its tags with this key.
    Tag(String),
}

/// Those without a key.
const PLAIN: [(&str, By); 10] = [
    ("product", By::Product),
    ("channel", By::Channel),
    ("staff", By::Staff),
    ("branch", By::Branch),
    ("tier", By::Tier),
    ("wave", By::Wave),
    ("survey", By::Survey),
    ("question", By::Question),
    ("month", By::Month),
    ("quarter", By::Quarter),
];

/// What stands before the key of a tag.
const TAG: &str = "tag:";

impl By {
    /// As a request writes it; the error says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(key) = text.strip_prefix(TAG) {
            return match key {
                "" => Err(format!("expected the key of a tag behind `{TAG}`, such as `tag:agent`")),
                "survey" => Err("expected `survey` in the place of `tag:survey`".to_owned()),
                "party" => Err("expected a tag that is not that of the customer, found `tag:party`; \
                                `rapport satisfaction --companies` compares customers"
                    .to_owned()),
                key => Ok(Self::Tag(key.to_owned())),
            };
        }
        let plain = PLAIN.iter().find(|(name, _)| *name == text);
        plain.map(|(_, by)| by.clone()).ok_or_else(|| {
            let names: Vec<String> = PLAIN.iter().map(|(name, _)| format!("`{name}`")).collect();
            format!("expected {} or the key of a tag such as `tag:agent`, found `{text}`", names.join(", "))
        })
    }

    /// As requests and answers write it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Tag(key) => format!("{TAG}{key}"),
            plain => {
                let named = PLAIN.iter().find(|(_, by)| by == plain);
                named.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
            }
        }
    }

    /// Whether its groups follow each other by their names: otherwise the largest comes first.
    pub(super) const fn is_in_order(&self) -> bool {
        matches!(self, Self::Wave | Self::Question | Self::Month | Self::Quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_written_as_it_is_read() {
        for text in ["product", "survey", "quarter", "tag:agent", "tag:a:b"] {
            assert_eq!(By::parse(text).unwrap().text(), text);
        }
        for text in ["", "agent", "tag:", "tag:party", "tag:survey", "Product"] {
            assert!(By::parse(text).unwrap_err().starts_with("expected "), "{text}");
        }
    }
}
