//! Asks a made-up company.

use rapport_views::{
    answers::{AnswerError, Answered, AskError},
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
        match self.asked::<M>(request, figure, skip) {
            (Ok(answered), store) => Ok((answered, store)),
            (Err(AskError::Answer(error)), _) => Err(error),
            (Err(other), _) => panic!("{other}"),
        }
    }

    /// Why a request is refused.
    pub(crate) fn refused<M: Model>(&self, request: &M::Request) -> AskError {
        match self.asked::<M>(request, None, 0).0 {
            Ok(_) => panic!("it is answered"),
            Err(error) => error,
        }
    }

    fn asked<M: Model>(
        &self,
        request: &M::Request,
        figure: Option<&str>,
        skip: usize,
    ) -> (Result<Answered<M::Response>, AskError>, Memory) {
        let (store, zone) = (self.store(M::VIEW), zone());
        let of = |view: &View| (*view, Box::new(self.store(*view)) as Box<dyn Rows>);
        let beside: Vec<_> = M::BESIDE.iter().map(of).collect();
        let asked = Asked { as_of: self.as_of, zone: &zone, figure, skip, events: self, beside: &beside };
        (M::answer(request, &store, &asked), store)
    }
}
