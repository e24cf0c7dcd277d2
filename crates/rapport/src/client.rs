//! The connection to a server.

mod authorized;
pub(crate) mod server_args;
pub(crate) mod unreachable;

use anyhow::Context;
use jiff::tz::TimeZone;
use prost::Message as _;
use rapport_proto::v1::{
    HeadRequest, HeadResponse, ReadDirection, ReadStreamRequest, RecordedEvent, ledger_client::LedgerClient,
    views_client::ViewsClient,
};
use tokio::time::timeout;
use tonic::{Code, Status, transport::Uri};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use self::{
    authorized::Authorized,
    server_args::{CONNECT_TIMEOUT, ServerArgs},
    unreachable::{Unanswered, speaks_tls, unanswered},
};
use crate::failure::Refused;

/// Of a server that takes payloads above 1 MiB (`payload_bytes_max`) answers may be larger than gRPC's default of 4
/// MiB.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// What may be at an address that takes a connection and sends nothing back.
const SILENT: &str = "takes connections and sends nothing back: a ledger that is stopped, hangs or is overloaded (look at \
     its process, and try again), or a program that does not speak gRPC";

/// The ledger's calls.
pub(crate) type Ledger = LedgerClient<Authorized>;
/// The views' calls.
pub(crate) type Views = ViewsClient<Authorized>;

/// A connected client.
#[derive(Clone)]
pub(crate) struct Client {
    channel: Authorized,
    /// The address, and the flag that gave it.
    named: (String, &'static str),
}

impl Client {
    /// Connects to a server.
    ///
    /// # Errors
    /// The address is not valid, no server answers there, or the server cannot be trusted with the token.
    pub(crate) async fn connect(server: &ServerArgs) -> anyhow::Result<Self> {
        let endpoint = server.endpoint()?;
        let bearer = server.bearer(endpoint.uri())?;
        let host = endpoint.uri().host().unwrap_or_default().to_owned();
        let channel = endpoint
            .connect()
            .await
            .map_err(|error| anyhow::anyhow!(unreachable::why(server, &host, &error)))?;
        let client =
            Self { channel: Authorized::new(channel, bearer), named: (server.url.clone(), server.flag) };
        client.check_that_it_is_a_ledger(server, endpoint.uri()).await?;
        Ok(client)
    }

    /// A program that takes connections may not be a ledger, or never answer.
    async fn check_that_it_is_a_ledger(&self, server: &ServerArgs, uri: &Uri) -> anyhow::Result<()> {
        let answer = timeout(CONNECT_TIMEOUT, async {
            if self.channel.has_token() {
                // A client may ask for the health with any token.
                let request = HealthCheckRequest::default();
                HealthClient::new(self.channel.clone()).check(request).await.map(drop)
            } else {
                self.ledger().head(HeadRequest {}).await.map(drop)
            }
        });
        let what = match answer.await {
            Err(_) => SILENT.to_owned(),
            Ok(Ok(())) => return Ok(()),
            Ok(Err(status)) => match unanswered(&status) {
                None => return Ok(()),
                Some(Unanswered::Silent) => SILENT.to_owned(),
                Some(Unanswered::OtherProtocol) => "is not a ledger's gRPC address".to_owned(),
                Some(Unanswered::Gone) => {
                    "closed the connection and took no other: a ledger that has just stopped, or a program that does not \
                     speak gRPC"
                        .to_owned()
                }
                Some(Unanswered::Closed(cause)) => format!(
                    "closed the connection before it answered ({cause}): a ledger that stops or starts (try again), or a \
                     program that does not speak gRPC"
                ),
            },
        };
        if uri.scheme_str() == Some("http") && speaks_tls(uri).await {
            let authority = uri.authority().map_or("", |authority| authority.as_str());
            anyhow::bail!("the server at {server} speaks TLS; use https://{authority}");
        }
        anyhow::bail!("what is at {server} {what}; `rapport serve` prints its own address as `ready grpc=…`")
    }

    /// The ledger itself.
    pub(crate) fn ledger(&self) -> Ledger {
        LedgerClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The read models.
    pub(crate) fn views(&self) -> Views {
        ViewsClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The position of a stream's last event; 0 when the stream does not exist.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn last_position(&self, stream: &str) -> anyhow::Result<u64> {
        Ok(self.last_event(stream).await?.map_or(0, |event| event.position))
    }

    /// A stream's last event; `None` when the stream does not exist.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn last_event(&self, stream: &str) -> anyhow::Result<Option<RecordedEvent>> {
        let request = ReadStreamRequest {
            stream: stream.to_owned(),
            direction: ReadDirection::Backwards.into(),
            limit: 1,
            ..ReadStreamRequest::default()
        };
        let none = |status: &Status| status.code() == Code::NotFound;
        let mut answers = match self.ledger().read_stream(request).await {
            Ok(answers) => answers.into_inner(),
            Err(status) if none(&status) => return Ok(None),
            Err(status) => return Err(Refused::from(status).into()),
        };
        match answers.message().await {
            Ok(answer) => match answer.and_then(|answer| answer.events.into_iter().next()) {
                Some(event) => Ok(Some(RecordedEvent::decode(event)?)),
                None => Ok(None),
            },
            Err(status) if none(&status) => Ok(None),
            Err(status) => Err(Refused::from(status).into()),
        }
    }

    /// The end of the ledger, and what kind of ledger it is.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn head(&self) -> anyhow::Result<HeadResponse> {
        Ok(self.ledger().head(HeadRequest {}).await.map_err(Refused::from)?.into_inner())
    }

    /// The same, for a command that reads or appends events.
    ///
    /// # Errors
    /// The server's; or it is a projector.
    pub(crate) async fn ledger_head(&self) -> anyhow::Result<HeadResponse> {
        let head = self.head().await?;
        self.check_that_it_has_events(&head)?;
        Ok(head)
    }

    /// Refuses a projector, which knows no id of a ledger.
    ///
    /// # Errors
    /// It is one.
    pub(crate) fn check_that_it_has_events(&self, head: &HeadResponse) -> anyhow::Result<()> {
        let (url, flag) = &self.named;
        anyhow::ensure!(
            !head.ledger_id.is_empty(),
            "at {url} is a projector (`rapport project`): it answers questions about its views and has no ledger's events; \
             name the ledger with {flag}, by the address that `rapport serve` prints as `ready grpc=…`"
        );
        Ok(())
    }

    /// The same as [`Self::ledger_head`], or `None` when the client's token may not read.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn ledger_head_if_allowed(&self) -> anyhow::Result<Option<HeadResponse>> {
        match self.ledger().head(HeadRequest {}).await {
            Ok(head) => {
                let head = head.into_inner();
                self.check_that_it_has_events(&head)?;
                Ok(Some(head))
            }
            Err(status) if status.code() == Code::PermissionDenied => Ok(None),
            Err(status) => Err(Refused::from(status).into()),
        }
    }
}

/// The zone in which the ledger's dates are meant.
///
/// # Errors
/// The server names a zone that this program does not know.
pub(crate) fn zone(head: &HeadResponse) -> anyhow::Result<TimeZone> {
    if head.time_zone.is_empty() {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(&head.time_zone).with_context(|| {
        format!("the server's time zone `{}` is unknown here; use an up-to-date `rapport`", head.time_zone)
    })
}
