//! Compiles `proto/` without a `protoc`, into Rust code and into the descriptor set that reflection serves.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;
use prost_types::{FileDescriptorSet, field_descriptor_proto::Type};

/// Message fields that the generated code keeps as bytes: a payload is stored as it came, also one that this
/// build does not know, and events on their way from the log to a client are not decoded. On the wire an
/// embedded message and a byte string are the same.
const KEPT_AS_BYTES: &[(&str, &str)] =
    &[("Event", "payload"), ("RecordedEvent", "payload"), ("ReadResponse", "events")];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    // No other file imports the bodies of definitions: they are JSON in an event.
    let files = ["rapport/v1/ledger.proto", "rapport/v1/views.proto", "rapport/v1/definition.proto"];
    let files = protox::compile(files, [&root])?;

    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), files.encode_to_vec())?;
    tonic_prost_build::configure().bytes(".rapport.v1").compile_fds(with_bytes_fields(files))?;
    Ok(())
}

fn with_bytes_fields(mut files: FileDescriptorSet) -> FileDescriptorSet {
    for file in files.file.iter_mut().filter(|file| file.package() == "rapport.v1") {
        for message in &mut file.message_type {
            let name = message.name().to_owned();
            for field in &mut message.field {
                if KEPT_AS_BYTES.contains(&(name.as_str(), field.name())) {
                    field.set_type(Type::Bytes);
                    field.type_name = None;
                }
            }
        }
    }
    files
}
