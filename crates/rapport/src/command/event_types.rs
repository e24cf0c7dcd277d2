//! `--type`: a type that no event has is an error, instead of an answer without entries.

use rapport_import::nearest;
use rapport_proto::{
    event_type,
    v1::{Query, ReadAllRequest, query::Item},
};

use super::view_time::Asking;
use crate::failure::Refused;

/// How many names are shown when no name is near.
const GROUP_SHOWN_MAX: usize = 8;

/// Refuses the first type that is not of the vocabulary and that no event of the ledger has: an organisation's own
/// types are known by their events alone.
///
/// # Errors
/// Such a type, with what may have been meant; or the server's.
pub(super) async fn check(asking: &Asking, types: &[String]) -> anyhow::Result<()> {
    for name in types.iter().filter(|name| event_type::field_of_name(name).is_none()) {
        let item = Item { types: vec![name.clone()], ..Item::default() };
        let request = ReadAllRequest {
            query: Some(Query { items: vec![item] }),
            limit: 1,
            ..ReadAllRequest::default()
        };
        let mut found = asking.client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner();
        let some =
            found.message().await.map_err(Refused::from)?.is_some_and(|chunk| !chunk.events.is_empty());
        anyhow::ensure!(some, "--type `{name}`: no event has this type; {}", meant(name));
    }
    Ok(())
}

/// What may have been meant: the nearest name, or else those of the same group.
pub(super) fn meant(name: &str) -> String {
    let all = || event_type::all().map(|(_, name)| name);
    if let Some(near) = nearest(name, all()) {
        return format!("is it `{near}`?");
    }
    let group = name.split(['.', '_']).next().unwrap_or_default();
    let of_group: Vec<_> =
        all().filter(|other| other.split('.').next() == Some(group)).take(GROUP_SHOWN_MAX).collect();
    if of_group.is_empty() {
        return "the types are in `proto/rapport/v1/event.proto`, such as `deal.won` and `note.recorded`"
            .to_owned();
    }
    format!("there are `{}`", of_group.join("`, `"))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_slip_of_the_keyboard_and_a_wrong_name_of_a_group_have_an_answer() {
        assert_eq!(meant("deal.opend"), "is it `deal.opened`?");
        assert_eq!(meant("DealWon"), "is it `deal.won`?");
        assert!(meant("survey.everything_at_once").contains("`survey.sent`, `survey.answered`"));
        assert!(meant("zzzzzzzzzzzz").contains("event.proto"));
    }
}
