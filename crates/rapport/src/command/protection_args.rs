//! The flags that protect the ports of a server.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Flags of every command that listens.
#[derive(Debug, Args)]
pub(super) struct ProtectionArgs {
    /// The certificate for both addresses and those that vouch for it, PEM; turns TLS on
    #[arg(long, env = "RAPPORT_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key, PEM
    #[arg(long, env = "RAPPORT_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// The clients and what each may do, TOML as `rapport token` prints it [default: every client may do everything]
    #[arg(long, env = "RAPPORT_TOKENS", value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// Listen on a public address without TLS and tokens: every client that reaches it reads and writes everything. For
    /// sidecars, service meshes and private networks
    #[arg(long, env = "RAPPORT_UNPROTECTED", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub unprotected: Option<bool>,
}

/// A number and a port.
///
/// # Errors
/// The text is none.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected a number and a port, such as `127.0.0.1:7411` or `[::1]:7411`".to_owned())
}
