//! The connection to a server.

use std::{error::Error as _, time::Duration};

use anyhow::Context;
use jiff::tz::TimeZone;
use prost::Message as _;
use rapport_proto::v1::{
    HeadRequest, HeadResponse, ReadDirection, ReadStreamRequest, RecordedEvent, ledger_client::LedgerClient,
    views_client::ViewsClient,
};
use tokio::time::timeout;
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint, Uri},
};

use crate::failure::Refused;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Answers may be larger than gRPC's default of 4 MiB: a page of a thousand entries with their payloads.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// A connected client.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
}

impl Client {
    /// Connects to `url`.
    ///
    /// # Errors
    /// The text is no URL, or nothing answers there.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let with_scheme = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let no_address =
            || format!("`{url}` is not a server's address; expected one such as `http://127.0.0.1:7411`");
        let endpoint = Endpoint::from_shared(with_scheme).with_context(no_address)?;
        anyhow::ensure!(is_address(endpoint.uri()), no_address());
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(8 << 20);
        let channel = endpoint.connect().await.map_err(|error| {
            anyhow::anyhow!(
                "cannot reach the server at {url}; start one with `rapport serve --data DIR`, or name another with --server ({})",
                root_cause(&error)
            )
        })?;
        let client = Self { channel };
        client.check_that_it_is_a_ledger(url).await?;
        Ok(client)
    }

    /// Something that takes connections may still be no ledger, or never answer.
    async fn check_that_it_is_a_ledger(&self, url: &str) -> anyhow::Result<()> {
        let mut ledger = self.ledger();
        let what = match timeout(CONNECT_TIMEOUT, ledger.head(HeadRequest {})).await {
            Err(_) => "does not answer",
            // A status that no server gave: nobody there speaks gRPC.
            Ok(Err(status)) if status.source().is_some() || status.message().contains("grpc-status") => {
                "is no ledger's gRPC address"
            }
            Ok(Ok(_) | Err(_)) => return Ok(()),
        };
        anyhow::bail!("what is at {url} {what}; `rapport serve` prints its own as `ready grpc=…`")
    }

    /// The ledger itself.
    pub fn ledger(&self) -> LedgerClient<Channel> {
        LedgerClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The read models.
    pub fn views(&self) -> ViewsClient<Channel> {
        ViewsClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The position of a stream's last event; 0 when there is no such stream.
    ///
    /// # Errors
    /// The server's.
    pub async fn last_position(&self, stream: &str) -> anyhow::Result<u64> {
        let request = ReadStreamRequest {
            stream: stream.to_owned(),
            direction: ReadDirection::Backwards.into(),
            limit: 1,
            ..ReadStreamRequest::default()
        };
        let none = |status: &Status| status.code() == Code::NotFound;
        let mut answers = match self.ledger().read_stream(request).await {
            Ok(answers) => answers.into_inner(),
            Err(status) if none(&status) => return Ok(0),
            Err(status) => return Err(Refused::from(status).into()),
        };
        match answers.message().await {
            Ok(answer) => match answer.and_then(|answer| answer.events.into_iter().next()) {
                Some(event) => Ok(RecordedEvent::decode(event)?.position),
                None => Ok(0),
            },
            Err(status) if none(&status) => Ok(0),
            Err(status) => Err(Refused::from(status).into()),
        }
    }

    /// The end of the ledger, and what kind of ledger it is.
    ///
    /// # Errors
    /// The server's.
    pub async fn head(&self) -> anyhow::Result<HeadResponse> {
        Ok(self.ledger().head(HeadRequest {}).await.map_err(Refused::from)?.into_inner())
    }
}

/// The zone in which the ledger's dates are meant.
///
/// # Errors
/// The server names a zone that this program does not know.
pub fn zone(head: &HeadResponse) -> anyhow::Result<TimeZone> {
    if head.time_zone.is_empty() {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(&head.time_zone).with_context(|| {
        format!("the server's time zone `{}` is unknown here; use an up-to-date `rapport`", head.time_zone)
    })
}

/// `http`, a host, a port that is one, and nothing behind.
fn is_address(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // Behind the brackets of an IPv6 address.
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port).split_once(':');
    uri.scheme_str() == Some("http")
        && !authority.is_empty()
        && port.is_none_or(|(_, port)| port.parse::<u16>().is_ok())
        && matches!(uri.path(), "" | "/")
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
