//! The database and the names of the schemas in it.

use std::time::Duration;

use super::connect::Server;
use crate::{StoreError, View};

/// Where the rows are.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Such as `postgres://user:password@host/database?sslmode=verify-full`.
    pub url: String,
    /// The schemas are `PREFIX_timeline` and so on.
    pub schema_prefix: String,
    /// How long the database may say nothing before it is asked whether it is at work; when it is not, the connection
    /// is given up.
    pub keepalive: Duration,
}

impl PostgresOptions {
    /// With the prefix `rapport`, and what notices a dead connection within a minute.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), schema_prefix: "rapport".to_owned(), keepalive: Duration::from_secs(20) }
    }
}

/// A database that is connected to when it is needed, and the prefix of the schemas.
#[derive(Clone)]
pub(super) struct Schemas {
    server: Server,
    prefix: String,
}

impl Schemas {
    /// Connected to nothing yet.
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, StoreError> {
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let prefix = options.schema_prefix.clone();
        if prefix.is_empty() || prefix.len() > 40 || !prefix.bytes().all(valid) {
            return Err(StoreError::SchemaPrefix { prefix });
        }
        let server =
            Server::parse(&options.url, options.keepalive).map_err(|source| StoreError::Url { source })?;
        Ok(Self { server, prefix })
    }

    /// The database.
    pub(super) const fn server(&self) -> &Server {
        &self.server
    }

    /// The schema of a view.
    pub(super) fn schema(&self, view: View) -> String {
        format!("{}_{}", self.prefix, view.name())
    }

    /// The schema that a rebuild of a view fills.
    pub(super) fn next(&self, view: View) -> String {
        format!("{}_next", self.schema(view))
    }
}
