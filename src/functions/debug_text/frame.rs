//! What the parser knows about the surroundings of a value, and how reading it can fail.
//!
//! All of it is `Copy` and handed down, never restored: a value that is read a second time in another way
//! starts from the same surroundings.

use super::json::MAX_DEPTH;

/// Why reading stopped.
pub(super) enum Stop {
    /// Not this shape; in lenient mode the token is kept as text.
    Mismatch,
    /// Nothing further up can make sense of it either.
    GiveUp,
}

pub(super) type Step<T = ()> = Result<T, Stop>;

/// What surrounds a value.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) depth: usize,
    pub(super) lenient: bool,
}

impl Context {
    pub(super) fn deeper(self, levels: usize) -> Step<Self> {
        let depth = self.depth + levels;
        if depth > MAX_DEPTH {
            return Err(Stop::GiveUp);
        }
        Ok(Self { depth, ..self })
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Brackets {
    List,
    Tuple,
    Arguments,
    Braces,
    Fields,
}

impl Brackets {
    pub(super) fn close(self) -> &'static str {
        match self {
            Self::List => "]",
            Self::Tuple | Self::Arguments => ")",
            Self::Braces | Self::Fields => "}",
        }
    }

    /// What `{:?}` ends the container with.
    pub(super) fn compact_close(self) -> &'static str {
        match self {
            Self::Fields => " }",
            _ => self.close(),
        }
    }
}

/// Which part of an item is read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Item,
    Key,
    /// The first thing in braces, before it is known whether they are a map or a set.
    KeyOrItem,
}

/// The container around an item.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) context: Context,
    pub(super) kind: Brackets,
    /// Written by `{:#?}`: one item a line.
    pub(super) pretty: bool,
    pub(super) part: Part,
}
