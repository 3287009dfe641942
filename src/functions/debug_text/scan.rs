//! Tokens of `Debug` text: literals, numbers, words and field names, exactly as the standard library
//! prints them.
//!
//! A token that deviates (`007`, `1.50`, `"a\d"`, a raw line break between quotes) is no token: only the
//! canonical form tells `Debug` output from something a person typed. Every method moves forward only, or
//! leaves the position where it was when it answers `None` or `false`, literals excepted.

/// A position in a text; always on a character boundary.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    position: usize,
}

/// A number in its canonical form.
pub(super) enum Number<'t> {
    /// Fits `i64`, `u64` or `f64`, and is written in JSON as it stands.
    Exact(&'t str),
    /// An integer that readers of JSON would round.
    Wide(&'t str),
    /// `-inf`; its positive sisters are words.
    NotFinite(&'t str),
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn set_position(&mut self, position: usize) {
        self.position = position;
    }

    pub(super) fn at_end(&self) -> bool {
        self.position == self.text.len()
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn after(&self, position: usize) -> &'t str {
        self.text.get(position..).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.after(self.position)
    }

    pub(super) fn byte(&self, position: usize) -> Option<u8> {
        self.text.as_bytes().get(position).copied()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.byte(self.position)
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.position += expected.len();
        }
        found
    }

    /// A line break and the indentation after it, as `{:#?}` writes them.
    pub(super) fn eat_line_break(&mut self) -> bool {
        if !self.eat("\n") {
            return false;
        }
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches(' ').len();
        true
    }

    fn take_while(&mut self, accepted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = rest
            .split_once(|character| !accepted(character))
            .map_or(rest, |(taken, _)| taken);
        self.position += taken.len();
        taken
    }

    /// A string literal; `sink` gets its text unescaped, piece by piece.
    pub(super) fn string(&mut self, mut sink: impl FnMut(&str)) -> Option<()> {
        if !self.eat("\"") {
            return None;
        }
        loop {
            sink(self.plain());
            if self.eat("\"") {
                return Some(());
            }
            sink(self.character()?.encode_utf8(&mut [0; 4]));
        }
    }

    /// What stands for itself in a literal. Beyond ASCII there are control characters too.
    fn plain(&mut self) -> &'t str {
        let rest = self.rest();
        let stands_for_itself = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        let end = rest.bytes().position(|byte| !stands_for_itself(byte));
        let plain = &rest[..end.unwrap_or(rest.len())];
        self.position += plain.len();
        plain
    }

    /// A character literal, unescaped.
    pub(super) fn quoted_character(&mut self) -> Option<char> {
        if !self.eat("'") || self.peek() == Some(b'\'') {
            return None;
        }
        let character = self.character()?;
        self.eat("'").then_some(character)
    }

    /// One character of a literal. `Debug` escapes control characters, so a raw one disproves it.
    fn character(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.position += character.len_utf8();
        if character != '\\' {
            return (!character.is_control()).then_some(character);
        }
        let kind = self.peek()?;
        self.position += usize::from(kind.is_ascii());
        match kind {
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            b'0' => Some('\0'),
            b'"' | b'\'' | b'\\' => Some(char::from(kind)),
            b'u' if self.eat("{") => {
                let digits = self.take_while(|digit| matches!(digit, '0'..='9' | 'a'..='f'));
                let code = u32::from_str_radix(digits, 16).ok()?;
                let character = char::from_u32(code)?;
                self.eat("}").then_some(character)
            }
            _ => None,
        }
    }

    /// Whether ` {` and a string follow, as after the `Object` of a `serde_json::Value`.
    pub(super) fn at_named_map(&self) -> bool {
        let mut ahead = *self;
        if !ahead.eat(" {") {
            return false;
        }
        ahead.eat_line_break();
        ahead.peek() == Some(b'"')
    }

    /// A number as `Debug` prints integers and floats: no `007`, `+5`, `1.50`, `.5` or `1E5`.
    /// `0.00005` and `1e+20` are what a `serde_json::Number` prints.
    pub(super) fn number(&mut self) -> Option<Number<'t>> {
        let start = self.position;
        let token =
            self.take_while(|part| part.is_ascii_alphanumeric() || matches!(part, '.' | '+' | '-'));
        let number = if token == "-inf" {
            Some(Number::NotFinite(token))
        } else if is_integer(token) {
            let exact = token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok();
            Some(if exact {
                Number::Exact(token)
            } else {
                Number::Wide(token)
            })
        } else if is_float(token) {
            Some(Number::Exact(token))
        } else {
            None
        };
        if number.is_none() {
            self.position = start;
        }
        number
    }

    /// An identifier or a path of identifiers; empty where there is none.
    pub(super) fn word(&mut self) -> &'t str {
        let start = self.position;
        while self.rest().starts_with(is_word_start) {
            self.take_while(is_word_part);
            let continues = |after: &str| after.starts_with(is_word_start);
            if !self.rest().strip_prefix("::").is_some_and(continues) {
                break;
            }
            self.position += "::".len();
        }
        self.slice(start, self.position)
    }

    /// `name: `, the beginning of a field, without the prefix of a raw identifier. Names given to
    /// `debug_struct` by hand may be `content-type` or `http.method`.
    pub(super) fn field_name(&mut self) -> Option<&'t str> {
        let start = self.position;
        self.eat("r#");
        let name = if self.rest().starts_with(is_word_start) {
            self.take_while(|part| is_word_part(part) || matches!(part, '-' | '.'))
        } else {
            ""
        };
        if name.is_empty() || !self.eat(": ") {
            self.position = start;
            return None;
        }
        Some(name)
    }
}

/// Whether `word` is named as types and variants are.
pub(super) fn is_upper_camel(word: &str) -> bool {
    word.trim_start_matches('_')
        .starts_with(|first: char| first.is_ascii_uppercase())
}

pub(super) fn is_word_part(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn is_word_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn is_integer(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    token == "0"
        || !digits.is_empty()
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether `token` has the form of a printed float. Printing it again is no test: printers of shortest
/// forms break ties differently (`846354480560247.25` ends in `.2` or `.3`).
fn is_float(token: &str) -> bool {
    // As many significant digits as any `f64` needs.
    const MOST_DIGITS: usize = 17;
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match unsigned.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let well_formed = match (exponent, fraction) {
        (None, None) => false,
        (None, Some(fraction)) => {
            (whole == "0" || is_digits(whole) && !whole.starts_with('0'))
                && is_digits(fraction)
                && (fraction == "0" || !fraction.ends_with('0'))
        }
        (Some(exponent), fraction) => {
            // `1e5` is a name or an abbreviation: `Debug` prints `100000.0`.
            let (digits, least) = match exponent.strip_prefix('-') {
                Some(digits) => (digits, 5),
                None => (exponent.strip_prefix('+').unwrap_or(exponent), 16),
            };
            matches!(whole.as_bytes(), [b'1'..=b'9'])
                && fraction.is_none_or(|part| is_digits(part) && !part.ends_with('0'))
                && is_digits(digits)
                && !digits.starts_with('0')
                && digits.parse::<u16>().is_ok_and(|digits| digits >= least)
        }
    };
    let digits = mantissa.trim_start_matches(['0', '.']);
    let significant = digits.bytes().filter(u8::is_ascii_digit).count();
    let in_range = |float: f64| float.is_finite() && (float == 0.0) == digits.is_empty();
    well_formed && significant <= MOST_DIGITS && token.parse().is_ok_and(in_range)
}
