//! Langfuse's SDK for Python, where it is installed.

use std::path::PathBuf;
use std::process::Command;

use crate::case::Case;

/// Of the virtual environment in the target folder, which the built program lies in.
pub(crate) fn program() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let target = program.parent()?.parent()?;
    let python = target.join("python/bin/python");
    python.exists().then_some(python)
}

pub(crate) fn command(case: &Case) -> Command {
    let mut command = Command::new(program().unwrap());
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/observe.py"))
        .args([case.count, case.burst].map(|number| number.to_string()))
        .arg(case.pause.to_string())
        .env("LANGFUSE_BASE_URL", &case.address)
        .env("LANGFUSE_PUBLIC_KEY", "pk-lf-1")
        .env("LANGFUSE_SECRET_KEY", "sk-lf-1");
    command
}
