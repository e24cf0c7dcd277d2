//! What an answer shows, in the answer: its rows and its page have to fit together.

use prost::Message;
use rapport_proto::fit;
use rapport_views::model::Model;

/// What `cut` leaves of the answer beside so many bytes, with its page if the request asks for one. Where both are too
/// large for one message, less is left.
pub fn with_page<M>(
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
        let page = M::page(request, &answer);
        M::put_page(&mut answer, page.into());
        let all = answer.encoded_len();
        // One row is never too large.
        if all <= fit::SHOWN_BYTES || beside >= fit::PAGE_BYTES {
            return answer;
        }
        // In proportion, and a tenth less: rows differ.
        let room = fit::PAGE_BYTES.saturating_sub(beside).min(rows);
        beside = fit::PAGE_BYTES - room * (fit::SHOWN_BYTES / 10 * 9) / all;
    }
}
