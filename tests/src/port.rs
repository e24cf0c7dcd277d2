//! Ports that stay the same while their server is killed and started again.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Context, Result};

/// Below the ports that the system gives to outgoing connections: a client that knocks again and again while its
/// server is away could be given the very port, and connect to itself.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;
const TRIES: u32 = 1_000;

/// Claims are held on another loopback address, because the port itself is the server's.
const CLAIMS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A port of 127.0.0.1 that no other test takes while this lives.
pub(crate) struct Port {
    pub(crate) number: u16,
    _claim: TcpListener,
}

impl Port {
    pub(crate) fn claim() -> Result<Self> {
        (0..TRIES).find_map(|_| Self::try_claim()).context("no free port on the loopback interface")
    }

    fn try_claim() -> Option<Self> {
        let number = FIRST + u16::try_from(arbitrary() % u64::from(COUNT)).ok()?;
        let claim = TcpListener::bind((CLAIMS, number)).ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self { number, _claim: claim })
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }
}

/// A number that nobody guesses and no test depends on.
pub(crate) fn arbitrary() -> u64 {
    RandomState::new().hash_one(0)
}
