//! Names of spool files: what can be known of one without opening it.
//!
//! Pure. Names sort by age. A file that a process is writing or sending has that process in its name,
//! so that taking one is a rename, which only one process can win, and so that what a process has left
//! behind can be told from what it is working on.

use super::owner::Owner;

const EXTENSION: &str = ".otlp";
const SENT_BY: &str = ".sent-by-";
const WRITTEN_BY: &str = ".written-by-";

/// The facts in a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// Milliseconds since the epoch, by the clock of whoever wrote it.
    pub(super) written: u64,
    /// Tells processes apart.
    pub(super) token: String,
    pub(super) number: u64,
    pub(super) spans: u64,
    pub(super) tag: String,
}

/// What a file in the folder is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Waiting(Name),
    /// Somebody sends it.
    Sent(Name, Owner),
    /// Somebody writes it.
    Written(Owner),
    /// None of ours.
    Other,
}

impl Name {
    pub(super) fn waiting(&self) -> String {
        let Self {
            written,
            token,
            number,
            spans,
            tag,
        } = self;
        format!("{written:014}-{token}-{number:08}-{spans}-{tag}{EXTENSION}")
    }

    pub(super) fn sent_by(&self, owner: &Owner) -> String {
        format!("{}{SENT_BY}{owner}", self.waiting())
    }

    pub(super) fn written_by(&self, owner: &Owner) -> String {
        format!("{}{WRITTEN_BY}{owner}", self.waiting())
    }

    pub(super) fn corrupt(&self) -> String {
        format!("{}.corrupt", self.waiting())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_suffix(EXTENSION)?.split('-');
        let name = Self {
            written: parts.next()?.parse().ok()?,
            token: parts.next()?.to_owned(),
            number: parts.next()?.parse().ok()?,
            spans: parts.next()?.parse().ok()?,
            tag: parts.next()?.to_owned(),
        };
        // Anything that would be written differently is not ours.
        (parts.next().is_none() && name.waiting() == text).then_some(name)
    }
}

pub(super) fn parse(text: &str) -> Kind {
    let owned = |mark| {
        let (name, owner) = text.split_once(mark)?;
        Some((Name::parse(name)?, Owner::parse(owner)?))
    };
    if let Some((name, owner)) = owned(SENT_BY) {
        Kind::Sent(name, owner)
    } else if let Some((_, owner)) = owned(WRITTEN_BY) {
        Kind::Written(owner)
    } else {
        Name::parse(text).map_or(Kind::Other, Kind::Waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(written: u64, number: u64) -> Name {
        Name {
            written,
            token: "00ff".into(),
            number,
            spans: 12,
            tag: "0123456789abcdef".into(),
        }
    }

    #[test]
    fn a_name_says_what_it_was_made_of() {
        let (name, owner) = (name(1_700_000_000_000, 7), Owner::this_process());
        assert_eq!(parse(&name.waiting()), Kind::Waiting(name.clone()));
        assert_eq!(
            parse(&name.sent_by(&owner)),
            Kind::Sent(name.clone(), owner.clone())
        );
        assert_eq!(
            parse(&name.written_by(&owner)),
            Kind::Written(owner.clone())
        );
        assert_eq!(parse(&name.corrupt()), Kind::Other);
        for other in ["", ".otlp", "1-2-3-4-5.otlp", "notes.txt", ".sent-by-"] {
            assert_eq!(parse(other), Kind::Other, "{other}");
        }
    }

    #[test]
    fn names_sort_by_age() {
        let ages = [name(5, 9), name(10, 1), name(10, 2), name(u64::MAX / 2, 0)];
        assert!(ages.is_sorted());
        assert!(ages[..3].iter().map(Name::waiting).is_sorted());
    }
}
