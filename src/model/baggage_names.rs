//! Under which names the attributes of a trace travel in W3C baggage.

/// The names that the SDKs of a backend have for it.
#[derive(Debug)]
pub(crate) struct BaggageNames {
    /// Name of the attribute and name in baggage of everything but tags and metadata.
    pub(crate) attributes: &'static [(&'static str, &'static str)],
    /// Tags, a JSON array.
    pub(crate) tags: &'static str,
    /// What a key of metadata begins with.
    pub(crate) metadata_prefix: &'static str,
    /// The trace whose root belongs to a service upstream.
    pub(crate) trace_id: &'static str,
}
