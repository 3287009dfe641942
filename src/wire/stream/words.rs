//! What comes on a stream beside events with an object.

/// Whether an event without an object only keeps the connection open.
pub(super) fn is_heartbeat(name: &str, data: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [
        b"",
        b"null",
        b"ping",
        b"heartbeat",
        b"keepalive",
        b"keep-alive",
    ];
    let data = data.trim_ascii().to_ascii_lowercase();
    WORDS.contains(&data.as_slice()) || !name.is_empty() && WORDS.contains(&name.as_bytes())
}

/// What came in place of events: the lines that are no comments.
pub(super) fn without_comments(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let lines = text.lines().filter(|line| !line.starts_with(':'));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
