//! Reads the body of a published definition, for validation before a definition is accepted, and for the views that use
//! it. So the views can use every accepted body.
//!
//! What a body may hold is data: a message for each kind (`proto/rapport/v1/definition.proto`), and a table of what its
//! members have to be ([`KINDS`]). One reader, driven by the descriptor of the message, reads them all.
//!
//! **Invariant:** views can read every body that validation accepts.

pub mod classes;
mod code;
mod fault;
mod form;
mod json;
mod kind;
mod kinds;
mod reader;
mod rules;
pub mod targets;

use prost::Message;

pub(crate) use self::code::{CODE_EXPECTED, is_code};
pub use self::{
    fault::Fault,
    kind::DefinitionKind,
    kinds::{KINDS, PIPELINE, kind},
};
use crate::v1;
/// One stage of a pipeline.
pub use crate::v1::pipeline_definition::Stage;

/// The message that the body of a kind is.
pub trait Body: Message + Default {
    /// The kind.
    const KIND: &'static str;
}

macro_rules! bodies {
    ($($kind:literal: $message:ident,)*) => {
        $(impl Body for v1::$message {
            const KIND: &'static str = $kind;
        })*

        #[cfg(test)]
        const BODIES: &[(&str, &str)] = &[$(($kind, stringify!($message))),*];
    };
}

bodies! {
    "pipeline": PipelineDefinition,
    "abc": AbcDefinition,
    "xyz": XyzDefinition,
    "rfm": RfmDefinition,
    "pyramid": PyramidDefinition,
    "potential": PotentialDefinition,
    "process": ProcessDefinition,
    "calendar": CalendarDefinition,
    "service_level": ServiceLevelDefinition,
    "attribution": AttributionDefinition,
    "incentive": IncentiveDefinition,
    "contact_policy": ContactPolicyDefinition,
    "targets": TargetsDefinition,
}

/// Reads a body: what it says, and its flaws. A flaw does not prevent reading a body, and a new body must not have one: a
/// member that nothing reads (most often a misspelt one), a blank at an end of a code. A body of an older ledger may have
/// some.
///
/// # Errors
/// Every fault that prevents reading it.
pub fn read<B: Body>(body: &str) -> Result<(B, Vec<Fault>), Vec<Fault>> {
    let unreadable = |description: String| vec![Fault { path: "body".to_owned(), description }];
    let Some(kind) = kind(B::KIND) else { return Err(unreadable(format!("expected no `{}`", B::KIND))) };
    let (bytes, flaws) = reader::read(kind, body)?;
    let says = B::decode(bytes.as_slice()).map_err(|error| unreadable(error.to_string()))?;
    Ok((says, flaws))
}

/// The content of a pipeline's body.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// In their order, each code once; at least one.
    pub stages: Vec<Stage>,
    /// Faults that a new body must not have although it can be read with them, see [`read`].
    pub flaws: Vec<Fault>,
}

/// Reads the body of a pipeline: `{"stages": [{"code": …, "name": …, "probability": 0 to 1}, …]}`.
///
/// # Errors
/// Every fault that prevents reading it.
pub fn pipeline(body: &str) -> Result<Pipeline, Vec<Fault>> {
    read::<v1::PipelineDefinition>(body).map(|(says, flaws)| Pipeline { stages: says.stages, flaws })
}

/// What keeps a body of any kind from being read (`Err`), or what a new one must not have although it can be read. A body
/// of a kind that is not in the table is any JSON.
///
/// # Errors
/// Every fault that prevents reading it.
pub fn check(name: &str, body: &str) -> Result<Vec<Fault>, Vec<Fault>> {
    if let Some(kind) = kind(name) {
        return kind.flaws(body);
    }
    let fault = |error| Fault { path: "body".to_owned(), description: format!("expected JSON: {error}") };
    serde_json::from_str::<serde_json::Value>(body).map(|_| Vec::new()).map_err(|error| vec![fault(error)])
}

/// Why a new definition is refused: what keeps its body from being read, or else the body's flaws.
#[must_use]
pub fn refused(name: &str, body: &str) -> Vec<Fault> {
    check(name, body).unwrap_or_else(|faults| faults)
}

#[cfg(test)]
mod of_every_kind;

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
