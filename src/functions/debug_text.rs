//! stub
pub(crate) fn to_json(_: &str) -> Option<String> {
    None
}
pub(crate) fn string_literal(_: &str) -> Option<String> {
    None
}
