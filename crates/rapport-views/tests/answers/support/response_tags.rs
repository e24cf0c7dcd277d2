//! The tags of the events of made-up companies.

use rapport_proto::v1::payload::Kind;

/// The tags of a response: the words of its comment. Others have none.
pub(crate) fn tags(kind: &Kind) -> Vec<String> {
    let Kind::SurveyAnswered(answered) = kind else { return Vec::new() };
    let comment = answered.personal.as_ref().map(|personal| personal.comment.as_str());
    comment.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
