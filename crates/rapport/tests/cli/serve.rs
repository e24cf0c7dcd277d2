//! `rapport serve`: configuration, start and stop.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::Stdio,
    time::{Duration, Instant},
};

use crate::support::{Ran, Server, command, deal};

#[test]
fn sigterm_ends_a_server_with_0_and_what_was_appended_is_there_again() {
    let server = Server::start();
    server.run_with(&["append"], &deal("1", "7", "new")).ok();
    let (code, dir) = server.terminate();
    assert_eq!(code, Some(0));
    let server = Server::start_in(dir, &[]);
    assert!(server.run(&["tail"]).ok().contains("deal.opened"));
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rapport.toml");
    std::fs::write(&file, "data = \"from-file\"\ngrpc = \"127.0.0.1:1\"\ntime_zone = \"Europe/Riga\"\n")
        .unwrap();
    let mut print = command();
    print.args(["serve", "--print-config", "--data", "from-flag", "--config"]).arg(&file);
    print.env("RAPPORT_GRPC", "127.0.0.1:2").env("RAPPORT_DATA", "from-environment");
    let config = Ran::of(&mut print).ok();
    for line in [
        "data = \"from-flag\"",
        "grpc = \"127.0.0.1:2\"",
        "time_zone = \"Europe/Riga\"",
        "http = \"127.0.0.1:7412\"",
    ] {
        assert!(config.contains(line), "{line} is not in\n{config}");
    }
    // What is printed is a file that says the same.
    std::fs::write(&file, &config).unwrap();
    let again = Ran::of(command().args(["serve", "--print-config", "--config"]).arg(&file)).ok();
    assert_eq!(again, config);
}

#[test]
fn a_wrong_configuration_is_refused_with_2_and_a_reason() {
    for (arguments, expected) in [
        (vec!["serve"], "--data"),
        (vec!["serve", "--data", "x", "--grpc", "0.0.0.0:0"], "refusing to listen on the public address"),
        (vec!["serve", "--data", "x", "--time-zone", "Mars"], "Mars"),
        (vec!["serve", "--data", "x", "--grpc", "localhost:1"], "such as `127.0.0.1:7411`"),
        (vec!["serve", "--data", "x", "--config", "none.toml"], "none.toml"),
    ] {
        let ran = Ran::of(command().args(&arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn a_second_server_on_a_ledger_says_that_it_is_in_use() {
    let server = Server::start();
    let data = server.dir.path().join("ledger");
    let mut second = command();
    second.args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).arg(&data);
    let ran = Ran::from(second.stderr(Stdio::piped()).output().unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("in use by another process"), "{}", ran.stderr);
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(Ran::of(command().args(["completions", shell])).ok().contains("satisfaction"), "{shell}");
    }
}

#[test]
fn a_directory_that_is_somebody_elses_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("log")).unwrap();
    std::fs::write(dir.path().join("log/messages"), "of another program").unwrap();
    let mut serve = command();
    serve.args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).arg(dir.path());
    let ran = Ran::of(&mut serve);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("holds `log/messages` and no ledger"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was written there");
}

#[test]
fn a_server_is_found_without_the_beginning_of_its_url() {
    let server = Server::start();
    let address = server.url.trim_start_matches("http://").to_owned();
    assert!(Ran::of(command().args(["status", "--server", &address])).ok().contains("events"));
}

#[test]
fn a_level_that_is_none_is_refused_and_nothing_of_others_is_logged_that_holds_content() {
    let dir = tempfile::tempdir().unwrap();
    for (variable, value) in [
        ("RAPPORT_LOG", "loud"),
        ("RAPPORT_LOG", "info,x=y"),
        ("RAPPORT_LOG", "[x]=info"),
        ("RAPPORT_LOG", "x="),
        ("RAPPORT_LOG_FORMAT", "xml"),
    ] {
        let mut serve = command();
        serve.args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]);
        let ran = Ran::of(serve.arg(dir.path().join("ledger")).env(variable, value));
        assert!(ran.code == Some(2) && ran.stderr.contains(variable), "{}", ran.stderr);
    }
    let mut serve = command();
    serve.args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--end-with-stdin", "--data"]);
    serve.arg(dir.path().join("ledger")).env("RAPPORT_LOG", "trace");
    let mut child =
        serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut ready).unwrap();
    let url = ready.split_whitespace().find_map(|word| word.strip_prefix("grpc=")).unwrap();
    // Read while it runs: a full pipe would stop it.
    let mut stderr = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || std::io::read_to_string(&mut stderr).unwrap());
    let file = dir.path().join("events.jsonl");
    std::fs::write(&file, deal("secret-deal", "secret-customer", "new")).unwrap();
    Ran::of(command().args(["append", "--server", url]).arg(&file)).ok();
    drop(child.stdin.take());
    child.wait().unwrap();
    let log = log.join().unwrap();
    let digits: Vec<_> = b"secret".iter().map(ToString::to_string).collect();
    assert!(log.contains("the log is open"));
    assert!(!log.contains("secret") && !log.contains(&digits.join(", ")));
    assert!(!log.contains(" TRACE sled") && !log.contains(" TRACE h2"));
}

#[test]
fn what_is_no_ledgers_address_is_told_as_that() {
    for address in ["http://127.0.0.1:99999", "ftp://127.0.0.1:7411", "http://127.0.0.1:7411/foo", "http://"]
    {
        let ran = Ran::of(command().args(["status", "--server", address]));
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("is not a server's address"), "{address}: {}", ran.stderr);
    }
    // The port of the metrics, say.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", other.local_addr().unwrap());
    // Its connections stay open: it is not a ledger that stops. The thread ends with the test.
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in other.incoming() {
            let mut stream = stream.unwrap();
            std::io::Write::write_all(&mut stream, b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap();
            open.push(stream);
        }
    });
    let ran = Ran::of(command().args(["status", "--server", &address]));
    // What the library says depends on what it notices first: what came, or that it closed the connection for it.
    let told = ["is not a ledger's gRPC address", "a program that does not speak gRPC"];
    assert!(ran.code == Some(2) && told.iter().any(|told| ran.stderr.contains(told)), "{}", ran.stderr);
}

#[test]
fn what_takes_a_connection_and_sends_nothing_back_is_told_as_that_and_as_what_it_may_be() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let ran = Ran::of(command().args(["status", "--server", &address]));
    assert_eq!(ran.code, Some(2));
    for said in
        ["sends nothing back", "a ledger that is stopped, hangs or is overloaded", "does not speak gRPC"]
    {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

/// The frame of HTTP/2 with which a server begins.
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

#[test]
fn a_connection_that_is_closed_before_the_answer_is_told_as_that_and_not_as_no_ledgers() {
    for begins in [&[][..], &SETTINGS] {
        let closing = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", closing.local_addr().unwrap());
        // Ends with the test's process: it goes on closing.
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = closing.accept() {
                stream.write_all(begins).unwrap();
                // A client that is gone meanwhile is no matter.
                let _ = stream.read_exact(&mut [0; 24]);
            }
        });
        let ran = Ran::of(command().args(["status", "--server", &address]));
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr.contains("closed the connection before it answered"),
            "{begins:?}: {}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("is no ledger's"), "{begins:?}: {}", ran.stderr);
    }
}

#[test]
fn a_server_that_dies_in_the_middle_of_an_answer_is_told_as_a_lost_connection() {
    for (retry, says_first) in [("2", "rapport: the connection to the server was lost ("), ("0", "")] {
        let server = Server::start();
        server.run_with(&["append"], &deal("1", "7", "new")).ok();
        let mut follow = server.command(&["tail", "--from", "1", "--follow", "--retry-s", retry]);
        follow.env("RAPPORT_SERVER", relay_to(&server.url));
        let mut following = follow.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It has the first event: the answer is under way.
        let mut line = String::new();
        BufReader::new(following.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("deal.opened"), "{line}");
        let since = Instant::now();
        // Drops are kills.
        drop(server);
        let said = std::io::read_to_string(following.stderr.take().unwrap()).unwrap();
        assert_eq!(following.wait().unwrap().code(), Some(2), "{said}");
        assert!(since.elapsed() >= Duration::from_secs(retry.parse().unwrap()), "{said}");
        let (tells, ends) = said.split_at(said.rfind("rapport: ").unwrap());
        assert!(tells.starts_with(says_first) && tells.is_empty() == says_first.is_empty(), "{said}");
        assert_eq!(tells.matches("connecting again").count(), usize::from(!says_first.is_empty()), "{said}");
        assert!(
            ends.starts_with("rapport: the connection to the server was lost before the answer"),
            "{said}"
        );
    }
}

/// An address before a server that stays this test's own when the server is gone: no other program can take it.
fn relay_to(url: &str) -> String {
    let server = url.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process.
    std::thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            // Without a server the client's connection is closed.
            let Ok(server) = TcpStream::connect(&server) else { continue };
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server.try_clone().unwrap(), client.try_clone().unwrap()),
            ] {
                std::thread::spawn(move || {
                    // Either end may be gone: then so is the other.
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    address
}

#[test]
fn status_shows_the_disk_and_whether_appends_are_refused_in_table_and_json() {
    let server = Server::start();
    let table = server.run(&["status"]).ok();
    assert!(table.lines().any(|line| line.starts_with("disk ") && line.ends_with("MiB free")), "{table}");
    assert!(!table.contains("refused"), "{table}");
    let json: serde_json::Value =
        serde_json::from_str(&server.run(&["status", "--output", "json"]).ok()).unwrap();
    let disk = &json["head"]["disk"];
    let bytes = |name: &str| disk[name].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap();
    assert!(bytes("freeBytes") <= bytes("bytes"), "{json}");
}

#[test]
fn a_position_beyond_the_end_is_told_with_the_flag_and_the_number_that_were_given() {
    let server = Server::start();
    server.run_with(&["append"], &deal("1", "7", "new")).ok();
    for (flag, beyond, last) in [("--from", "9", "2"), ("--after", "9", "1")] {
        for more in [&[][..], &["--follow"]] {
            let ran = server.run(&[&["tail", flag, beyond][..], more].concat());
            let expected = format!(
                "rapport: {flag}: expected at most `{last}`, because the ledger ends at position `1`, found `9`"
            );
            assert!(
                ran.code == Some(2) && ran.stderr.starts_with(&expected),
                "{flag} {more:?}: {}",
                ran.stderr
            );
        }
    }
    let neither = server.run(&["tail", "--from", "soon"]);
    assert!(
        neither.stderr.starts_with("rapport: --from: `soon` is neither a position nor a time;"),
        "{}",
        neither.stderr
    );
}

#[test]
fn a_flag_of_a_wrong_request_is_named_once() {
    let server = Server::start();
    for (command, flag) in [
        (&["funnel", "--from", "2026-03-01", "--to", "2026-02-01"][..], "--to: expected a time after --from"),
        (
            &["satisfaction", "--from", "2026-03-01", "--to", "2026-02-01"],
            "--to: expected a time after --from",
        ),
    ] {
        let ran = server.run(command);
        assert!(
            ran.stderr.contains(flag) && ran.stderr.matches("--to").count() == 1,
            "{command:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_property_of_kafka_that_cannot_be_used_ends_a_service_at_once_and_its_value_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let [data, views] = ["data", "views"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let views = format!("sqlite:{views}");
    let kafka = "127.0.0.1:1";
    for service in [
        &["serve", "--data", &data, "--kafka", kafka][..],
        &["publish", "--kafka", kafka],
        &["publish", "--verify", "--kafka", kafka],
        &["project", "--from", "kafka://127.0.0.1:1", "--views", &views],
        &["tail", "--from", "kafka://127.0.0.1:1"],
    ] {
        let ran = Ran::of(command().args(service).args(["--kafka-property", "sasl.pasword=hunter2"]));
        assert_eq!(ran.code, Some(2), "{service:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("has no property `sasl.pasword`"), "{service:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{service:?}: {}", ran.stderr);
    }
}
