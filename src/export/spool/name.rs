//! Names of the files in a spool folder: what can be known of one without opening it.
//!
//! Pure. Names sort by age. Each holds the token of whoever wrote it: whoever holds the lock of that token
//! may work on the file.

const EXTENSION: &str = ".otlp";
const PART: &str = ".part";
const LOCK: &str = ".lock";
/// A file that is not what was written.
pub(super) const CORRUPT: &str = ".corrupt";
/// A file with a request that the backend did not take.
pub(super) const FAILED: &str = ".failed";

/// The facts in the name of a request's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Milliseconds since the epoch, by the clock of whoever wrote it.
    pub(super) written: u64,
    pub(super) token: u64,
    pub(super) number: u64,
    pub(super) spans: u64,
}

/// What a file in the folder is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileName<'a> {
    /// A request for the destination of this tag.
    Request(Key, &'a str),
    /// Somebody writes it, or has died while writing it.
    Part(Key),
    /// A request that is not sent any more.
    SetAside(&'a str),
    Lock(u64),
    /// None of ours.
    Other,
}

impl Key {
    pub(super) fn file(&self, tag: &str) -> String {
        let Self {
            written,
            token,
            number,
            spans,
        } = self;
        format!("{written:014}-{token:016x}-{number:08}-{spans}-{tag}{EXTENSION}")
    }

    pub(super) fn part(&self, tag: &str) -> String {
        format!("{}{PART}", self.file(tag))
    }
}

pub(super) fn lock(token: u64) -> String {
    format!("{token:016x}{LOCK}")
}

impl<'a> FileName<'a> {
    pub(super) fn parse(name: &'a str) -> Self {
        if let Some(token) = name.strip_suffix(LOCK) {
            let token = u64::from_str_radix(token, 16).ok();
            let token = token.filter(|token| lock(*token) == name);
            return token.map_or(Self::Other, Self::Lock);
        }
        if let Some((key, tag)) = request(name) {
            return Self::Request(key, tag);
        }
        if let Some((key, _)) = name.strip_suffix(PART).and_then(request) {
            return Self::Part(key);
        }
        let set_aside = [CORRUPT, FAILED]
            .into_iter()
            .find_map(|end| request(name.strip_suffix(end)?));
        set_aside.map_or(Self::Other, |(_, tag)| Self::SetAside(tag))
    }
}

fn request(name: &str) -> Option<(Key, &str)> {
    let mut parts = name.strip_suffix(EXTENSION)?.split('-');
    let key = Key {
        written: parts.next()?.parse().ok()?,
        token: u64::from_str_radix(parts.next()?, 16).ok()?,
        number: parts.next()?.parse().ok()?,
        spans: parts.next()?.parse().ok()?,
    };
    let tag = parts.next()?;
    // Anything that would be written differently is not ours.
    (parts.next().is_none() && key.file(tag) == name).then_some((key, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "0123456789abcdef";

    fn key(written: u64, number: u64) -> Key {
        Key {
            written,
            token: 0xff,
            number,
            spans: 12,
        }
    }

    #[test]
    fn a_name_says_what_it_was_made_of() {
        let key = key(1_700_000_000_000, 7);
        let file = key.file(TAG);
        assert_eq!(FileName::parse(&file), FileName::Request(key, TAG));
        assert_eq!(FileName::parse(&key.part(TAG)), FileName::Part(key));
        assert_eq!(FileName::parse(&lock(0xff)), FileName::Lock(0xff));
        for end in [CORRUPT, FAILED] {
            let name = format!("{file}{end}");
            assert_eq!(FileName::parse(&name), FileName::SetAside(TAG));
        }
        for other in [
            "",
            ".otlp",
            "1-2-3-4-5.otlp",
            "notes.txt",
            ".lock",
            "ff.lock",
        ] {
            assert_eq!(FileName::parse(other), FileName::Other, "{other}");
        }
    }

    #[test]
    fn names_sort_by_age() {
        let ages = [key(5, 9), key(10, 1), key(10, 2), key(u64::MAX / 2, 0)];
        assert!(ages.is_sorted());
        assert!(ages[..3].iter().map(|key| key.file(TAG)).is_sorted());
    }
}
