//! A request that is too large is refused by the transport, before any service sees it, and with a code that says
//! something else. Here it gets the code and the words of every other limit.

use axum::{http::Response, http::header::HeaderMap};
use rapport_model::ErrorClass;
use tonic::{Code, Status};

use crate::door::refusal::Refusal;

/// Answers as they are, but for that one.
pub(crate) fn in_our_words<B: Default>(answer: Response<B>) -> Response<B> {
    match too_large(answer.headers()) {
        Some(refusal) => Status::from(refusal).into_http(),
        None => answer,
    }
}

fn too_large(headers: &HeaderMap) -> Option<Refusal> {
    // An answer that begins with its status has no other part.
    let status = Status::from_header_map(headers)?;
    (status.code() == Code::OutOfRange).then(|| refusal(&status))
}

/// What the transport says of a message beyond `message_bytes_max`, said so that a client can act on it.
pub(crate) fn refusal(status: &Status) -> Refusal {
    let sizes: Vec<&str> = status
        .message()
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    let what = match sizes.as_slice() {
        [found, limit] => format!("a message of `{found}` bytes came, the limit is `{limit}`"),
        _ => "a message is larger than the limit".to_owned(),
    };
    let message = format!("{what}; send smaller requests, or raise `message_bytes_max` of the server");
    Refusal::new(ErrorClass::Busy, "MESSAGE_TOO_LARGE", message)
}
