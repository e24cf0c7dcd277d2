//! Ends a process and removes its folder when the test that made them is gone, however it ended: dropped, left in a
//! static, or killed itself.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// Waits in a shell for the other end of its standard input to close, which the system does for every process that ends.
const SCRIPT: &str = r#"folder=$1; shift; cat >/dev/null; "$@" >/dev/null 2>&1; rm -rf -- "$folder""#;

/// A shell that runs `farewell` and removes `folder` once this is dropped or this process is gone.
pub(crate) struct Guard(Child);

impl Guard {
    pub(crate) fn new(folder: &Path, farewell: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "guard"]).arg(folder).args(farewell).current_dir("/");
        // A group of its own: an interrupt from the keyboard ends the test, not its guard.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.spawn().map(Self).context("starting a shell")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Waiting closes the standard input first.
        let _ = self.0.wait();
    }
}
