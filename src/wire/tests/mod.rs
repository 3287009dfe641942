//! What the tests of every provider share.

pub(in crate::wire) mod dump;
