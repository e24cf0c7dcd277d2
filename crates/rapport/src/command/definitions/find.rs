//! Finds versions of a definition, and says what there is where there is none.

use rapport_import::nearest;
use rapport_proto::{
    definition::{self, KINDS},
    v1::{Definition, DefinitionState as State, DefinitionsRequest},
};

use super::super::{
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{failure::AnswerIsNo, shared_args::Shared};

/// Every version of a kind, of one code where it is named, with bodies: by code, the latest first.
///
/// # Errors
/// The server's; there being none is an answer, and exit 1.
pub(super) async fn versions(
    shared: &Shared,
    asking: &Asking,
    fresh: &FreshArgs,
    (kind, code): (&str, Option<&str>),
) -> anyhow::Result<Vec<Definition>> {
    let request = DefinitionsRequest {
        time: asking.time(shared, fresh)?,
        kind: kind.to_owned(),
        code: code.unwrap_or_default().to_owned(),
        earlier: true,
        bodies: true,
        ..DefinitionsRequest::default()
    };
    let found = whole::definitions(&asking.client, request).await?.definitions;
    if found.is_empty() { Err(nothing(kind, code)) } else { Ok(found) }
}

/// The answer that there is no such definition, with what the kind may be meant to be.
pub(super) fn nothing(kind: &str, code: Option<&str>) -> anyhow::Error {
    let of_code = code.map(|code| format!(" `{code}`")).unwrap_or_default();
    let mut said = format!("there is no definition{of_code} of kind `{kind}` at that moment");
    if definition::kind(kind).is_none()
        && let Some(near) = near(kind)
    {
        said.push_str(&format!("; is the kind `{near}`?"));
    } else {
        said.push_str("; `rapport definitions` lists those that there are");
    }
    AnswerIsNo(said).into()
}

/// The kind whose name is like this.
pub(super) fn near(kind: &str) -> Option<&'static str> {
    nearest(kind, KINDS.iter().map(|kind| kind.name))
}

/// The version that holds: one in force, or the default.
pub(super) fn holding(versions: &[Definition]) -> Option<&Definition> {
    versions.iter().find(|one| matches!(one.state(), State::InForce | State::Default))
}

/// How a version is called in a sentence.
pub(super) fn called(one: &Definition) -> String {
    match one.version {
        0 => "the default".to_owned(),
        version => format!("version {version}"),
    }
}
