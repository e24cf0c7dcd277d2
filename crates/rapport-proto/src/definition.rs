//! Reads the body of a published definition, for validation before a definition is accepted, and for the views that use
//! it. So the views can use every accepted body.
//!
//! **Invariant:** views can read every body that validation accepts.

pub mod classes;
mod json;
mod reader;

use std::collections::{HashMap, hash_map::Entry};

use self::{
    json::{Json, Object},
    reader::{Reader, read},
};
pub use reader::Fault;

/// The kind of definition whose body is a pipeline.
pub const PIPELINE: &str = "pipeline";

/// The message about a text that is not a code.
pub(crate) const CODE_EXPECTED: &str = "expected no blanks at its ends";

/// Whether a code begins and ends with a visible letter. Otherwise two codes could look the same and be two stages.
pub(crate) fn is_code(text: &str) -> bool {
    text.trim() == text
}

/// The content of a pipeline's body.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// In their order, each code once; at least one.
    pub stages: Vec<Stage>,
    /// Faults that a new body must not have although it can be read with them: a member that nothing reads (most often a
    /// misspelt one), a blank at an end of a code. A body of an older ledger may have some.
    pub flaws: Vec<Fault>,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// As events name it; not empty.
    pub code: String,
    /// To show; empty when none is given.
    pub name: String,
    /// Of winning from here, 0 to 1, if one is given.
    pub probability: Option<f64>,
}

/// Reads the body of a pipeline: `{"stages": [{"code": …, "name": …, "probability": 0 to 1}, …]}`.
///
/// # Errors
/// Every fault that prevents reading it.
pub fn pipeline(body: &str) -> Result<Pipeline, Vec<Fault>> {
    read(body, Reader::stages).map(|(stages, flaws)| Pipeline { stages, flaws })
}

/// Why a new definition is refused: what keeps its body from being read, or else the body's flaws. `None` for a kind
/// whose bodies no view reads.
#[must_use]
pub fn refused(kind: &str, body: &str) -> Option<Vec<Fault>> {
    let flaws = match kind {
        PIPELINE => pipeline(body).map(|pipeline| pipeline.flaws),
        classes::ABC => classes::abc(body).map(|(_, flaws)| flaws),
        classes::XYZ => classes::xyz(body).map(|(_, flaws)| flaws),
        classes::RFM => classes::rfm(body).map(|(_, flaws)| flaws),
        _ => return None,
    };
    Some(flaws.unwrap_or_else(|faults| faults))
}

impl Reader {
    fn stages(&mut self, body: Object) -> Vec<Stage> {
        let [stages] = self.members("body", body, ["stages"]);
        let stages = match stages {
            Some(Json::List(stages)) if !stages.is_empty() => stages,
            Some(Json::List(_)) | None => {
                self.faults.push(self.fault("body.stages", "expected at least one stage, found none"));
                return Vec::new();
            }
            Some(other) => return self.wrong("body.stages", "a list", &other).unwrap_or_default(),
        };
        let mut read: Vec<Stage> = Vec::with_capacity(stages.len());
        let mut codes = HashMap::with_capacity(stages.len());
        for (index, stage) in stages.into_iter().enumerate() {
            let path = format!("body.stages[{index}]");
            let Some(stage) = self.object(&path, stage).map(|stage| self.stage(&path, stage)) else {
                continue;
            };
            if !stage.code.is_empty() {
                match codes.entry(stage.code.clone()) {
                    Entry::Vacant(vacant) => drop(vacant.insert(index)),
                    Entry::Occupied(first) => {
                        let first = first.get();
                        let taken = format!("expected a code of its own, found the one of stages[{first}]");
                        self.faults.push(self.fault(&format!("{path}.code"), taken));
                    }
                }
            }
            read.push(stage);
        }
        read
    }

    fn stage(&mut self, path: &str, stage: Object) -> Stage {
        let [code, name, probability] = self.members(path, stage, ["code", "name", "probability"]);
        let at = |member: &str| format!("{path}.{member}");
        let code = match code {
            Some(Json::Text(code)) if !code.is_empty() => {
                if !is_code(&code) {
                    self.flaws.push(self.fault(&at("code"), CODE_EXPECTED));
                }
                Some(code)
            }
            Some(Json::Text(_)) | None => {
                self.faults.push(self.fault(&at("code"), "expected a value, found none"));
                None
            }
            Some(other) => self.wrong(&at("code"), "text", &other),
        };
        let name = match name {
            None => None,
            Some(Json::Text(name)) => Some(name),
            Some(other) => self.wrong(&at("name"), "text, or no name at all", &other),
        };
        let probability = match probability {
            None => None,
            Some(Json::Number(number)) if (0.0..=1.0).contains(&number) => Some(number),
            Some(other) => self.wrong(&at("probability"), "a number from 0 to 1, or none at all", &other),
        };
        Stage { code: code.unwrap_or_default(), name: name.unwrap_or_default(), probability }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(body: &str) -> Vec<String> {
        pipeline(body).unwrap_err().into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn what_is_given_is_read_and_the_rest_is_left_out() {
        let read = pipeline(r#"{"stages":[{"code":"talk"},{"code":"offer","name":"Bid","probability":1}]}"#);
        let stage =
            |code: &str, name: &str, probability| Stage { code: code.into(), name: name.into(), probability };
        let stages = vec![stage("talk", "", None), stage("offer", "Bid", Some(1.0))];
        assert_eq!(read.unwrap(), Pipeline { stages, flaws: Vec::new() });
    }

    #[test]
    fn a_null_a_wrong_type_and_a_shape_that_is_none_are_named_with_their_path() {
        for (body, path) in [
            ("", "body"),
            ("[]", "body"),
            ("null", "body"),
            (r#"{"stages":[{"code":"a"}]} {}"#, "body"),
            ("{}", "body.stages"),
            (r#"{"stages":[]}"#, "body.stages"),
            (r#"{"stages":null}"#, "body.stages"),
            (r#"{"stages":{"a":1}}"#, "body.stages"),
            (r#"{"stages":["a"]}"#, "body.stages[0]"),
            (r#"{"stages":[{"code":"a"},null]}"#, "body.stages[1]"),
            (r#"{"stages":[{}]}"#, "body.stages[0].code"),
            (r#"{"stages":[{"code":""}]}"#, "body.stages[0].code"),
            (r#"{"stages":[{"code":null}]}"#, "body.stages[0].code"),
            (r#"{"stages":[{"code":7}]}"#, "body.stages[0].code"),
            (r#"{"stages":[{"code":"a"},{"code":"b","name":null}]}"#, "body.stages[1].name"),
            (r#"{"stages":[{"code":"a","name":5}]}"#, "body.stages[0].name"),
            (r#"{"stages":[{"code":"a","name":["A"]}]}"#, "body.stages[0].name"),
            (r#"{"stages":[{"code":"a","probability":null}]}"#, "body.stages[0].probability"),
            (r#"{"stages":[{"code":"a","probability":"0.5"}]}"#, "body.stages[0].probability"),
            (r#"{"stages":[{"code":"a","probability":true}]}"#, "body.stages[0].probability"),
            (r#"{"stages":[{"code":"a","probability":1.01}]}"#, "body.stages[0].probability"),
            (r#"{"stages":[{"code":"a","probability":-1}]}"#, "body.stages[0].probability"),
            (r#"{"stages":[{"code":"a"},{"code":"b"},{"code":"a"}]}"#, "body.stages[2].code"),
            (r#"{"stages":[{"code":"a","code":"b"}]}"#, "body.stages[0].code"),
            (r#"{"stages":[{"code":"a","name":"A","name":"B"}]}"#, "body.stages[0].name"),
            (r#"{"stages":[{"code":"a"}],"stages":[{"code":"b"}]}"#, "body.stages"),
        ] {
            assert_eq!(paths(body), [path], "{body}");
        }
        // All at once.
        let body = r#"{"stages":[{"code":"a","name":null,"probability":2},{"name":1}]}"#;
        let expected = ["stages[0].name", "stages[0].probability", "stages[1].code", "stages[1].name"];
        assert_eq!(paths(body), expected.map(|path| format!("body.{path}")));
    }

    #[test]
    fn flaws_are_named_and_keep_nothing_from_being_read() {
        let body =
            r#"{"owner":null,"stages":[{"code":"a","probabilty":0.5},{"code":"a "},{"code":"\u00a0b"}]}"#;
        let read = pipeline(body).unwrap();
        let codes: Vec<_> = read.stages.iter().map(|stage| stage.code.as_str()).collect();
        assert_eq!(codes, ["a", "a ", "\u{a0}b"]);
        let flaws: Vec<_> = read.flaws.iter().map(|fault| fault.path.as_str()).collect();
        let expected =
            ["body.owner", "body.stages[0].probabilty", "body.stages[1].code", "body.stages[2].code"];
        assert_eq!(flaws, expected);
    }
}
