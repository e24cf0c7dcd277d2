//! What a server lacks that others can reach: encryption, tokens, or both.

use std::fmt;

/// What a server lacks that others can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Neither encrypted nor guarded.
    TlsAndTokens,
    /// Not encrypted.
    Tls,
    /// Not guarded.
    Tokens,
}

impl Lack {
    /// What the lack allows to happen.
    #[must_use]
    pub const fn danger(self) -> &'static str {
        match self {
            Self::TlsAndTokens | Self::Tokens => {
                "every client that reaches it could read and append everything"
            }
            Self::Tls => "others could read tokens and events on their way",
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsAndTokens => "TLS and tokens",
            Self::Tls => "TLS",
            Self::Tokens => "tokens",
        })
    }
}
