//! Which members an object has, found without reading it.
//!
//! The contract: runs where the call is made, so nothing is kept or copied, and of a long body only the
//! beginning is looked at.

/// Of longer bodies no more is looked at.
const MOST_BYTES: usize = 64 << 10;
/// More groups of names are not asked for.
const MOST_GROUPS: usize = 8;

/// Whether a body is an object with one member of each group. Of a body that is too long to be looked at as
/// a whole, one of any group has to be in its beginning.
pub(super) fn has_members(body: &[u8], groups: &[&[&str]]) -> bool {
    let head = body.get(..MOST_BYTES.min(body.len())).unwrap_or_default();
    let mut found = [false; MOST_GROUPS];
    for name in Names::of(head) {
        for (group, found) in groups.iter().zip(&mut found) {
            *found |= group.iter().any(|one| one.as_bytes() == name);
        }
    }
    let found = found.iter().take(groups.len());
    let count = found.filter(|found| **found).count();
    count == groups.len() || head.len() < body.len() && count > 0
}

/// A member of a body's outermost object that is a text without escapes, if it stands in the beginning.
pub(super) fn text_member<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let head = body.get(..MOST_BYTES.min(body.len())).unwrap_or_default();
    let mut names = Names::of(head);
    names.find(|one| *one == name.as_bytes())?;
    let value = names.rest.trim_ascii_start().strip_prefix(b":")?;
    names.rest = value.trim_ascii_start().strip_prefix(b"\"")?;
    let text = names.text()?;
    str::from_utf8(text)
        .ok()
        .filter(|text| !text.contains('\\'))
}

/// The names of the members of the outermost object. An escaped name is none that anyone looks for.
struct Names<'a> {
    rest: &'a [u8],
    depth: u32,
    /// Whether the next text of the outermost object is a name.
    is_name: bool,
}

impl<'a> Names<'a> {
    fn of(body: &'a [u8]) -> Self {
        Self {
            rest: body,
            depth: 0,
            is_name: true,
        }
    }

    /// A text, whose first quote is behind.
    fn text(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        let mut used = 0;
        loop {
            let rest = start.get(used..)?;
            let special = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if rest.get(special) == Some(&b'"') {
                self.rest = rest.get(special + 1..)?;
                return start.get(..used + special);
            }
            used += special + 2;
        }
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => {
                    let text = self.text()?;
                    if self.depth == 1 && self.is_name {
                        self.is_name = false;
                        return Some(text);
                    }
                }
                b'{' => self.depth += 1,
                // The members of a list have no names.
                b'[' if self.depth == 0 => return None,
                b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.checked_sub(1)?,
                b',' if self.depth == 1 => self.is_name = true,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{has_members, text_member};

    #[test]
    fn a_text_of_the_outermost_object_is_found() {
        for (body, expected) in [
            (
                r#"{"a":{"method":"x"},"method" : "tools/call"}"#,
                Some("tools/call"),
            ),
            (r#"{"method":"a\/b"}"#, None),
            (r#"{"method":1}"#, None),
            (r#"{"a":"method"}"#, None),
            (r#"{"method":"cut"#, None),
            ("[]", None),
        ] {
            assert_eq!(text_member(body.as_bytes(), "method"), expected, "{body}");
        }
    }

    #[test]
    fn only_members_of_the_outermost_object_count() {
        let groups: [&[&str]; 2] = [&["model"], &["input", "prompt"]];
        for (body, expected) in [
            (r#"{"model":"m","input":"x"}"#, true),
            (r#" { "prompt" : [1,{"a":2}], "model" : null } "#, true),
            (r#"{"a":"\",\"model\":\"","input":1}"#, false),
            (r#"{"a":{"model":1},"input":1}"#, false),
            (r#"{"a":"model","b":"input"}"#, false),
            (r#"[{"model":1,"input":1}]"#, false),
            (r#"{"model":1"#, false),
            (r#"{"model"#, false),
            ("model=1&input=2", false),
            ("}}}", false),
            ("", false),
        ] {
            assert_eq!(has_members(body.as_bytes(), &groups), expected, "{body}");
        }
        let long = "x".repeat(100_000);
        let body = format!(r#"{{"input":"{long}","model":"m"}}"#);
        assert!(has_members(body.as_bytes(), &groups));
        let body = format!(r#"{{"answers":"{long}","model":"m","input":1}}"#);
        assert!(!has_members(body.as_bytes(), &groups));
    }
}
