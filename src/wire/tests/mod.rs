//! What the tests of all dialects share, and what every dialect can rely on.

pub(in crate::wire) mod dump;
pub(in crate::wire) mod pieces;
mod providers_table;
mod seam;
pub(in crate::wire) mod splits;
