//! What an answer shows, in the answer: its rows and its page have to fit together.

use prost::Message;
use rapport_proto::{fit, v1};
use rapport_views::model::Model;

/// What `cut` leaves of the answer beside so many bytes, with its page if the request asks for one. Where both are too
/// large for one message, less is left; one row that is still too large comes without its page.
pub(super) fn with_page<M>(
    request: &M::Request,
    mut whole: M::Response,
    cut: impl Fn(&mut M::Response, usize),
) -> M::Response
where
    M: Model,
    M::Response: Message + Clone,
{
    if !M::wants_page(request) {
        cut(&mut whole, 0);
        return whole;
    }
    let mut beside = 0;
    loop {
        let mut answer = whole.clone();
        cut(&mut answer, beside);
        let rows = answer.encoded_len();
        let bytes = match add_page::<M>(request, answer) {
            Ok(answer) => return answer,
            Err(TooLarge { answer, .. }) if beside >= fit::PAGE_BYTES => return answer,
            Err(TooLarge { bytes, .. }) => bytes,
        };
        // In proportion, and a tenth less: rows differ.
        let room = fit::PAGE_BYTES.saturating_sub(beside).min(rows);
        beside = fit::PAGE_BYTES - room * (fit::SHOWN_BYTES / 10 * 9) / bytes;
    }
}

/// An answer that has no room for its page, and how many bytes it would have with it.
pub(super) struct TooLarge<A> {
    pub(super) answer: A,
    pub(super) bytes: usize,
}

/// Adds the page of an answer, if there is room.
pub(super) fn add_page<M>(
    request: &M::Request,
    mut answer: M::Response,
) -> Result<M::Response, TooLarge<M::Response>>
where
    M: Model,
    M::Response: Message,
{
    let page = v1::Page::from(M::page(request, &answer));
    let bytes = answer.encoded_len() + page.encoded_len() + fit::AROUND;
    if bytes > fit::SHOWN_BYTES {
        return Err(TooLarge { answer, bytes });
    }
    M::put_page(&mut answer, page);
    Ok(answer)
}
