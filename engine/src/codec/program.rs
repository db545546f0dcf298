//! Programs of the machine: found on the search path, asked for their version, run to their end or stopped.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::CodecError;

/// How often a running coder is looked at: a cancelled job ends within this.
const PATIENCE: Duration = Duration::from_millis(20);
/// Bytes kept of what a failed coder said: its last lines.
const SAID_BYTES: usize = 400;

/// The full path of a program on the search path.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let names = if cfg!(windows) { vec![format!("{name}.exe")] } else { vec![name.to_string()] };
    env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file())
}

/// Everything a program says to these arguments, to both outputs.
pub(super) fn said(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Some(text)
}

/// Runs a program to its end. What it says goes to `log`, a file of the scratch folder; a cancelled one is killed.
pub(super) fn run(program: &Path, arguments: &[OsString], log: &Path, cancel: &AtomicBool) -> Result<(), CodecError> {
    let name = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let start = |cause: std::io::Error| CodecError::Start { program: name.clone(), cause: cause.to_string() };
    let file = File::create(log).map_err(CodecError::io(log))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(start)?;
    let status = wait(&mut child, cancel).map_err(start)?;
    match status {
        None => Err(CodecError::Cancelled),
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(CodecError::Failed { program: name, status: status.to_string(), said: last_words(log) }),
    }
}

fn wait(child: &mut Child, cancel: &AtomicBool) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if cancel.load(Ordering::Relaxed) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PATIENCE);
    }
}

fn last_words(log: &Path) -> String {
    let Ok(bytes) = std::fs::read(log) else { return "it said nothing that could be read".into() };
    let from = bytes.len().saturating_sub(SAID_BYTES);
    let text = String::from_utf8_lossy(&bytes[from..]);
    match text.trim() {
        "" => "it said nothing".into(),
        text => text.to_string(),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_quoted_and_one_that_hangs_is_stopped() {
        let scratch = tempfile::tempdir().unwrap();
        let log = scratch.path().join("log");
        let shell = find("sh").unwrap();
        let words = |text: &str| vec![OsString::from("-c"), OsString::from(text)];
        let never = AtomicBool::new(false);
        assert!(run(&shell, &words("exit 0"), &log, &never).is_ok());
        let failed = run(&shell, &words("echo out of paper >&2; exit 3"), &log, &never).unwrap_err();
        assert!(failed.to_string().contains("out of paper"), "{failed}");
        let cancelled = AtomicBool::new(true);
        assert!(matches!(run(&shell, &words("sleep 60"), &log, &cancelled), Err(CodecError::Cancelled)));
        let missing = run(Path::new("/nowhere/coder"), &[], &log, &never).unwrap_err();
        assert!(missing.to_string().contains("cannot be started"), "{missing}");
    }
}
