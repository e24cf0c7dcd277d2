//! The faults that the bytes of a log can have, and what an operator does about each.

use rapport_model::{ErrorClass, Position, Revision};

/// What is wrong with the bytes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlockFault {
    /// Shorter than a block can be.
    #[error("it ends too early")]
    Truncated,
    /// The checksum does not fit.
    #[error("its checksum is wrong")]
    Checksum,
    /// Written by a later version.
    #[error("its format version is `{found}`, this program reads `{read}`; use a newer program")]
    Format {
        /// The version of the block.
        found: u32,
        /// The version that this program reads.
        read: u32,
    },
    /// The checksum is right, the content is not.
    #[error("its content does not fit together")]
    Content,
}

/// Stored bytes are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "generation `{generation}` is corrupt at position `{position}`: {fault}; `rapport verify` of the \
     stopped ledger tells all that is wrong; restore it from a backup"
)]
pub struct CorruptError {
    /// The number of the generation, which is the name of its directory.
    pub generation: u64,
    /// The position at or after which it is, which is the key of the block.
    pub position: Position,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The block itself.
    #[error("the block cannot be used, {0}")]
    Block(#[from] BlockFault),
    /// A block is missing.
    #[error("the block is missing")]
    Missing,
    /// The key of a block is not the position that it begins with.
    #[error("the block is stored under the key of another")]
    Key,
    /// Positions must be dense.
    #[error("expected position `{expected}` here")]
    Gap {
        /// What comes after the position before.
        expected: Position,
    },
    /// The recorded clock must not go backwards.
    #[error("it was recorded earlier than the event before it")]
    Clock,
    /// The envelope cannot be read.
    #[error("the envelope cannot be read")]
    Envelope,
    /// The payload does not have the digest that the envelope says.
    #[error("the data does not have the digest in the envelope")]
    DataDigest,
    /// The personal part does not have the digest that the envelope says.
    #[error("the personal part does not have the digest in the envelope")]
    PersonalDigest,
    /// The revision is not the next of its stream.
    #[error("expected revision `{expected}` of its stream here")]
    Revision {
        /// What comes after the revision before.
        expected: Revision,
    },
    /// The index does not find the event by one of its keys.
    #[error("the index does not find it; restart, which rebuilds the index")]
    Index,
    /// sled does not have the bytes that readers read.
    #[error("sled and the file `blocks` differ; whichever is right, the other was changed")]
    Sled,
    /// The file `blocks` lacks a block that sled has with a right checksum, or has another one.
    #[error("the file `blocks` is not what sled has")]
    Journal,
    /// The file `blocks` goes on where sled ends.
    #[error("sled has lost the events from here to position `{last}`, which the file `blocks` still has")]
    Lost {
        /// The last of them.
        last: Position,
    },
    /// The file `settled` is damaged.
    #[error("the file `settled` is damaged")]
    Settled,
    /// sled cannot be opened, or not be read to its end.
    #[error("sled cannot be read from here on")]
    SledUnreadable,
    /// The same in a generation of an earlier format, whose journal was only a copy.
    #[error(
        "sled cannot be read from here on, and the file `blocks` of a generation of this format does not prove \
         of all that was answered"
    )]
    OnlySledUnreadable,
    /// The file `ledger` is damaged, or of a later format.
    #[error("the file `ledger` is not the description of a ledger that this program reads")]
    Description,
    /// The file `ready` is damaged, or of a later format.
    #[error("the file `ready` is not the description of a generation that this program reads")]
    Ready,
    /// The last commit of the generation is not whole, and a later generation exists.
    #[error("the commit is not whole")]
    HalfCommit,
}

impl Fault {
    /// What an operator does about this fault.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Journal => "start the server: it writes the file `blocks` again from sled",
            Self::Lost { .. } => "start the server: it puts them back into sled",
            Self::SledUnreadable => {
                "if this is the only fault, start the server: it builds sled again from the file `blocks` and sets the damaged one aside as `sled.damaged`"
            }
            Self::Settled => "start the server: it writes the file `settled` again",
            Self::Index => "restart the server: it rebuilds the index",
            Self::Sled => "restore this ledger from a backup, or find out which of the two was changed",
            Self::Block(_)
            | Self::Missing
            | Self::Key
            | Self::Gap { .. }
            | Self::Clock
            | Self::Envelope
            | Self::DataDigest
            | Self::PersonalDigest
            | Self::Revision { .. }
            | Self::Description
            | Self::Ready
            | Self::OnlySledUnreadable
            | Self::HalfCommit => {
                "keep a copy of the directory as it is, and restore this ledger from a backup"
            }
        }
    }
}

impl CorruptError {
    /// Always [`ErrorClass::Corrupt`].
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Corrupt
    }
}
