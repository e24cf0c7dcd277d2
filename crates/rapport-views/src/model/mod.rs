//! Models: what can be asked of a ledger, each with the page that its answer shows.
//!
//! A model is a request, an answer and a page. Whoever shows an answer (the command line, the console) shows its page and
//! knows nothing else of the model.

mod activity;
mod attributes;
mod calls;
mod channels;
pub mod classes;
mod consent;
mod contacts;
mod contracts;
mod currency;
mod customer;
mod customers;
mod definitions;
mod deliveries;
mod descending;
mod employment;
mod figures;
mod find;
mod firsts;
mod funnel;
mod gallery;
mod handover;
mod holdings;
mod leads;
mod list;
mod met;
mod needs;
mod occurred;
mod order;
mod orders;
mod paged;
mod paths;
mod portfolio;
mod potential;
mod prices;
mod profit;
mod protected;
mod purchases;
mod pyramid;
mod receivables;
mod resistance;
mod responses;
pub mod retention;
mod roles;
mod said;
mod satisfaction;
mod scores;
mod snapshots;
pub mod sources;
mod staff;
mod stock;
mod tickets;
mod timeline;
mod today;
mod value;

use prost::Message;
use rapport_proto::v1;

use self::paged::page_size;
pub use self::{
    activity::Activity,
    calls::Calls,
    channels::Channels,
    classes::Classes,
    consent::Consent,
    contacts::Contacts,
    customer::Customer,
    customers::Customers,
    definitions::Definitions,
    deliveries::Deliveries,
    find::Find,
    funnel::Funnel,
    gallery::Gallery,
    handover::Handover,
    leads::Leads,
    needs::Needs,
    orders::Orders,
    paged::{Token, check_page_size},
    paths::Paths,
    portfolio::Portfolio,
    potential::Potential,
    prices::Prices,
    profit::Profit,
    pyramid::Pyramid,
    receivables::Receivables,
    resistance::Resistance,
    responses::Scores,
    retention::Retention,
    satisfaction::Satisfaction,
    snapshots::Snapshots,
    staff::Staff,
    stock::Stock,
    tickets::Tickets,
    timeline::{Timeline, who},
    today::Today,
    value::Value,
};
use crate::answers::sums;
pub use crate::answers::{Answered, AskError, Asked};
use crate::{
    page::{Lines, Page},
    read::Rows,
    view::View,
};

/// One kind of question.
pub trait Model {
    /// What is asked.
    type Request: Send + 'static;
    /// What is answered.
    type Response: Message + Clone + 'static;
    /// As commands and answers call it.
    const NAME: &'static str;
    /// The full name of the response's message.
    const RESPONSE: &'static str;
    /// The view that has the rows.
    const VIEW: View;
    /// Further views that an answer asks, with [`Asked::rows_of`].
    const BESIDE: &[View] = &[];
    /// How exports write its pages.
    const LINES: Lines;

    /// Refuses what no rows can answer, before they are asked.
    ///
    /// # Errors
    /// The request is wrong.
    fn check(_: &Self::Request) -> Result<(), AskError> {
        Ok(())
    }

    /// The whole answer, or with a figure what that figure counts.
    ///
    /// # Errors
    /// The request is wrong, the figure counts nothing, or the rows cannot be read.
    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError>;

    /// Leaves of an answer the rows that are on the page of this token, beside so many bytes.
    fn cut(response: &mut Self::Response, token: Token, beside: usize);

    /// The part of the answer that one message holds, with its page when the request asks for it.
    ///
    /// # Errors
    /// Those of [`Self::answer`], and a page token that is none of ours.
    fn respond(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Self::Response, AskError> {
        let token = Token::parse(Self::page_token(request), asked.as_of)?;
        let asked = Asked { as_of: token.as_of, skip: token.skip, ..*asked };
        let mut response = Self::answer(request, rows, &asked)?.response;
        if let Some(meta) = Self::meta_mut(&mut response) {
            meta.position = asked.position(rows).0;
            if asked.skip == 0 {
                meta.missing_sources = sources::missing(Self::NAME, (Self::VIEW, rows), &asked)?;
            }
        }
        if !Self::wants_page(request) {
            Self::cut(&mut response, token, 0);
            return Ok(response);
        }
        let cut = |answer: &mut Self::Response, beside| Self::cut(answer, token, beside);
        Ok(paged::with_page(&response, cut, |answer| Self::shown(request, answer), Self::put_page))
    }

    /// What an answer shows; `request` says what was asked, so that what is missing can be named.
    fn page(request: &Self::Request, response: &Self::Response) -> Page;

    /// The same, with what the answer lacks named below it: what people see.
    fn shown(request: &Self::Request, response: &Self::Response) -> Page {
        let mut page = Self::page(request, response);
        page.notes.extend(sources::notes(Self::meta(response)));
        page
    }

    /// As of when to answer.
    fn time(request: &Self::Request) -> Option<&v1::ViewTime>;

    /// Which page of the answer.
    fn page_token(request: &Self::Request) -> &str;

    /// On what an answer rests.
    fn meta(response: &Self::Response) -> Option<&v1::ViewMeta>;

    /// On what an answer rests, to be changed.
    fn meta_mut(response: &mut Self::Response) -> Option<&mut v1::ViewMeta>;

    /// Whether the answer is to hold its page.
    fn wants_page(request: &Self::Request) -> bool;

    /// Puts the page into the answer.
    fn put_page(response: &mut Self::Response, page: v1::Page);
}

/// The methods of a [`Model`] that read or write the fields that all requests and responses have.
macro_rules! fields_of_every_model {
    () => {
        fn time(request: &Self::Request) -> Option<&::rapport_proto::v1::ViewTime> {
            request.time.as_ref()
        }

        fn page_token(request: &Self::Request) -> &str {
            &request.page_token
        }

        fn meta(response: &Self::Response) -> Option<&::rapport_proto::v1::ViewMeta> {
            response.meta.as_ref()
        }

        fn meta_mut(response: &mut Self::Response) -> Option<&mut ::rapport_proto::v1::ViewMeta> {
            response.meta.as_mut()
        }

        fn wants_page(request: &Self::Request) -> bool {
            request.page
        }

        fn put_page(response: &mut Self::Response, page: ::rapport_proto::v1::Page) {
            response.page = Some(page);
        }
    };
}
pub(crate) use fields_of_every_model;

/// [`Model::cut`] of a response whose list is `rows`, which begins where the token does.
macro_rules! cut_by_rows {
    () => {
        fn cut(response: &mut Self::Response, token: $crate::model::Token, beside: usize) {
            $crate::model::list::cut(
                response,
                token,
                beside,
                |response| &mut response.rows,
                |response| (&mut response.rows_left_out, &mut response.next_page_token),
            );
        }
    };
}
pub(crate) use cut_by_rows;
