mod base64;
mod endpoint;
mod error;
mod facts;
mod fields;
mod json;
mod limits;
mod provider;
mod sse;
mod usage;
pub(crate) use endpoint::Endpoint;
pub(crate) use facts::{RequestFacts, ResponseFacts};
pub(crate) use provider::provider;
pub(crate) fn request(_: &Endpoint, _: &[u8]) -> RequestFacts {
    RequestFacts::default()
}
pub(crate) struct Answer;
impl Answer {
    pub(crate) fn new(_: &Endpoint, _: u16, _: Option<&str>) -> Self {
        Self
    }
    pub(crate) fn push(&mut self, _: &[u8], _: std::time::Duration) {}
    pub(crate) fn first_content_at(&self) -> Option<std::time::Duration> {
        None
    }
    pub(crate) fn is_stream(&self) -> bool {
        false
    }
    pub(crate) fn is_terminal(&self) -> bool {
        false
    }
    pub(crate) fn finish(self, _: bool) -> ResponseFacts {
        ResponseFacts::default()
    }
}
