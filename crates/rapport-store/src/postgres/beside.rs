//! A connection to a view's schema beside those of a store: for measurements, which copy rows and drop schemas.

use postgres::Client;

use super::schemas::{PostgresOptions, Schemas};
use crate::{StoreError, View, error::InView};

/// A connection and the schema of a view, which need not be there.
pub struct Beside {
    /// Connected as the store connects, TLS included.
    pub client: Client,
    /// The schema's name.
    pub schema: String,
}

impl Beside {
    /// Connects.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn connect(options: &PostgresOptions, view: View) -> Result<Self, StoreError> {
        let schemas = Schemas::new(options)?;
        Ok(Self { client: schemas.server().connect().in_view(view)?, schema: schemas.schema(view) })
    }
}
