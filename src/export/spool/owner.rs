//! Who works on a spool file, and whether that process still runs.
//!
//! On Linux a process is known by its id and the time it started, where both mean anything: on the same
//! boot, in the same namespace of ids. Of others nothing is known, and neither is elsewhere than on
//! Linux; what they work on is left to them until it has been for too long.

use std::fmt;
use std::fs;
use std::hash::{BuildHasher, RandomState};

use sha2::{Digest, Sha256};

use crate::text::hex::hex;

/// A process, or one of several telemetries in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    process: u32,
    /// In ticks since the machine's start; 0 if that is not known.
    started: u64,
    /// Where its id means something; empty if that is not known.
    place: String,
    pub(super) token: String,
}

impl Owner {
    pub(super) fn this_process() -> Self {
        let process = std::process::id();
        Self {
            process,
            started: started(process).unwrap_or_default(),
            place: place().unwrap_or_default(),
            token: format!("{:016x}", RandomState::new().hash_one(process)),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let owner = Self {
            process: parts.next()?.parse().ok()?,
            started: parts.next()?.parse().ok()?,
            place: parts.next()?.to_owned(),
            token: parts.next()?.to_owned(),
        };
        parts.next().is_none().then_some(owner)
    }

    /// Whether it certainly runs no more, seen from `self`.
    pub(super) fn knows_the_end_of(&self, other: &Self) -> bool {
        let can_know = !self.place.is_empty() && self.place == other.place && other.started != 0;
        can_know && started(other.process) != Some(other.started)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            process,
            started,
            place,
            token,
        } = self;
        write!(formatter, "{process}-{started}-{place}-{token}")
    }
}

/// When a process has started, if there is one of this id.
fn started(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // One that has ended but was not waited for works on nothing.
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn place() -> Option<String> {
    let boot = fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let mut hash = Sha256::new();
    hash.update(boot);
    hash.update(namespace.as_os_str().as_encoded_bytes());
    Some(hex(&hash.finalize()[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_what_its_name_says() {
        let owner = Owner::this_process();
        assert_eq!(Owner::parse(&owner.to_string()), Some(owner));
        assert_eq!(Owner::parse("1-2"), None);
    }

    #[test]
    fn the_end_of_a_process_is_known_only_where_its_id_means_something() {
        let owner = Owner::this_process();
        assert!(!owner.knows_the_end_of(&owner));
        let elsewhere = Owner {
            place: "elsewhere".into(),
            ..owner.clone()
        };
        assert!(!owner.knows_the_end_of(&elsewhere));
        if cfg!(target_os = "linux") {
            // The id was given to another process since.
            let before = Owner {
                started: owner.started + 1,
                ..owner.clone()
            };
            assert!(owner.knows_the_end_of(&before));
        }
    }
}
