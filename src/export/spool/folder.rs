//! The folder of a spool: the only place that touches the disk.
//!
//! Contract: a file appears under its name only when all of it is on the disk. Folder and files are
//! for their owner alone where the system knows of owners.

use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use super::lock::Lock;

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes it, and tries whether files can be made and locked in it.
    pub(super) fn check(&self, probe: &str) -> io::Result<()> {
        self.lock(probe).map(drop)
    }

    /// The permissions of others than its owner, if they have any.
    #[cfg(unix)]
    pub(super) fn open_to_others(&self) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&self.0).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }

    #[cfg(not(unix))]
    pub(super) fn open_to_others(&self) -> Option<u32> {
        None
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    /// Takes a lock; `None` if somebody else has it. Makes the folder if it is not there.
    pub(super) fn lock(&self, name: &str) -> io::Result<Option<Lock>> {
        match Lock::acquire(self.0.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make()?;
                Lock::acquire(self.0.join(name))
            }
            other => other,
        }
    }

    /// Writes a file, all of which is on the disk then.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.0.join(name))?;
        let mut written = parts.iter().try_for_each(|part| file.write_all(part));
        written = written.and_then(|()| file.sync_all());
        if written.is_err() {
            let _ = self.remove(name);
        }
        written
    }

    /// Makes sure that the names of files are on the disk as well, as far as the system can.
    pub(super) fn sync(&self) {
        if let Ok(folder) = File::open(&self.0) {
            let _ = folder.sync_all();
        }
    }

    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        File::open(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Names of the files and how much of the disk each takes.
    pub(super) fn list(&self) -> io::Result<impl Iterator<Item = (String, u64)>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => Some(entries),
            // Without a folder there are no files.
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        // What is gone meanwhile is nobody's concern, nor is what is no file.
        Ok(entries.into_iter().flatten().flatten().filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
            let name = entry.file_name().into_string().ok()?;
            Some((name, size(&metadata)))
        }))
    }
}

/// The length, unless most of it is a hole.
#[cfg(unix)]
fn size(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (length, on_disk) = (metadata.len(), metadata.blocks().saturating_mul(512));
    if on_disk < length / 2 {
        on_disk
    } else {
        length
    }
}

#[cfg(not(unix))]
fn size(metadata: &Metadata) -> u64 {
    metadata.len()
}

impl fmt::Display for Folder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(formatter)
    }
}
