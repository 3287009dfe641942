//! Locks of files: they tell what a process works on from what it has left behind.
//!
//! The system releases a lock when its process ends, whatever the reason. A lock's file exists only while
//! somebody holds the lock, or after a crash.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Tries to lock a file that is just being removed.
const TRIES: usize = 8;

/// A lock that nobody else holds. Dropping it removes its file.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Locked until it is dropped, which is after the file was removed.
    file: File,
}

impl Lock {
    /// Takes the lock, and makes its file if there is none; `None` if somebody else has it.
    pub(super) fn acquire(path: PathBuf) -> io::Result<Option<Self>> {
        for _ in 0..TRIES {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Otherwise whoever had it has removed the file meanwhile.
            if is_at(&file, &path) {
                return Ok(Some(Self { path, file }));
            }
        }
        Ok(None)
    }

    /// Whether its file is still there, so that everybody else sees the lock.
    pub(super) fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.path)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_in_place() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let ours = file.metadata().map(identity).ok();
    ours.is_some() && ours == fs::metadata(path).map(identity).ok()
}

/// Elsewhere a file that is open keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
