//! What a page or an XML document says of an error.

/// Elements with a sentence: of XML, then of pages.
const SENTENCES: [&str; 6] = [
    "message",
    "faultstring",
    "error_description",
    "description",
    "title",
    "h1",
];

/// The message of an XML document, or the title of a page or its first heading.
pub(super) fn sentence(document: &str) -> Option<String> {
    SENTENCES.iter().find_map(|name| element(document, name))
}

/// The code of an error in XML.
pub(super) fn code(document: &str) -> Option<String> {
    element(document, "message")?;
    element(document, "code")
}

/// The text of the first element of this name that has one.
fn element(document: &str, name: &str) -> Option<String> {
    let lower = document.to_ascii_lowercase();
    let mut after = 0;
    loop {
        let start = after + lower.get(after..)?.find(&format!("<{name}"))? + name.len() + 1;
        after = start;
        let is_longer_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-:".contains(byte);
        if lower.as_bytes().get(start).is_some_and(is_longer_name) {
            continue;
        }
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(&format!("</{name}"))?;
        let text = plain(document.get(start..end)?);
        if !text.is_empty() {
            return Some(text);
        }
    }
}

/// Without what markup needs for characters of its own.
fn plain(text: &str) -> String {
    let text = text.trim();
    let text = text
        .strip_prefix("<![CDATA[")
        .and_then(|text| text.strip_suffix("]]>"))
        .unwrap_or(text);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let text = entities
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        });
    text.trim().to_owned()
}
