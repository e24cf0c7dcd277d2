//! The one list of an answer that may be longer than a message.

use prost::Message;
use rapport_proto::fit;

use super::Token;

/// Leaves of an answer's list what one message has room for, and says what is left out and where the next page begins.
/// The list begins where the token does; `left_out` holds how many rows are behind it.
pub(super) fn cut<R: Message, T: Message>(
    response: &mut R,
    token: Token,
    beside: usize,
    list: fn(&mut R) -> &mut Vec<T>,
    rest: fn(&mut R) -> (&mut u64, &mut String),
) {
    let mut rows = std::mem::take(list(response));
    let all = rows.len() as u64 + *rest(response).0;
    let mut page = fit::Page::after(0, beside + response.encoded_len());
    page.keep(&mut rows);
    *list(response) = rows;
    let (left_out, next) = rest(response);
    *left_out = all - page.taken() as u64;
    let after = Token { skip: token.skip + page.taken(), ..token };
    *next = if *left_out == 0 { String::new() } else { after.text() };
}
