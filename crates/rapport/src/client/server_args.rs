//! Where a server is, the authority that vouches for it, and the token that lets this client in.
//!
//! **Invariant:** a token is sent to another machine only over TLS, and is in no message.

use std::{env, fmt, fs, net::IpAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tonic::{
    codegen::http::HeaderValue,
    transport::{Certificate, ClientTlsConfig, Endpoint, Uri},
};

/// How long to wait for a connection.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Notices a connection that died silently within a minute.
const KEEPALIVE_S: u64 = 20;

/// The flag that names a server.
const SERVER_FLAG: &str = "--server";

/// The flags of every command that name a server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// The server to ask; `https://…` when it has a certificate
    #[arg(
        id = "server",
        long = "server",
        global = true,
        env = "RAPPORT_SERVER",
        default_value = "http://127.0.0.1:7411",
        value_name = "URL"
    )]
    pub url: String,
    /// The authority that vouches for the server, PEM [default: those that the system trusts]
    #[arg(long, global = true, env = "RAPPORT_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A file with the token that lets this client in [default: RAPPORT_TOKEN]; see `rapport token`
    #[arg(long, global = true, env = "RAPPORT_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Seconds without a byte from the server after which the client sends a ping; after as many again without an
    /// answer it closes the connection
    #[arg(
        long = "keepalive-s",
        global = true,
        env = "RAPPORT_KEEPALIVE_S",
        value_name = "SECONDS",
        default_value_t = KEEPALIVE_S,
        value_parser = clap::value_parser!(u64).range(1..=3_600),
        hide_short_help = true
    )]
    keepalive_s: u64,
    /// A server of this program's own needs no token, and gets none.
    #[arg(skip)]
    own: bool,
    /// The flag that named it.
    #[arg(skip = SERVER_FLAG)]
    pub flag: &'static str,
}

impl ServerArgs {
    /// A server that this program has started for itself.
    pub(crate) fn own(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ca: None,
            token_file: None,
            keepalive_s: KEEPALIVE_S,
            own: true,
            flag: SERVER_FLAG,
        }
    }

    /// The server that another flag names, with what lets this client in.
    pub(crate) fn at(&self, url: String, flag: &'static str) -> Self {
        Self { url, flag, ..self.clone() }
    }

    /// How long a server may be silent before the client pings it.
    pub(crate) const fn keepalive(&self) -> Duration {
        Duration::from_secs(self.keepalive_s)
    }

    /// What to connect to.
    ///
    /// # Errors
    /// The text is not a URL, or the authority's file cannot be used.
    pub(crate) fn endpoint(&self) -> anyhow::Result<Endpoint> {
        let url = &self.url;
        let with_scheme = if url.contains("://") { url.clone() } else { format!("http://{url}") };
        let no_address =
            || format!("`{url}` is not a server's address; expected one such as `http://127.0.0.1:7411`");
        let endpoint = Endpoint::from_shared(with_scheme).with_context(no_address)?;
        anyhow::ensure!(is_address(endpoint.uri()), no_address());
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            // The other side may be gone silently: a firewall forgot the connection, or a machine lost its power.
            .tcp_keepalive(Some(self.keepalive()))
            .http2_keep_alive_interval(self.keepalive())
            .keep_alive_timeout(self.keepalive())
            .keep_alive_while_idle(true)
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(8 << 20);
        if endpoint.uri().scheme_str() != Some("https") {
            return Ok(endpoint);
        }
        let tls = ClientTlsConfig::new().timeout(CONNECT_TIMEOUT);
        let (tls, roots) = match &self.ca {
            Some(file) => {
                let pem =
                    fs::read(file).with_context(|| format!("--ca: cannot read `{}`", file.display()))?;
                let sound = CertificateDer::pem_slice_iter(&pem).next().is_some_and(|first| first.is_ok());
                anyhow::ensure!(sound, "--ca: `{}` holds no certificate in PEM", file.display());
                (tls.ca_certificate(Certificate::from_pem(pem)), "--ca")
            }
            None => (
                tls.with_native_roots(),
                "the system's authorities cannot be used; install them (Debian: ca-certificates), or name one with --ca FILE",
            ),
        };
        endpoint.tls_config(tls).context(roots)
    }

    /// What is sent as `authorization` with every call.
    ///
    /// # Errors
    /// The token cannot be read, is none, or would be sent where others can read it.
    pub(crate) fn bearer(&self, to: &Uri) -> anyhow::Result<Option<HeaderValue>> {
        let Some((token, from)) = self.token()? else { return Ok(None) };
        anyhow::ensure!(
            to.scheme_str() == Some("https") || is_loopback(to),
            "refusing to send the token of {from} to {} without TLS: others could read it on its way; use https://, \
             or leave the token out",
            self.url
        );
        let one_word = !token.is_empty() && token.bytes().all(|letter| letter.is_ascii_graphic());
        let value = one_word.then(|| HeaderValue::try_from(format!("Bearer {token}")).ok()).flatten();
        let mut value = value.with_context(|| {
            format!("{from} holds no token; expected one word, as `rapport token` prints it")
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The token and where it comes from; the file wins over the environment.
    fn token(&self) -> anyhow::Result<Option<(String, String)>> {
        if self.own {
            return Ok(None);
        }
        if let Some(file) = &self.token_file {
            let text = fs::read_to_string(file)
                .with_context(|| format!("--token-file: cannot read `{}`", file.display()))?;
            return Ok(Some((text.trim().to_owned(), format!("`{}`", file.display()))));
        }
        let token = env::var("RAPPORT_TOKEN").ok().filter(|token| !token.is_empty());
        Ok(token.map(|token| (token.trim().to_owned(), "RAPPORT_TOKEN".to_owned())))
    }
}

impl fmt::Display for ServerArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// `http` or `https`, a host, a port that is one, and nothing behind.
fn is_address(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // Behind the brackets of an IPv6 address.
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port).split_once(':');
    matches!(uri.scheme_str(), Some("http" | "https"))
        && !authority.is_empty()
        // A password in an address would be shown in messages, and no server reads it.
        && !authority.contains('@')
        && port.is_none_or(|(_, port)| port.parse::<u16>().is_ok())
        && matches!(uri.path(), "" | "/")
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(url: &str, token: Option<&str>) -> (ServerArgs, Option<tempfile::NamedTempFile>) {
        let file = token.map(|token| {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), token).unwrap();
            file
        });
        let token_file = file.as_ref().map(|file| file.path().to_owned());
        (
            ServerArgs {
                url: url.to_owned(),
                ca: None,
                token_file,
                keepalive_s: KEEPALIVE_S,
                own: false,
                flag: SERVER_FLAG,
            },
            file,
        )
    }

    #[test]
    fn a_token_goes_to_this_machine_or_over_tls_and_nowhere_else() {
        for (url, goes) in [
            ("http://127.0.0.1:7411", true),
            ("http://127.8.9.1:7411", true),
            ("http://[::1]:7411", true),
            ("http://localhost:7411", true),
            ("localhost:7411", true),
            ("https://ledger.example:7411", true),
            ("http://ledger.example:7411", false),
            ("http://localhost.example:7411", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0:7411", false),
            ("http://[2001:db8::1]:7411", false),
            ("http://[::ffff:10.0.0.1]:7411", false),
        ] {
            let (server, _file) = args(url, Some("rapport_5ec4e7\n"));
            let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
            let bearer = server.bearer(&url.parse().unwrap());
            assert_eq!(bearer.is_ok(), goes, "{url}");
            match bearer {
                Ok(value) => {
                    assert_eq!(value.as_ref().unwrap().as_bytes(), b"Bearer rapport_5ec4e7");
                    assert!(!format!("{value:?}").contains("5ec4e7"));
                }
                Err(error) => assert!(!format!("{error:#}").contains("5ec4e7"), "{error:#}"),
            }
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        let uri = Uri::from_static("http://127.0.0.1:7411");
        for text in ["", " \n", "two 5ec4e7", "5ec4e7\n5ec4e7", "5ec4e7\u{e9}", "5ec4e7\u{7}"] {
            let (server, _file) = args("http://127.0.0.1:7411", Some(text));
            let error = format!("{:#}", server.bearer(&uri).unwrap_err());
            assert!(error.contains("holds no token") && !error.contains("5ec4e7"), "{error}");
        }
        let own = ServerArgs { own: true, ..args("http://127.0.0.1:7411", None).0 };
        assert!(own.bearer(&uri).unwrap().is_none());
    }

    #[test]
    fn addresses_are_http_or_https_with_a_host() {
        for url in ["127.0.0.1:7411", "http://h", "https://h:1", "https://[::1]:7411/"] {
            assert!(ServerArgs::own(url).endpoint().is_ok(), "{url}");
        }
        for url in ["", "ftp://h", "http://h/path", "http://h:port", "http://user:secret@h", "https://"] {
            assert!(ServerArgs::own(url).endpoint().is_err(), "{url}");
        }
    }
}
