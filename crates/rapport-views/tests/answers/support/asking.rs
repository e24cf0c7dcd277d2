//! Asks a made-up company.

use rapport_views::{
    answers::{AnswerError, Answered, AskError, Keeping},
    model::{Asked, Model},
    read::Rows,
    view::View,
};

use super::{
    company::{Company, zone},
    memory::Memory,
};

impl Company {
    /// Asks a model.
    pub(crate) fn ask<M: Model>(
        &self,
        request: &M::Request,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<Answered<M::Response>, AnswerError> {
        self.ask_store::<M>(request, figure, skip).map(|(answered, _)| answered)
    }

    /// The same, with the store that was asked.
    pub(crate) fn ask_store<M: Model>(
        &self,
        request: &M::Request,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<(Answered<M::Response>, Memory), AnswerError> {
        match self.asked::<M>(request, figure, skip, None) {
            (Ok(answered), store) => Ok((answered, store)),
            (Err(AskError::Answer(error)), _) => Err(error),
            (Err(other), _) => panic!("{other}"),
        }
    }

    /// The first page of an answer, as a server gives it.
    pub(crate) fn respond<M: Model>(&self, request: &M::Request) -> M::Response {
        let (store, zone) = (self.store(M::VIEW), zone());
        let beside: Vec<_> =
            M::BESIDE.iter().map(|view| (*view, Box::new(self.store(*view)) as Box<dyn Rows>)).collect();
        let as_of = self.as_of;
        let asked =
            Asked { as_of, zone: &zone, figure: None, skip: 0, events: self, beside: &beside, kept: None };
        M::respond(request, &store, &asked).unwrap()
    }

    /// Asks about now.
    pub(crate) fn ask_keeping<M: Model>(&self, request: &M::Request, kept: Keeping<'_>) -> M::Response {
        self.asked::<M>(request, None, 0, Some(kept)).0.unwrap().response
    }

    /// Why a request is refused.
    pub(crate) fn refused<M: Model>(&self, request: &M::Request) -> AskError {
        match self.asked::<M>(request, None, 0, None).0 {
            Ok(_) => panic!("it is answered"),
            Err(error) => error,
        }
    }

    fn asked<M: Model>(
        &self,
        request: &M::Request,
        figure: Option<&str>,
        skip: usize,
        kept: Option<Keeping<'_>>,
    ) -> (Result<Answered<M::Response>, AskError>, Memory) {
        let (store, zone) = (self.store(M::VIEW), zone());
        let of = |view: &View| (*view, Box::new(self.store(*view)) as Box<dyn Rows>);
        let beside: Vec<_> = M::BESIDE.iter().map(of).collect();
        let asked =
            Asked { as_of: self.as_of, zone: &zone, figure, skip, events: self, beside: &beside, kept };
        (M::answer(request, &store, &asked), store)
    }
}
