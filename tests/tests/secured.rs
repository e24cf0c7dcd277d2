//! The real binary with TLS and tokens: what it refuses, what it says, and what it takes up while it runs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    ffi::OsStr,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rapport_tests::{Ledger, binary, command};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

const EVENT: &str = r#"{"stream":"deal-42","customer":"7","payload":{"dealOpened":{"dealId":"42","stage":"new","amount":{"minorUnits":"125000","currency":"EUR"}}}}"#;

/// A folder with an authority, a certificate and tokens.
struct Folder {
    dir: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Folder {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        // A certificate of the same name as its issuer would seem to have signed itself.
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Self { dir: tempfile::tempdir().unwrap(), issuer };
        folder.write("ca.pem", &folder.issuer.pem());
        folder.certify(&["localhost", "127.0.0.1"], |_| {});
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path("new"), text).unwrap();
        fs::rename(self.path("new"), self.path(name)).unwrap();
    }

    /// A certificate for these names, changed before it is signed, in `cert.pem` and `key.pem`.
    fn certify(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        self.write("cert.pem", &cert.pem());
        self.write("key.pem", &key.serialize_pem());
    }

    /// A token in a file named after its client, which is added to `tokens.toml`.
    fn token(&self, client: &str, roles: &str) -> String {
        let made = ran(command(["token", client, "--roles", roles]).unwrap());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let others = fs::read_to_string(self.path("tokens.toml")).unwrap_or_default();
        self.write("tokens.toml", &(others + &made.stderr));
        self.write(client, &made.stdout);
        made.stdout.trim().to_owned()
    }

    fn tls(&self) -> Vec<String> {
        vec!["--tls-cert".into(), self.shown("cert.pem"), "--tls-key".into(), self.shown("key.pem")]
    }

    fn tls_and_tokens(&self) -> Vec<String> {
        [self.tls(), vec!["--tokens".into(), self.shown("tokens.toml")]].concat()
    }

    /// A server that logs everything to the file `log`.
    fn serve(&self, arguments: &[String]) -> Ledger {
        let mut program = Command::new("env");
        program.arg("RAPPORT_LOG=trace").arg(binary().unwrap());
        program.stderr(File::create(self.path("log")).unwrap());
        Ledger::start_by(program, &self.path("ledger"), arguments).unwrap()
    }

    /// A command against such a server, as a client whose token is in the file of its name.
    fn ask(&self, url: &str, client: &str, arguments: &[&str]) -> Ran {
        let mut command = command(arguments).unwrap();
        command.args(["--server", url, "--ca"]).arg(self.path("ca.pem"));
        ran(if client.is_empty() { command } else { with(command, "--token-file", self.path(client)) })
    }
}

fn with(mut command: Command, flag: &str, value: impl AsRef<OsStr>) -> Command {
    command.arg(flag).arg(value);
    command
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// What it says about its failure.
    fn failed(self) -> String {
        assert_eq!(self.code, Some(2), "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}

fn ran(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

fn https(ledger: &Ledger) -> String {
    ledger.url.replacen("http://", "https://", 1)
}

fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the change has no effect");
    }
}

fn assert_says(said: &str, expected: &[&str]) {
    for words in expected {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn a_public_address_is_refused_without_tls_and_tokens_unless_the_operator_says_so() {
    let folder = Folder::new();
    folder.token("ops", "read");
    let refused = |address: &str, arguments: &[String]| {
        let mut serve = command(["serve", address, "0.0.0.0:0", "--data"]).unwrap();
        serve.arg(folder.path("ledger")).args(arguments);
        ran(serve).failed()
    };
    let tokens = folder.tls_and_tokens().split_off(4);
    let both = ["--tls-cert", "--tokens", "--unprotected"];
    for address in ["--grpc", "--http"] {
        assert_says(&refused(address, &[]), &[&both[..], &["without TLS and tokens"]].concat());
        assert_says(&refused(address, &folder.tls()), &[&both[..], &["without tokens"]].concat());
        assert_says(
            &refused(address, &tokens),
            &[&both[..], &["without TLS: others could read tokens"]].concat(),
        );
    }
    assert_says(&refused("--grpc", &folder.tls()[..2]), &["`tls_cert` without `tls_key`"]);
    assert!(!folder.path("ledger").exists());

    let public = |more: &[String]| {
        // The address comes twice on the command line, so it is given by the file.
        let config =
            format!("data = {:?}\ngrpc = \"0.0.0.0:0\"\nhttp = \"127.0.0.1:0\"\n", folder.shown("ledger"));
        folder.write("rapport.toml", &config);
        let mut serve = command(["serve", "--end-with-stdin", "--config"]).unwrap();
        serve.arg(folder.path("rapport.toml")).args(more);
        ran(serve)
    };
    let warned = public(&["--unprotected".to_owned()]);
    assert_eq!(warned.code, Some(0), "{}", warned.stderr);
    assert_says(&warned.stderr, &["WARN", "unprotected", "without TLS and tokens"]);
    let protected = public(&folder.tls_and_tokens());
    assert_eq!(protected.code, Some(0), "{}", protected.stderr);
    assert!(!protected.stderr.contains("unprotected"), "{}", protected.stderr);
}

#[test]
fn a_server_says_what_is_wrong_with_its_files_and_never_what_is_in_them() {
    let folder = Folder::new();
    let secret = folder.token("ops", "read");
    let refused = |name: &str, text: &str| {
        let kept = fs::read_to_string(folder.path(name)).unwrap();
        folder.write(name, text);
        let mut serve =
            command(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).unwrap();
        serve.arg(folder.path("ledger")).args(folder.tls_and_tokens());
        let said = ran(serve).failed();
        folder.write(name, &kept);
        said
    };
    let key = fs::read_to_string(folder.path("key.pem")).unwrap();
    let other_key = KeyPair::generate().unwrap().serialize_pem();
    assert_says(&refused("cert.pem", &key), &["cert.pem", "holds no certificate"]);
    assert_says(&refused("key.pem", "nothing"), &["key.pem", "holds no private key"]);
    assert_says(&refused("key.pem", &other_key), &["key.pem", "is not that of"]);
    assert_says(&refused("tokens.toml", ""), &["tokens.toml", "it has no client"]);
    let table = format!("[[client]]\nname = \"a\"\nroles = [\"read\"]\ntoken_sha256 = \"{secret}\"\n");
    let said = refused("tokens.toml", &table);
    assert_says(&said, &["tokens.toml` line 4", "never the token"]);
    assert!(!said.contains(&secret), "{said}");
}

#[test]
fn every_command_goes_over_tls_with_the_token_of_its_role() {
    let folder = Folder::new();
    let tokens =
        [folder.token("reader", "read"), folder.token("writer", "append"), folder.token("ops", "operate")];
    folder.token("all", "read,append,operate");
    let ledger = folder.serve(&folder.tls_and_tokens());
    let url = https(&ledger);
    folder.write("events", &format!("{EVENT}\n"));
    let events = folder.shown("events");

    // Who may only append may use `append`, on a ledger whose clock it cannot ask for.
    assert_says(&folder.ask(&url, "writer", &["append", &events]).ok(), &["1"]);
    assert_says(&folder.ask(&url, "reader", &["append", &events]).failed(), &["lacks the role `append`"]);
    let questions: [&[&str]; 5] = [
        &["status"],
        &["tail"],
        &["timeline", "7"],
        &["funnel"],
        &["tail", "--from", "1", "--output", "json"],
    ];
    for question in questions {
        folder.ask(&url, "reader", question).ok();
        assert_says(&folder.ask(&url, "writer", question).failed(), &["`writer` lacks the role `read`"]);
        assert_says(&folder.ask(&url, "", question).failed(), &["wants a token", "--token-file"]);
    }
    assert_says(&folder.ask(&url, "reader", &["replay"]).failed(), &["lacks the role `operate`"]);
    folder.ask(&url, "ops", &["replay"]).ok();
    folder.ask(&url, "all", &["bench", "scan", "--events", "1000"]).ok();

    // The environment serves as well as the flags.
    let mut status = command(["status"]).unwrap();
    status
        .env("RAPPORT_SERVER", &url)
        .env("RAPPORT_CA", folder.path("ca.pem"))
        .env("RAPPORT_TOKEN", &tokens[0]);
    assert_says(&ran(status).ok(), &[&url]);
    folder.write("stranger", "rapport_unknown");
    assert_says(&folder.ask(&url, "stranger", &["status"]).failed(), &["does not know the token"]);

    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let log = fs::read_to_string(folder.path("log")).unwrap();
    assert!(log.contains("ready"));
    for token in tokens {
        assert!(!log.contains(token.trim_start_matches("rapport_")), "a token is in the log");
    }
}

#[test]
fn a_client_says_why_it_does_not_trust_a_server_and_what_to_do() {
    let folder = Folder::new();
    let ledger = folder.serve(&folder.tls());
    let (url, http) = (https(&ledger), ledger.http.replacen("http://", "https://", 1));
    let plain = Ledger::start(&folder.path("plain")).unwrap();
    folder.ask(&url, "", &["status"]).ok();

    assert_says(&folder.ask(&ledger.url, "", &["status"]).failed(), &["speaks TLS; use https://"]);
    assert_says(
        &folder.ask(&https(&plain), "", &["status"]).failed(),
        &["does not speak TLS", "use http://"],
    );
    assert_says(&folder.ask(&http, "", &["status"]).failed(), &["not a ledger's gRPC address"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_says(&folder.ask(&format!("https://{nobody}"), "", &["status"]).failed(), &["cannot reach"]);
    let unknown = ran(command(["status", "--server", &url]).unwrap()).failed();
    assert_says(&unknown, &["not trusted here", "--ca FILE"]);
    let by_system = |authorities: &Path| {
        let mut status = command(["status", "--server", &url]).unwrap();
        status.env("SSL_CERT_FILE", authorities).env_remove("SSL_CERT_DIR");
        ran(status)
    };
    by_system(&folder.path("ca.pem")).ok();
    assert_says(&by_system(&folder.path("missing")).failed(), &["the system's authorities", "--ca FILE"]);
    folder.write("no.pem", "nothing");
    for (file, expected) in [("no.pem", "holds no certificate"), ("missing.pem", "cannot read")] {
        let mut status = command(["status", "--server", &url]).unwrap();
        status.arg("--ca").arg(folder.path(file));
        assert_says(&ran(status).failed(), &["--ca", file, expected]);
    }
    let restarted = |ledger: &mut Ledger| {
        ledger.kill().unwrap();
        ledger.restart().unwrap();
        https(ledger)
    };
    let mut ledger = ledger;
    folder.certify(&["ledger.example"], |_| {});
    let url = restarted(&mut ledger);
    assert_says(&folder.ask(&url, "", &["status"]).failed(), &["ledger.example", "not for `127.0.0.1`"]);
    folder.certify(&["127.0.0.1"], |params| params.not_after = date_time_ymd(2020, 1, 1));
    let url = restarted(&mut ledger);
    assert_says(&folder.ask(&url, "", &["status"]).failed(), &["has expired", "renew it"]);
    folder.certify(&["127.0.0.1"], |params| params.not_before = date_time_ymd(4000, 1, 1));
    let url = restarted(&mut ledger);
    assert_says(&folder.ask(&url, "", &["status"]).failed(), &["not valid yet", "clock"]);
}

#[test]
fn a_token_does_not_leave_the_machine_in_the_clear() {
    let folder = Folder::new();
    let secret = folder.token("reader", "read");
    let refused = folder.ask("http://ledger.example:7411", "reader", &["status"]).failed();
    assert_says(&refused, &["refusing to send the token", "ledger.example", "https://"]);
    let mut status = command(["status", "--server", "http://192.0.2.1:7411"]).unwrap();
    let from_environment = ran({
        status.env("RAPPORT_TOKEN", &secret);
        status
    });
    let from_environment = from_environment.failed();
    assert_says(&from_environment, &["refusing to send the token of RAPPORT_TOKEN"]);
    assert!(!refused.contains(&secret) && !from_environment.contains(&secret));
    // On the loopback it is the operator's own business.
    let ledger = folder.serve(&folder.tls_and_tokens().split_off(4));
    folder.ask(&ledger.url, "reader", &["status"]).ok();
    folder.ask(&ledger.url, "", &["status"]).failed();
}

#[test]
fn a_renewed_certificate_and_new_tokens_are_taken_up_without_a_restart() {
    let folder = Folder::new();
    folder.token("first", "read");
    let ledger = folder.serve(&folder.tls_and_tokens());
    let url = https(&ledger);
    let by_name = url.replace("127.0.0.1", "localhost");
    folder.ask(&by_name, "first", &["status"]).ok();

    folder.token("second", "read");
    until(|| folder.ask(&url, "second", &["status"]).code == Some(0));
    folder.certify(&["127.0.0.1"], |_| {});
    until(|| folder.ask(&by_name, "first", &["status"]).stderr.contains("not for `localhost`"));

    // What cannot be used changes nothing, and the log says so.
    let log = || fs::read_to_string(folder.path("log")).unwrap();
    folder.write("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    folder.write("tokens.toml", "[[client]]\nname = \"first\"\n");
    until(|| log().contains("is not that of the first certificate") && log().contains("missing field"));
    folder.ask(&url, "second", &["status"]).ok();
    folder.write("tokens.toml", "");
    folder.certify(&["localhost"], |_| {});
    until(|| folder.ask(&by_name, "first", &["status"]).code == Some(0));
    assert!(!log().contains("PRIVATE KEY"));
    assert_eq!(ledger.terminate().unwrap(), Some(0));
}

#[test]
fn a_token_is_printed_once_and_its_table_apart() {
    let made = ran(command(["token", "billing", "--roles", "append,read"]).unwrap());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let token = made.stdout.trim();
    assert!(token.starts_with("rapport_") && token.len() == 72 && made.stdout.lines().count() == 1);
    assert_says(&made.stderr, &["[[client]]", "name = \"billing\"", "roles = [\"read\", \"append\"]"]);
    assert!(!made.stderr.contains(token));
    for (arguments, expected) in [
        (vec!["token", "b c", "--roles", "read"], "letters, digits"),
        (vec!["token", "b", "--roles", "write"], "expected `read`, `append` or `operate`"),
        (vec!["token", "b"], "--roles"),
    ] {
        assert_says(&ran(command(arguments).unwrap()).failed(), &[expected]);
    }
}

#[test]
fn a_python_client_goes_over_tls_with_its_token() {
    let python = std::env::var_os("RAPPORT_TEST_PYTHON").filter(|python| Path::new(python).exists());
    let Some(python) = python else {
        eprintln!("skipped: RAPPORT_TEST_PYTHON names no Python with grpcio; `make test` prepares one");
        return;
    };
    let folder = Folder::new();
    folder.token("reader", "read");
    let ledger = folder.serve(&folder.tls_and_tokens());
    let mut client = Command::new(python);
    client.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python/secured.py"));
    client.arg(folder.path("ca.pem")).arg(folder.path("reader"));
    client.arg(ledger.url.trim_start_matches("http://"));
    assert_eq!(ran(client).ok().trim(), "healthy, refused and answered");
}

/// The commands of `docs/security.md` make what a server and a client can use.
#[test]
fn the_worked_example_of_the_guide_works() {
    let folder = Folder::new();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let script: String =
        blocks.filter(|block| block.contains("openssl") || block.contains("rapport token")).collect();
    assert!(script.contains("openssl"));
    let bin = folder.path("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(binary().unwrap(), bin.join("rapport")).unwrap();
    let search = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    let guide = folder.path("guide");
    fs::create_dir(&guide).unwrap();
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(&guide).env("PATH", search);
    let done = ran(shell);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let file = |name: &str| guide.join(name).to_str().unwrap().to_owned();
    let arguments =
        ["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem"), "--tokens", &file("tokens.toml")];
    let ledger = Ledger::start_with(&folder.path("ledger"), arguments).unwrap();
    let mut status =
        command(["status", "--server", &https(&ledger).replace("127.0.0.1", "localhost")]).unwrap();
    status.args(["--ca", &file("ca.pem"), "--token-file", &file("reports.token")]);
    ran(status).ok();
}
