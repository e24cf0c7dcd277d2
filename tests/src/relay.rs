//! A relay between two parts, as a network is: it can stand still, and it can forget the connections that it has.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use anyhow::Result;

/// A relay on a free port; what is connected ends when it is dropped.
pub struct Relay {
    /// Where it listens, `127.0.0.1:PORT`.
    pub address: String,
    network: Arc<Network>,
}

#[derive(Default)]
struct Network {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    connections: Vec<TcpStream>,
    made: usize,
    /// Connections before this one are open, and nothing comes through.
    forgotten: usize,
    is_held: bool,
    is_gone: bool,
}

impl Relay {
    /// Starts one to `target`, `HOST:PORT`.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let network = Arc::new(Network::default());
        let (relaying, target) = (Arc::clone(&network), target.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().map_while(io::Result::ok) {
                if relaying.lock().is_gone {
                    return;
                }
                // A target that is away ends the connection.
                let _ = relaying.connect(client, &target);
            }
        });
        Ok(Self { address, network })
    }

    /// What is connected stays open and silent for ever; new connections work: a firewall that forgot them.
    pub fn forget_connections(&self) {
        let mut state = self.network.lock();
        state.forgotten = state.made;
    }

    /// Nothing comes through any more, also on new connections, which are taken.
    pub fn hold(&self) {
        self.network.lock().is_held = true;
    }

    /// What was held comes through.
    pub fn release(&self) {
        self.network.lock().is_held = false;
        self.network.changed.notify_all();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let mut state = self.network.lock();
        state.is_gone = true;
        for connection in state.connections.drain(..) {
            // One that has ended is what is wanted.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        self.network.changed.notify_all();
        // The listener looks up.
        let _ = TcpStream::connect(&self.address);
    }
}

impl Network {
    fn connect(self: &Arc<Self>, client: TcpStream, target: &str) -> io::Result<()> {
        let server = TcpStream::connect(target)?;
        let mut state = self.lock();
        let number = state.made;
        state.made += 1;
        state.connections.extend([client.try_clone()?, server.try_clone()?]);
        drop(state);
        for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
            let network = Arc::clone(self);
            thread::spawn(move || {
                let _ = network.pump(number, &from, &to);
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            });
        }
        Ok(())
    }

    fn pump(&self, number: usize, mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = from.read(&mut buffer)?;
            let mut state = self.lock();
            while !state.is_gone && (state.is_held || number < state.forgotten) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            if length == 0 {
                return Ok(());
            }
            to.write_all(buffer.get(..length).unwrap_or_default())?;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
