//! A page of a process, by a plain request.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use anyhow::{Context, Result};

/// The status and the body of a page at `http://HOST:PORT`, asked for with a token or without.
///
/// # Errors
/// Nobody answers, or not in HTTP.
pub fn get(server: &str, path: &str, token: Option<&str>) -> Result<(u16, String)> {
    let address = server.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{token}\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split_whitespace().nth(1).context("a status")?.parse()?;
    let (_, body) = answer.split_once("\r\n\r\n").context("a body")?;
    Ok((status, body.to_owned()))
}
