//! Why a server did not start, or did not stop well.

use std::{io, net::SocketAddr, path::PathBuf};

use rapport_log::OpenError;
use rapport_model::{ErrorClass, Position};
use rapport_store::StoreError;

use crate::{
    config::error::ConfigError,
    door::{tls::TlsError, tokens::TokensError},
    ledger::publishing::PublishingError,
};

/// A server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot run with this configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The file of tokens cannot be used.
    #[error("tokens: {0}")]
    Tokens(#[from] TokensError),
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
    /// The directory has no ledger and something else.
    #[error("`{}` holds `{found}` and no ledger; name a directory of its own with --data", .path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// What is in it.
        found: String,
    },
    /// The log cannot be opened.
    #[error("cannot open the ledger: {0}{hint}", hint = hint(.0))]
    Log(#[from] OpenError),
    /// The read models cannot be opened.
    #[error("cannot open the views: {0}")]
    Views(#[from] StoreError),
    /// Views only see what is durable, so the log has lost something since, or is another one.
    #[error(
        "the log ends at position `{last}`, and view `{view}` has seen position `{seen}`: the log has lost events; run `rapport verify`, and restore the ledger from a backup; to go on without them, delete `{}`",
        .views.display()
    )]
    LogBehindView {
        /// The log's last position.
        last: Position,
        /// The view's name.
        view: &'static str,
        /// The view's checkpoint.
        seen: Position,
        /// The directory of the views.
        views: PathBuf,
    },
    /// The publisher.
    #[error(transparent)]
    Publishing(#[from] PublishingError),
    /// The system has no thread left.
    #[error("cannot start a thread; the system's limit of processes is reached")]
    Thread(#[source] io::Error),
    /// A fault of the program while opening.
    #[error("opening the ledger ended without an answer; report this with the log")]
    Panicked,
}

/// The command that tells more about unreadable files; the message about damage names it itself.
fn hint(error: &OpenError) -> &'static str {
    match error {
        OpenError::Sled { .. } | OpenError::Storage(_) => "; `rapport verify --data DIR` tells what is wrong",
        OpenError::Corrupt(_)
        | OpenError::BothDamaged { .. }
        | OpenError::Locked { .. }
        | OpenError::OtherClock { .. }
        | OpenError::NotThere
        | OpenError::NoLedger { .. } => "",
    }
}

impl StartError {
    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Config(_) | Self::Tls(_) | Self::Tokens(_) | Self::NotEmpty { .. } => ErrorClass::Invalid,
            Self::Listen { .. }
            | Self::Directory { .. }
            | Self::Thread(_)
            | Self::Publishing(PublishingError::Thread(_)) => ErrorClass::Unavailable,
            Self::Publishing(PublishingError::Options(_)) => ErrorClass::Invalid,
            Self::Log(error) => error.class(),
            Self::Views(error) => error.class(),
            Self::LogBehindView { .. } => ErrorClass::Corrupt,
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

#[cfg(test)]
mod tests {
    use rapport_log::{CorruptError, Fault};

    use super::*;

    #[test]
    fn a_damaged_log_names_rapport_verify_once() {
        let corrupt = CorruptError { generation: 1, position: Position(7), fault: Fault::Missing };
        let behind = StartError::LogBehindView {
            last: Position(7),
            view: "funnel",
            seen: Position(9),
            views: PathBuf::from("views"),
        };
        for error in [StartError::Log(OpenError::Corrupt(corrupt)), behind] {
            let said = error.to_string();
            assert_eq!(said.matches("rapport verify").count(), 1, "{said}");
        }
    }
}
