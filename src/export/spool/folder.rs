//! The folder of a spool: the only place that touches the disk.
//!
//! Contract: a file appears under its name only when all of it is on the disk. Folder and files are
//! for their owner alone where the system knows of owners.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use super::owner::Owner;

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes it, and tries whether it can be written to.
    pub(super) fn check(&self, owner: &Owner) -> io::Result<()> {
        self.make()?;
        let probe = format!("probe-{owner}");
        self.create(&probe)?;
        self.remove(&probe)
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.0.join(name))
    }

    /// Writes a file under another name first.
    pub(super) fn write(&self, aside: &str, name: &str, content: &[u8]) -> io::Result<()> {
        let file = match self.create(aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Somebody has removed the folder.
                self.make().and_then(|()| self.create(aside))
            }
            other => other,
        };
        let written = file.and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
        let written = written.and_then(|()| self.rename(aside, name));
        if written.is_err() {
            let _ = self.remove(aside);
        }
        written?;
        // The name is on disk as well after this; not every system can do it.
        if let Ok(folder) = File::open(&self.0) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Names and sizes of the files.
    pub(super) fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)?.flatten() {
            // One that is gone meanwhile is nobody's concern, nor is what is no file.
            if let Ok(metadata) = entry.metadata()
                && metadata.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                found.push((name, metadata.len()));
            }
        }
        Ok(found)
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(formatter)
    }
}
