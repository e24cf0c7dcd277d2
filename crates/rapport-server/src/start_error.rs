//! Why a server did not start, or did not stop well.

use std::{io, net::SocketAddr, path::PathBuf};

use rapport_log::OpenError;
use rapport_model::ErrorClass;
use rapport_store::StoreError;

use crate::config::ConfigError;

/// A server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot run with this configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on `{address}`; another program may be there: stop it, or choose another address with --{flag}"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The flag that changes it.
        flag: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The directory cannot be made.
    #[error("cannot make the directory `{}`; choose another with --data", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log cannot be opened.
    #[error("cannot open the ledger: {0}")]
    Log(#[from] OpenError),
    /// The read models cannot be opened.
    #[error("cannot open the views: {0}")]
    Views(#[from] StoreError),
    /// The system has no thread left.
    #[error("cannot start a thread; the system's limit of processes is reached")]
    Thread(#[source] io::Error),
    /// A fault of the program while opening.
    #[error("opening the ledger ended without an answer; report this with the log")]
    Panicked,
}

impl StartError {
    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Config(_) => ErrorClass::Invalid,
            Self::Listen { .. } | Self::Directory { .. } | Self::Thread(_) => ErrorClass::Unavailable,
            Self::Log(error) => error.class(),
            Self::Views(error) => error.class(),
            Self::Panicked => ErrorClass::Internal,
        }
    }
}

/// A server did not stop as it should; what was acknowledged is durable all the same.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// A listener failed.
    #[error("serving {what} failed")]
    Serving {
        /// `gRPC` or `HTTP`.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A fault of the program.
    #[error("{what} ended by a fault of the program; report this with the log")]
    Panicked {
        /// Which part.
        what: &'static str,
    },
}

impl StopError {
    /// Always [`ErrorClass::Internal`].
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Internal
    }
}
