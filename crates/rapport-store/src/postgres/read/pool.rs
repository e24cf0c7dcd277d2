//! Connections to a view's schema.

use std::sync::{Mutex, PoisonError};

use crate::{
    View,
    postgres::{connect::Server, failure::PostgresError, session::Session},
};

/// Idle connections kept for reading.
const IDLE_MAX: usize = 8;

/// Connections whose schema is a view's.
pub(crate) struct Pool {
    server: Server,
    pub view: View,
    schema: String,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    /// None yet.
    pub(crate) fn new(server: Server, view: View, schema: String) -> Self {
        Self { server, view, schema, idle: Mutex::new(Vec::new()) }
    }

    /// A connection of its own. A commit that a crash of the server takes is made again: events come from the topic.
    pub(crate) fn connect_to_write(&self) -> Result<Session, PostgresError> {
        let mut session = self.connect()?;
        session.batch("SET synchronous_commit TO off")?;
        Ok(session)
    }

    fn connect(&self) -> Result<Session, PostgresError> {
        let mut session = Session::new(self.server.connect()?);
        // Compiling a plan takes longer than any of ours runs.
        session.batch(&format!("SET search_path TO \"{}\"; SET jit TO off", self.schema))?;
        Ok(session)
    }

    /// Begins to ask on an idle connection; on a new one when there is none or it is of no more use.
    pub(crate) fn begin<T>(
        &self,
        work: impl Fn(&mut Session) -> Result<T, PostgresError>,
    ) -> Result<(Session, T), PostgresError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut session) = idle
            && let Ok(begun) = work(&mut session)
        {
            return Ok((session, begun));
        }
        // Others that are idle have probably lost their server as well.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|session| !session.client.is_closed());
        let mut session = self.connect()?;
        let begun = work(&mut session)?;
        Ok((session, begun))
    }

    /// Asks one thing.
    pub(crate) fn ask<T>(
        &self,
        work: impl Fn(&mut Session) -> Result<T, PostgresError>,
    ) -> Result<T, PostgresError> {
        let (session, answer) = self.begin(work)?;
        self.give_back(session);
        Ok(answer)
    }

    /// Takes a connection back that is in no transaction.
    pub(crate) fn give_back(&self, session: Session) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(session);
        }
    }
}
