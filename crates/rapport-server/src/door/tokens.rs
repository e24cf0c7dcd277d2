//! Which client may do what: the file of tokens, as `docs/security.md` describes it, and a fresh token for it.
//!
//! The file holds digests, never tokens.
//!
//! **Invariant:** no error, log line or `Debug` of anything here holds a token, or a value of the file but the names of
//! clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::crypto::ring;
use toml::Spanned;

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read events, ask views, see metrics.
    Read,
    /// Append events.
    Append,
    /// Build views anew.
    Operate,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Append, Self::Operate];

    /// As it is written in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Append => "append",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let role = Self::ALL.into_iter().find(|role| role.name() == name);
        role.ok_or_else(|| "no such role; expected `read`, `append` or `operate`".to_owned())
    }
}

/// The SHA-256 of a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Of what a client sent.
    pub(crate) fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    fn from_hex(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        let digits = text.as_bytes().chunks_exact(2);
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, pair) in digest.iter_mut().zip(digits) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(digest))
    }

    /// Takes the same time wherever the two differ.
    fn is(&self, other: &Self) -> bool {
        let differing = self.0.iter().zip(other.0).fold(0, |found, (ours, theirs)| found | (ours ^ theirs));
        std::hint::black_box(differing) == 0
    }
}

/// A client that holds a token.
#[derive(Clone)]
pub(crate) struct Client {
    /// What the operator calls it.
    pub name: String,
    digest: Digest,
    roles: BTreeSet<Role>,
}

impl Client {
    /// Whether it has one of these roles.
    pub(crate) fn has_one_of(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

/// All clients that are let in.
#[derive(Clone)]
pub(crate) struct Tokens(Vec<Client>);

impl Tokens {
    /// The holder of a token. Looks at every client, whichever it is.
    pub(crate) fn find(&self, token: &Digest) -> Option<&Client> {
        self.0.iter().fold(None, |found, client| if client.digest.is(token) { Some(client) } else { found })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// What a file says.
    ///
    /// # Errors
    /// The file cannot be read, or holds a fault.
    pub(crate) fn load(path: &Path) -> Result<Self, TokensError> {
        let text =
            fs::read_to_string(path).map_err(|source| TokensError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|(line, fault)| TokensError::Wrong { path: path.to_owned(), line, fault })
    }

    /// What a text says, or the line of it that is wrong and why.
    fn parse(text: &str) -> Result<Self, (usize, Fault)> {
        let line = |at: Range<usize>| {
            let before = text.get(..at.start).unwrap_or(text);
            before.matches('\n').count() + 1
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            (line(at), Fault::Toml(without_values(error.message())))
        })?;
        let mut clients = Vec::with_capacity(file.client.len());
        let (mut names, mut digests) = (BTreeMap::new(), BTreeMap::new());
        for entry in file.client {
            let (name_line, token_line) = (line(entry.name.span()), line(entry.token_sha256.span()));
            let client = entry.check(line)?;
            if let Some(other) = names.insert(client.name.clone(), name_line) {
                return Err((name_line, Fault::NameTwice { name: client.name, other }));
            }
            if let Some(other) = digests.insert(client.digest, token_line) {
                return Err((token_line, Fault::TokenTwice { other }));
            }
            clients.push(client);
        }
        if clients.is_empty() { Err((1, Fault::Empty)) } else { Ok(Self(clients)) }
    }
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    client: Vec<Entry>,
}

/// One `[[client]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    token_sha256: Spanned<String>,
    roles: Spanned<Vec<Spanned<String>>>,
}

impl Entry {
    fn check(self, line: impl Fn(Range<usize>) -> usize) -> Result<Client, (usize, Fault)> {
        let name = self.name.get_ref();
        if !is_name(name) {
            return Err((line(self.name.span()), Fault::Name));
        }
        let digest = Digest::from_hex(self.token_sha256.get_ref())
            .ok_or_else(|| (line(self.token_sha256.span()), Fault::Digest { name: name.clone() }))?;
        let mut roles = BTreeSet::new();
        for role in self.roles.get_ref() {
            let known = role.get_ref().parse::<Role>();
            roles.insert(known.map_err(|_| (line(role.span()), Fault::Role { name: name.clone() }))?);
        }
        if roles.is_empty() {
            return Err((line(self.roles.span()), Fault::NoRole { name: name.clone() }));
        }
        Ok(Client { name: name.clone(), digest, roles })
    }
}

/// Letters, digits and `._-`: what fits a log line as it is.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"._-".contains(&letter))
}

/// What a parser reports, without the text that it found: that may be a token in the wrong place.
fn without_values(message: &str) -> String {
    message.lines().next().unwrap_or_default().split('"').step_by(2).collect::<Vec<_>>().join("…")
}

/// A file of tokens that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The system does not give it.
    #[error("cannot read the tokens `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It holds a fault.
    #[error("`{}` line {line}: {fault}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong in a file of tokens.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No TOML, an unknown key, a missing one, another type.
    #[error("{0}; each client is a table `[[client]]` with `name`, `token_sha256` and `roles`")]
    Toml(String),
    /// No client could be let in.
    #[error("it has no client; `rapport token NAME --roles read,append` makes one")]
    Empty,
    /// A name that is not valid.
    #[error("`name`: expected 1 to 64 letters, digits, `.`, `_` or `-`")]
    Name,
    /// Not a digest; the value may be the token itself.
    #[error(
        "`token_sha256` of client `{name}`: expected the token's SHA-256 in 64 hexadecimal digits, never the token"
    )]
    Digest {
        /// The client.
        name: String,
    },
    /// A role that does not exist.
    #[error("`roles` of client `{name}`: no such role; expected `read`, `append` or `operate`")]
    Role {
        /// The client.
        name: String,
    },
    /// A client that may do nothing.
    #[error("`roles` of client `{name}`: name at least one of `read`, `append` and `operate`")]
    NoRole {
        /// The client.
        name: String,
    },
    /// Two clients of one name.
    #[error("client `{name}` is already in line {other}; give this one another name")]
    NameTwice {
        /// The client.
        name: String,
        /// The line of the first.
        other: usize,
    },
    /// Two clients of one token.
    #[error("the digest in line {other} is the same; make a token for each client")]
    TokenTwice {
        /// The line of the first.
        other: usize,
    },
}

/// A fresh token.
pub struct NewToken {
    /// What the client keeps. It is stored nowhere.
    pub token: String,
    /// What the file of tokens gets.
    pub table: String,
}

impl NewToken {
    /// 256 random bits for a client.
    ///
    /// # Errors
    /// The name is not valid, no role is given, or the system gives no random bits.
    pub fn for_client(name: &str, roles: &BTreeSet<Role>) -> Result<Self, NewTokenError> {
        if !is_name(name) {
            return Err(NewTokenError::Name);
        }
        if roles.is_empty() {
            return Err(NewTokenError::NoRole);
        }
        let mut random = [0; 32];
        ring::default_provider().secure_random.fill(&mut random).map_err(|_| NewTokenError::NoRandomness)?;
        let token = format!("rapport_{}", hex(&random));
        let roles = roles.iter().map(|role| format!("\"{role}\"")).collect::<Vec<_>>().join(", ");
        let digest = hex(&Digest::of(token.as_bytes()).0);
        let table =
            format!("[[client]]\nname = \"{name}\"\ntoken_sha256 = \"{digest}\"\nroles = [{roles}]\n");
        Ok(Self { token, table })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Why no token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NewTokenError {
    /// The name does not fit.
    #[error("the client's name: expected 1 to 64 letters, digits, `.`, `_` or `-`")]
    Name,
    /// It could do nothing.
    #[error("name at least one role: `read`, `append` or `operate`")]
    NoRole,
    /// A token that can be guessed would be worse than none.
    #[error("the system gives no random bits; try again")]
    NoRandomness,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn client(name: &str, digest: &str, roles: &str) -> String {
        format!("[[client]]\nname = \"{name}\"\ntoken_sha256 = \"{digest}\"\nroles = {roles}\n")
    }

    #[test]
    fn a_fresh_token_is_found_by_its_digest_and_by_nothing_else() {
        let new = NewToken::for_client("billing", &BTreeSet::from([Role::Append, Role::Read])).unwrap();
        assert_eq!(new.token.len(), "rapport_".len() + 64);
        assert!(!new.table.contains(new.token.trim_start_matches("rapport_")));
        let tokens = Tokens::parse(&(client("other", A, "[\"operate\"]") + &new.table)).unwrap();
        assert_eq!(tokens.count(), 2);
        let found = tokens.find(&Digest::of(new.token.as_bytes())).unwrap();
        assert_eq!(found.name, "billing");
        assert!(found.has_one_of(&[Role::Append]) && found.has_one_of(&[Role::Read, Role::Operate]));
        assert!(!found.has_one_of(&[Role::Operate]));
        for wrong in ["", "rapport_", &new.token[1..], &format!("{} ", new.token), A] {
            assert!(tokens.find(&Digest::of(wrong.as_bytes())).is_none(), "{wrong}");
        }
        let again = NewToken::for_client("billing", &BTreeSet::from([Role::Read])).unwrap();
        assert_ne!(again.token, new.token);
        assert_eq!(
            NewToken::for_client("a b", &BTreeSet::from([Role::Read])).err(),
            Some(NewTokenError::Name)
        );
        assert_eq!(NewToken::for_client("a", &BTreeSet::new()).err(), Some(NewTokenError::NoRole));
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_line_and_without_its_values() {
        let secret = "rapport_5ec4e7";
        let good = client("a", A, "[\"read\"]");
        let wrong = [
            (String::new(), 1, "no client"),
            (format!("# {secret}\n"), 1, "no client"),
            (format!("{good}token = \"{secret}\"\n"), 5, "token"),
            (format!("{good}\n[[user]]\nname = \"b\"\n"), 6, "user"),
            (format!("{good}[[client]]\nname = \"b\"\nroles = [\"read\"]\n"), 5, "token_sha256"),
            (good.replace(A, secret), 3, "never the token"),
            (good.replace(A, &A[1..]), 3, "never the token"),
            (good.replace(A, &format!("{}é", &A[2..])), 3, "never the token"),
            (good.replace("[\"read\"]", &format!("[\"{secret}\"]")), 4, "no such role"),
            (good.replace("[\"read\"]", &format!("\"{secret}\"")), 4, "expected"),
            (good.replace("[\"read\"]", "[]"), 4, "at least one"),
            (good.replace("\"a\"", &format!("\"{secret} {secret}\"")), 2, "`name`"),
            (good.replace("\"a\"", secret), 2, "quot"),
            (format!("{good}{}", client("a", B, "[\"read\"]")), 6, "line 2"),
            (format!("{good}{}", client("b", A, "[\"read\"]")), 7, "line 3"),
            (format!("{good}name = \"b\"\n"), 5, "duplicate"),
        ];
        for (text, at, words) in wrong {
            let (line, fault) = Tokens::parse(&text).err().expect(&text);
            let said = fault.to_string();
            assert_eq!(line, at, "{text}\n{said}");
            assert!(said.contains(words), "{text}\n{said}");
            assert!(!said.contains("5ec4e7"), "{said}");
        }
    }
}
