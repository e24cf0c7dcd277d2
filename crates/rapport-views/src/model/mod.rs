//! Models: what can be asked of a ledger, each with the page that its answer shows.
//!
//! A model is a request, an answer and a page. Whoever shows an answer (the command line, the console) shows its page and
//! knows nothing else of the model.

pub mod classes;
mod satisfaction;

use rapport_proto::v1;

use crate::page::{Lines, Page};

pub use classes::Classes;
pub use satisfaction::Satisfaction;

/// One kind of question.
pub trait Model {
    /// What is asked.
    type Request;
    /// What is answered.
    type Response;
    /// As commands and answers call it.
    const NAME: &'static str;
    /// The full name of the response's message.
    const RESPONSE: &'static str;
    /// How exports write its pages.
    const LINES: Lines;

    /// What an answer shows; `request` says what was asked, so that what is missing can be named.
    fn page(request: &Self::Request, response: &Self::Response) -> Page;

    /// On what an answer rests.
    fn meta(response: &Self::Response) -> Option<&v1::ViewMeta>;

    /// Whether the answer is to hold its page.
    fn wants_page(request: &Self::Request) -> bool;

    /// Puts the page into the answer.
    fn put_page(response: &mut Self::Response, page: v1::Page);
}
