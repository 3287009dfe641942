//! Text that is safe to show in a line of a terminal, and its width.
//!
//! Contract: what [`one_line`] and [`first_line`] return is one line of at most [`LIMIT`]
//! characters, without any character that moves the cursor, starts an escape sequence or turns the
//! reading direction; such a character is replaced by a visible one, because hiding that it was
//! there would help whoever put it there. Names and content come from models and users: nothing
//! reaches the terminal by another way. A cut falls between characters as a reader sees them. The
//! rule for that is an approximation (combining marks, joined emoji, skin tones, flags, Hangul), for
//! which no table of its own is worth its weight.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many characters of a text are kept: more than the widest terminal shows, and a bound for
/// what has no width at all.
pub(crate) const LIMIT: usize = 1_000;

const ELLIPSIS: char = '…';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// The text with line breaks as spaces.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    if !clean(text, &mut line) {
        line.push(ELLIPSIS);
    }
    line
}

/// The first line that is not blank; ends in `…` where more follows.
pub(crate) fn first_line(text: &str) -> String {
    let text = text.trim();
    let (first, rest) = match text.find(is_line_break) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let mut line = String::new();
    if !clean(first, &mut line) {
        line.push(ELLIPSIS);
    } else if !rest.is_empty() {
        line.push(' ');
        line.push(ELLIPSIS);
    }
    line
}

fn is_line_break(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Appends the visible form of `text`, runs of white space as one space; false where the limit
/// cut it.
fn clean(text: &str, line: &mut String) -> bool {
    let mut space = false;
    for (count, character) in text.trim().chars().enumerate() {
        if count == LIMIT {
            return false;
        }
        if character.is_whitespace() {
            space = true;
            continue;
        }
        if space {
            line.push(' ');
            space = false;
        }
        line.push(visible(character));
    }
    true
}

fn visible(character: char) -> char {
    match character {
        // The picture that Unicode has for each of them: ␛ for escape.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character))
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        // C1 controls, which some terminals obey.
        '\u{80}'..='\u{9f}'
        // What turns the reading direction.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Byte order mark and interlinear annotations.
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// Columns that the text takes.
pub(crate) fn width(text: &str) -> usize {
    Clusters(text).map(UnicodeWidthStr::width).sum()
}

/// The text, or as much of its beginning as fits into `columns` together with `…`.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    let (mut used, mut end, mut fits) = (0, 0, 0);
    for cluster in Clusters(text) {
        used += cluster.width();
        if used > columns {
            let mut short = text[..fits].trim_end().to_owned();
            if columns > 0 {
                short.push(ELLIPSIS);
            }
            return Cow::Owned(short);
        }
        end += cluster.len();
        if used < columns {
            fits = end;
        }
    }
    Cow::Borrowed(text)
}

/// What a reader takes for characters.
struct Clusters<'a>(&'a str);

impl<'a> Iterator for Clusters<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut characters = self.0.char_indices();
        let (_, mut last) = characters.next()?;
        let mut flag_is_open = is_regional_indicator(last);
        let end = characters
            .find(|&(_, character)| {
                let completes_flag = flag_is_open && is_regional_indicator(character);
                let joins = completes_flag
                    || last == ZERO_WIDTH_JOINER
                    || character.width() == Some(0)
                    || ('\u{1f3fb}'..='\u{1f3ff}').contains(&character);
                flag_is_open &= !joins;
                last = character;
                !joins
            })
            .map_or(self.0.len(), |(index, _)| index);
        let (cluster, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(cluster)
    }
}

fn is_regional_indicator(character: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_drives_a_terminal_becomes_visible() {
        assert_eq!(one_line("a\x1b[2Jb\x07\u{9b}c\x7f"), "a␛[2Jb␇\u{fffd}c␡");
        assert_eq!(one_line("abc\u{202e}cba\u{2066}"), "abc\u{fffd}cba\u{fffd}");
        assert_eq!(one_line(" a\r\n\tb\u{2028}c "), "a b c");
    }

    #[test]
    fn the_first_line_says_that_more_follows() {
        assert_eq!(first_line("\n\n  one\ntwo"), "one …");
        assert_eq!(first_line("one\n  \n"), "one");
        assert_eq!(first_line(" \n "), "");
    }

    #[test]
    fn a_text_without_width_is_bounded() {
        let marks = "\u{301}".repeat(100_000);
        assert!(one_line(&marks).chars().count() <= LIMIT + 1);
    }

    #[test]
    fn a_cut_leaves_whole_characters() {
        // Family, flag of France, thumb with skin tone, e with an accent of its own.
        assert_eq!(cut("ab👨‍👩‍👧cd", 4), "ab…");
        assert_eq!(cut("ab👨‍👩‍👧cd", 5), "ab👨‍👩‍👧…");
        assert_eq!(cut("🇫🇷🇩🇪🇳🇴", 5), "🇫🇷🇩🇪…");
        assert_eq!(cut("👍🏽👍🏽👍🏽", 4), "👍🏽…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert_eq!(cut("漢字漢字", 8), "漢字漢字");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn a_cut_fits(text in "\\PC{0,40}", columns in 0usize..50) {
            let text = one_line(&text);
            let short = cut(&text, columns);
            prop_assert!(width(&short) <= columns);
            prop_assert_eq!(width(&text) <= columns, short == text);
        }

        #[test]
        fn no_control_is_left(text in any::<String>()) {
            prop_assert!(!first_line(&text).chars().any(char::is_control));
        }
    }
}
