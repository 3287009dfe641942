//! The versions of async-openai: from the first with a middleware on, every one that has a type of its own.
//!
//! A new version is a line here, a feature and a dependency in `Cargo.toml`.

/// Passes the versions to a macro: the feature, a name, the crate.
macro_rules! async_openai_versions {
    ($receiver:ident) => {
        $receiver! {
            ("async-openai-040", v040, async_openai_040),
            ("async-openai-041", v041, async_openai_041),
            ("async-openai-042", v042, async_openai_042),
            ("async-openai-043", v043, async_openai),
        }
    };
}
pub(super) use async_openai_versions;
