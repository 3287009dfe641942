//! One test binary: a module a behaviour, its name is the sentence.
#![expect(clippy::unwrap_used, reason = "tests")]
