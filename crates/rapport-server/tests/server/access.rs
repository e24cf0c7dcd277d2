//! Tokens: every role against every call, and what happens when the file of them changes.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use prost::Message;
use prost_types::FileDescriptorSet;
use rapport_proto::v1::{
    self, HeadRequest, ReadAllRequest, SubscribeRequest, ledger_client::LedgerClient, payload::Kind,
    views_client::ViewsClient,
};
use rapport_server::{Config, NewToken, Role, Server};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Request, Status, client::Grpc, codegen::http::uri::PathAndQuery, metadata::MetadataValue,
    service::interceptor::InterceptedService, transport::Channel,
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_prost::ProstCodec;

use crate::support::{TestServer, config, connect, get_with, note, reason, request};

/// What a token lets through, said independently of the server.
const READ: &[&str] = &[
    "Ledger/ReadStream",
    "Ledger/ReadAll",
    "Ledger/Subscribe",
    "Ledger/GetEvent",
    "Ledger/GetEvents",
    "Ledger/Head",
    "Views/Timeline",
    "Views/Funnel",
    "Views/Satisfaction",
    "Views/Classes",
    "Views/Profit",
    "Views/Orders",
    "Views/Customer",
    "Views/Customers",
    "Views/Prices",
    "Views/Receivables",
    "Views/Paths",
    "Views/Portfolio",
    "Views/Potential",
    "Views/Retention",
    "Views/Value",
    "Views/Pyramid",
    "Views/Definitions",
    "Views/Find",
    "Views/Deliveries",
    "Views/Today",
    "Views/Leads",
    "Views/Channels",
    "Views/Activity",
    "Views/Calls",
    "Views/Contacts",
    "Views/Stock",
    "Views/Gallery",
    "Views/Scores",
    "Views/Tickets",
    "Views/Staff",
    "Views/Handover",
    "Views/Consent",
    "Views/Needs",
    "Views/Resistance",
    "Views/FigureEvents",
    "Views/ViewStatus",
];
const APPEND: [&str; 2] = ["Ledger/Append", "Ledger/AppendStream"];
const OPERATE: [&str; 1] = ["Views/Rebuild"];

/// The tokens of three clients, `read`, `append` and `operate`, and the file.
struct Tokens {
    file: PathBuf,
    tokens: Vec<NewToken>,
}

impl Tokens {
    fn new(dir: &Path) -> Self {
        let new = |role: Role| NewToken::for_client(role.name(), &[role].into()).unwrap();
        let tokens: Vec<_> = Role::ALL.into_iter().map(new).collect();
        let these = Self { file: dir.join("tokens.toml"), tokens };
        these.write(&Role::ALL);
        these
    }

    /// Puts the file in place with the clients of these roles alone.
    fn write(&self, roles: &[Role]) {
        let of = |role: &Role| self.tokens[*role as usize].table.clone();
        self.replace(&roles.iter().map(of).collect::<Vec<_>>().concat());
    }

    fn replace(&self, text: &str) {
        let new = self.file.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    fn of(&self, role: Role) -> &str {
        &self.tokens[role as usize].token
    }
}

async fn guarded() -> (TestServer, Tokens) {
    let dir = tempfile::tempdir().unwrap();
    let tokens = Tokens::new(dir.path());
    let config = Config { tokens: Some(tokens.file.clone()), ..config(dir.path()) };
    (TestServer::start_on(dir, config).await, tokens)
}

type Carrying =
    InterceptedService<Channel, Box<dyn FnMut(Request<()>) -> Result<Request<()>, Status> + Send>>;

/// A connection that sends this as `authorization`.
fn with(channel: Channel, authorization: &str) -> Carrying {
    let value: MetadataValue<_> = authorization.parse().unwrap();
    InterceptedService::new(
        channel,
        Box::new(move |mut request| {
            request.metadata_mut().insert("authorization", value.clone());
            Ok(request)
        }),
    )
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The code with which an empty request ends; `Ok` for one that is being answered.
async fn code(connection: Carrying, path: &str) -> Code {
    let mut grpc = Grpc::new(connection);
    grpc.ready().await.unwrap();
    let path: PathAndQuery = path.parse().unwrap();
    let answer = grpc.server_streaming(Request::new(()), path, ProstCodec::<(), ()>::default()).await;
    let mut answers = match answer {
        Ok(answers) => answers.into_inner(),
        Err(status) => return status.code(),
    };
    // What is refused within is refused at once; what is under way need not end.
    match tokio::time::timeout(Duration::from_millis(200), answers.message()).await {
        Ok(Err(status)) => status.code(),
        Ok(Ok(_)) | Err(_) => Code::Ok,
    }
}

fn calls_of_the_contract() -> Vec<String> {
    let set = FileDescriptorSet::decode(rapport_proto::DESCRIPTOR_SET).unwrap();
    let services = set.file.iter().flat_map(|file| &file.service);
    let calls = services.flat_map(|service| {
        service.method.iter().map(move |method| format!("{}/{}", service.name(), method.name()))
    });
    calls.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_opens_its_calls_and_no_other() {
    let (server, tokens) = guarded().await;
    let channel = connect(&server.server).await;
    let calls = calls_of_the_contract();
    assert_eq!(calls.len(), READ.len() + APPEND.len() + OPERATE.len());
    for call in &calls {
        let path = format!("/rapport.v1.{call}");
        for (role, opens) in [(Role::Read, READ), (Role::Append, &APPEND), (Role::Operate, &OPERATE)] {
            let code = code(with(channel.clone(), &bearer(tokens.of(role))), &path).await;
            let open = opens.contains(&call.as_str());
            assert_eq!(code != Code::PermissionDenied, open, "{role} {call}: {code:?}");
            assert_ne!(code, Code::Unauthenticated, "{role} {call}");
        }
        for stranger in ["Bearer rapport_unknown", "Bearer ", "Basic dTpw", "x"] {
            assert_eq!(code(with(channel.clone(), stranger), &path).await, Code::Unauthenticated, "{call}");
        }
    }
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let unknown = ["/rapport.v1.Ledger/Nothing", "/other.Service/Call", "/rapport.v1.Ledger/Append/"];
    for path in unknown.into_iter().chain([reflection]) {
        assert_eq!(code(with(channel.clone(), "x"), path).await, Code::Unauthenticated, "{path}");
    }
    for role in Role::ALL {
        let authorization = bearer(tokens.of(role));
        let asked = code(with(channel.clone(), &authorization), reflection).await;
        // An empty question is none.
        assert_eq!(asked, Code::InvalidArgument, "{role}");
        for path in unknown {
            assert_eq!(
                code(with(channel.clone(), &authorization), path).await,
                Code::Unimplemented,
                "{path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn special_categories_are_for_whoever_may_read_and_for_nobody_else() {
    let (server, tokens) = guarded().await;
    let channel = connect(&server.server).await;
    let fact = v1::PartyFactRecorded {
        category: 3,
        key: "religion".into(),
        sensitivity: 3,
        legal_basis: "explicit_consent".into(),
        personal: Some(v1::party_fact_recorded::Personal { value: "secret".into() }),
        ..Default::default()
    };
    let payload = v1::Payload { kind: Some(Kind::PartyFactRecorded(fact)) }.encode_to_vec().into();
    let event = v1::Event { customer: "7".into(), payload, ..Default::default() };
    let mut writer = LedgerClient::new(with(channel.clone(), &bearer(tokens.of(Role::Append))));
    let appended = writer.append(request("c", vec![event])).await.unwrap().into_inner();
    let ask = async |role: Role, include_special| {
        let time = v1::ViewTime { at_least_position: appended.last_position, ..Default::default() };
        let (time, customer) = (Some(time), "7".to_owned());
        let request = v1::TimelineRequest { time, customer, include_special, ..Default::default() };
        let mut views = ViewsClient::new(with(channel.clone(), &bearer(tokens.of(role))));
        views.timeline(request).await.map(|answer| format!("{:?}", answer.into_inner()))
    };
    for role in [Role::Append, Role::Operate] {
        for include_special in [false, true] {
            let refused = ask(role, include_special).await.unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied, "{role} {include_special}");
        }
    }
    assert!(!ask(Role::Read, false).await.unwrap().contains("secret"));
    assert!(ask(Role::Read, true).await.unwrap().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do_and_are_counted_and_hold_no_token() {
    let (mut server, tokens) = guarded().await;
    let channel = connect(&server.server).await;
    let none = server.ledger.head(HeadRequest {}).await.unwrap_err();
    assert_eq!((none.code(), reason(&none).as_str()), (Code::Unauthenticated, "NO_TOKEN"));
    assert!(none.message().contains("--token-file"), "{none}");
    let mut stranger = LedgerClient::new(with(channel.clone(), "Bearer rapport_5ec4e7"));
    let unknown = stranger.head(HeadRequest {}).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::Unauthenticated, "UNKNOWN_TOKEN"));
    let mut reader = LedgerClient::new(with(channel.clone(), &bearer(tokens.of(Role::Read))));
    let denied = reader.append(request("s", vec![note("7")])).await.unwrap_err();
    assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
    assert!(denied.message().contains("`append`") && denied.message().contains("`read`"), "{denied}");
    let mut writer = LedgerClient::new(with(channel.clone(), &bearer(tokens.of(Role::Append))));
    writer.append(request("s", vec![note("7")])).await.unwrap();

    let health = HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1);

    let http = server.server.http_address();
    let page = |token: Option<&str>| {
        let header = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        get_with(http, "/metrics", header)
    };
    let asked = page(None).await;
    assert!(asked.starts_with("HTTP/1.1 401") && asked.contains("www-authenticate: Bearer"), "{asked}");
    assert!(page(Some("rapport_5ec4e7")).await.starts_with("HTTP/1.1 401"));
    assert!(page(Some(tokens.of(Role::Append))).await.starts_with("HTTP/1.1 403"));
    let shown = page(Some(tokens.of(Role::Read))).await;
    for line in [
        "rapport_access_refused_total{reason=\"unauthenticated\"} 4",
        "rapport_access_refused_total{reason=\"denied\"} 2",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    assert!(get_with(http, "/healthz", String::new()).await.starts_with("HTTP/1.1 200"));
    for said in [none.message(), unknown.message(), denied.message(), &asked, &shown] {
        assert!(!said.contains("5ec4e7") && !said.contains(tokens.of(Role::Read)), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_taken_out_of_the_file_is_cut_off_and_a_wrong_file_changes_nothing() {
    let (server, tokens) = guarded().await;
    let channel = connect(&server.server).await;
    let mut reader = LedgerClient::new(with(channel.clone(), &bearer(tokens.of(Role::Read))));
    let mut writer = LedgerClient::new(with(channel.clone(), &bearer(tokens.of(Role::Append))));
    let mut operator = LedgerClient::new(with(channel, &bearer(tokens.of(Role::Operate))));
    let mut subscribed = reader.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    subscribed.message().await.unwrap().unwrap();
    let (requests, outgoing) = mpsc::channel(1);
    requests.send(request("s", vec![note("7")])).await.unwrap();
    let mut answers = writer.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    assert_eq!(operator.head(HeadRequest {}).await.unwrap_err().code(), Code::PermissionDenied);

    // A role is given, which shows that the file was read again; then one that cannot be used, and one after it.
    tokens.replace(
        &tokens.tokens.iter().map(|new| new.table.replace("[\"operate\"]", "[\"read\"]")).collect::<String>(),
    );
    until(async || operator.head(HeadRequest {}).await.is_ok()).await;
    tokens.replace("[[client]]\nname = \"a\"\n");
    requests.send(request("s", vec![note("7")])).await.unwrap();
    while answers.message().await.unwrap().unwrap().result.is_none() {}

    tokens.write(&[Role::Operate]);
    let ended = soon(async {
        loop {
            match subscribed.message().await {
                Ok(message) => assert!(message.is_some(), "a subscription ended without a reason"),
                Err(status) => break status,
            }
        }
    });
    let ended = ended.await;
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unauthenticated, "UNKNOWN_TOKEN"));
    let ended = soon(answers.message()).await.unwrap_err();
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unauthenticated, "UNKNOWN_TOKEN"));
    // What is still sent on such a stream goes nowhere, also when the client comes back.
    let _ = requests.send(request("s", vec![note("7")])).await;
    assert_eq!(reader.read_all(ReadAllRequest::default()).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(operator.head(HeadRequest {}).await.unwrap_err().code(), Code::PermissionDenied);
    tokens.write(&Role::ALL);
    until(async || reader.head(HeadRequest {}).await.is_ok()).await;
    assert_eq!(reader.head(HeadRequest {}).await.unwrap().into_inner().position, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_with_a_wrong_file_of_tokens_or_without_its_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tokens.toml");
    fs::write(&file, "[[client]]\nname = \"a\"\nrole = \"read\"\n").unwrap();
    let refused =
        Server::start(Config { tokens: Some(file.clone()), ..config(dir.path()) }).await.err().unwrap();
    let said = refused.to_string();
    assert!(said.contains("tokens.toml` line 3") && said.contains("`role`"), "{said}");
    let missing = Some(dir.path().join("none.pem"));
    let tls = Config { tls_cert: missing.clone(), tls_key: missing, ..config(dir.path()) };
    let refused = Server::start(tls).await.err().unwrap().to_string();
    assert!(refused.contains("none.pem"), "{refused}");
    assert!(!dir.path().join("ledger").exists(), "something was opened");
}

/// What a file's change brings about by itself.
async fn soon<T>(change: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), change).await.unwrap()
}

/// Waits for what a file's change brings about.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "the change has no effect");
        tokio::task::yield_now().await;
    }
}
