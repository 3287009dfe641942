//! The shapes of `Debug` text, read in one pass and written as JSON on the way.
//!
//! Two modes. Strict: every token must be one the standard library prints, otherwise the whole text stays
//! text. Lenient, inside the braces of `Name { field: .. }`: a custom `Debug` may print anything there
//! (`2026-11-22T10:00:00Z`, `<locked>`, `Secret([REDACTED])`), so what is not understood becomes a string
//! up to the next separator (`boundary.rs`). Reading such a token a second time is paid from a budget in
//! proportion to the text, and a text that exceeds it stays text: that keeps the time linear without a
//! look ahead.

use super::frame::{Brackets, Context, Frame, Part, Step, Stop};
use super::json;
use super::json::Keys;
use super::scan::{Number, Scanner, is_upper_camel};

/// How surely the text read so far was printed by `Debug`.
///
/// Capitalised words and brackets alone prove nothing: `[Laughter]`, `(Yes, No)` and `Section(A)` are
/// prose as well as lists and variants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    /// Brackets, words, `None`, `()`.
    Nothing,
    /// A number or `true`: proof for `[1, 2]` and `Point(3)`, none for `O(1)` or `N(0, 1)`.
    Number,
    /// A quoted literal, `Name { field: .. }`, `Some(..)`, `Ok(..)`, `Err(..)`.
    Syntax,
}

/// One reading of one text.
pub(super) struct Parser<'t> {
    pub(super) scanner: Scanner<'t>,
    pub(super) json: String,
    evidence: Evidence,
    /// How many bytes may still be read again.
    budget: usize,
    /// How many lists, tuples and structures were made object keys so far.
    compound_keys: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            scanner: Scanner::new(text),
            json: String::with_capacity(text.len() + 2),
            evidence: Evidence::Nothing,
            budget: text.len().saturating_mul(4),
            compound_keys: 0,
        }
    }

    /// The JSON of the whole text, if there is enough evidence for it.
    pub(super) fn document(mut self) -> Option<String> {
        let mut ahead = self.scanner;
        let name = ahead.word();
        // `O(1)`, `N(0, 1)`: without a lower-case letter it may well be mathematics; `Array [1, 2]` is
        // half a sentence.
        let required = match name {
            "" => Evidence::Number,
            "Array" => Evidence::Syntax,
            _ if name.contains(char::is_lowercase) => Evidence::Number,
            _ => Evidence::Syntax,
        };
        let context = Context {
            depth: 0,
            lenient: false,
        };
        self.structured(context).ok()?;
        (self.scanner.at_end() && self.evidence >= required).then_some(self.json)
    }

    fn prove(&mut self, evidence: Evidence) {
        self.evidence = self.evidence.max(evidence);
    }

    fn expect(&mut self, expected: &str) -> Step {
        if self.scanner.eat(expected) {
            Ok(())
        } else {
            Err(Stop::Mismatch)
        }
    }

    pub(super) fn pay(&mut self, bytes: usize) -> Step {
        self.budget = self.budget.checked_sub(bytes).ok_or(Stop::GiveUp)?;
        Ok(())
    }

    /// A value followed by what may follow it in `frame`.
    fn value(&mut self, frame: Frame) -> Step {
        let (start, written) = (self.scanner.position(), self.json.len());
        match self.structured(frame.context) {
            Ok(()) if self.at_boundary(frame) => return Ok(()),
            Ok(()) | Err(Stop::Mismatch) if frame.context.lenient => {}
            _ => return Err(Stop::GiveUp),
        }
        self.pay(self.scanner.position().saturating_sub(start))?;
        self.scanner.set_position(start);
        self.json.truncate(written);
        self.opaque(frame)
    }

    /// A value of a shape that is understood.
    fn structured(&mut self, context: Context) -> Step {
        match self.scanner.peek().ok_or(Stop::Mismatch)? {
            b'"' => self.string(),
            b'\'' => self.character(),
            b'[' => self.list(context),
            b'(' => self.tuple(context),
            b'{' => self.braces(context),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(context),
        }
    }

    fn string(&mut self) -> Step {
        self.json.push('"');
        let json = &mut self.json;
        self.scanner
            .string(|text| json::push_text(json, text))
            .ok_or(Stop::Mismatch)?;
        self.json.push('"');
        self.prove(Evidence::Syntax);
        Ok(())
    }

    fn character(&mut self) -> Step {
        let character = self.scanner.quoted_character().ok_or(Stop::Mismatch)?;
        json::push_string(&mut self.json, character.encode_utf8(&mut [0; 4]));
        self.prove(Evidence::Syntax);
        Ok(())
    }

    fn number(&mut self) -> Step {
        match self.scanner.number().ok_or(Stop::Mismatch)? {
            Number::Exact(number) => self.json.push_str(number),
            Number::Wide(number) => json::push_string(&mut self.json, number),
            Number::NotFinite(number) => {
                json::push_string(&mut self.json, number);
                return Ok(());
            }
        }
        self.prove(Evidence::Number);
        Ok(())
    }

    /// What begins with a word: `true`, `None`, a unit variant, `Name(..)`, `Name { .. }`.
    fn word(&mut self, context: Context) -> Step {
        let word = self.scanner.word();
        match word {
            "true" | "false" => {
                self.json.push_str(word);
                self.prove(Evidence::Number);
                return Ok(());
            }
            "inf" => {}
            _ if !is_upper_camel(word) => return Err(Stop::Mismatch),
            _ if self.scanner.eat("(") => return self.tuple_struct(word, context),
            _ if self.scanner.at_named_map() => {
                self.expect(" ")?;
                return self.braces(context);
            }
            _ if self.scanner.eat(" {") => return self.fields(context),
            "Array" if self.scanner.eat(" ") => return self.list(context),
            "None" | "Null" => {
                self.json.push_str("null");
                return Ok(());
            }
            _ => {}
        }
        json::push_string(&mut self.json, word);
        Ok(())
    }

    fn list(&mut self, context: Context) -> Step {
        self.expect("[")?;
        self.json.push('[');
        self.values(Brackets::List, context.deeper(1)?)?;
        self.json.push(']');
        Ok(())
    }

    fn tuple(&mut self, context: Context) -> Step {
        self.expect("(")?;
        let start = self.json.len();
        self.json.push('[');
        if self.values(Brackets::Tuple, context.deeper(1)?)? == 0 {
            self.json.truncate(start);
            self.json.push_str("null");
        } else {
            self.json.push(']');
        }
        Ok(())
    }

    fn tuple_struct(&mut self, name: &str, context: Context) -> Step {
        if matches!(name, "Some" | "Ok" | "Err") {
            self.prove(Evidence::Syntax);
        }
        // `Err` stays visible; `Some` and `Ok` only say that there is a value.
        if matches!(name, "Some" | "Ok") {
            return match self.values(Brackets::Arguments, context.deeper(1)?)? {
                1 => Ok(()),
                _ => Err(Stop::Mismatch),
            };
        }
        let start = self.json.len();
        let count = self.values(Brackets::Arguments, context.deeper(2)?)?;
        // `serde_json::Value` names the type that its JSON shows anyway.
        let written = self.json.get(start..).unwrap_or_default();
        let restated = match name {
            "String" => written.starts_with('"'),
            "Number" => written.starts_with(|first: char| first == '-' || first.is_ascii_digit()),
            "Bool" => written.starts_with(['t', 'f']),
            _ => false,
        };
        if restated && count == 1 {
            self.prove(Evidence::Syntax);
            return Ok(());
        }
        let mut before = String::from("{");
        json::push_string(&mut before, name);
        before.push_str(if count == 1 { ":" } else { ":[" });
        self.json.insert_str(start, &before);
        self.json.push_str(if count == 1 { "}" } else { "]}" });
        Ok(())
    }

    fn fields(&mut self, context: Context) -> Step {
        // `Hello {}` is a format string rather than anything `derive(Debug)` prints.
        let empty = self.scanner.peek() == Some(b'}');
        let context = Context {
            lenient: true,
            ..context.deeper(1)?
        };
        let mut keys = Keys::default();
        let start = self.json.len();
        self.json.push('{');
        self.items(Brackets::Fields, context, |parser, frame| {
            let name = parser.scanner.field_name().ok_or(Stop::Mismatch)?;
            parser.separate(start);
            let mut key = String::new();
            json::push_string(&mut key, name);
            parser.json.push_str(&keys.unique(key));
            parser.json.push(':');
            parser.value(frame)
        })?;
        self.json.push('}');
        if !empty {
            self.prove(Evidence::Syntax);
        }
        Ok(())
    }

    /// A map or a set: the first separator tells.
    fn braces(&mut self, context: Context) -> Step {
        self.expect("{")?;
        let context = context.deeper(1)?;
        let mut keys = Keys::default();
        let mut part = Part::KeyOrItem;
        let start = self.json.len();
        self.json.push('{');
        self.items(Brackets::Braces, context, |parser, frame| {
            parser.separate(start);
            let (from, written) = (parser.scanner.position(), parser.json.len());
            let compound_keys = parser.compound_keys;
            parser.value(Frame { part, ..frame })?;
            if part == Part::KeyOrItem {
                let is_map = parser.scanner.rest().starts_with(": ");
                part = if is_map { Part::Key } else { Part::Item };
            }
            if part == Part::Item {
                return Ok(());
            }
            parser.make_key(from, written, compound_keys, &mut keys)?;
            parser.expect(": ")?;
            parser.json.push(':');
            parser.value(frame)
        })?;
        if part == Part::Item {
            self.json.replace_range(start..=start, "[");
            self.json.push(']');
        } else {
            self.json.push('}');
        }
        Ok(())
    }

    /// Turns the JSON written since `written` into an object key.
    fn make_key(
        &mut self,
        from: usize,
        written: usize,
        compound_keys: usize,
        keys: &mut Keys,
    ) -> Step {
        let value = self.json.split_off(written);
        let key = if value.starts_with('"') {
            value
        } else {
            let mut key = String::new();
            if value == "null" {
                let source = self.scanner.slice(from, self.scanner.position());
                json::push_string(&mut key, source);
            } else {
                json::push_string(&mut key, &value);
            }
            if value.starts_with(['[', '{']) {
                // Quoting what is quoted already would double its backslashes at every level.
                if self.compound_keys != compound_keys {
                    return Err(Stop::GiveUp);
                }
                self.compound_keys += 1;
            }
            key
        };
        self.json.push_str(&keys.unique(key));
        Ok(())
    }

    /// The comma before every item of the container opened at `start`, except the first.
    fn separate(&mut self, start: usize) {
        if self.json.len() > start + 1 {
            self.json.push(',');
        }
    }

    /// Values separated by commas up to the end of their container; answers how many.
    fn values(&mut self, kind: Brackets, context: Context) -> Step<usize> {
        let mut first = true;
        self.items(kind, context, |parser, frame| {
            if !std::mem::take(&mut first) {
                parser.json.push(',');
            }
            parser.value(frame)
        })
    }

    /// The items of a container whose opening was read, and its end.
    fn items(
        &mut self,
        kind: Brackets,
        context: Context,
        mut item: impl FnMut(&mut Self, Frame) -> Step,
    ) -> Step<usize> {
        let mut count = 0;
        if self.scanner.eat(kind.close()) {
            return Ok(count);
        }
        let pretty = self.scanner.eat_line_break();
        if kind == Brackets::Fields && !pretty {
            self.expect(" ")?;
        }
        let frame = Frame {
            context,
            kind,
            pretty,
            part: Part::Item,
        };
        loop {
            if self.at_ellipsis(frame, self.scanner.position()) {
                self.expect("..")?;
                if pretty {
                    self.scanner.eat_line_break();
                    self.expect(kind.close())?;
                } else {
                    self.expect(kind.compact_close())?;
                }
                return Ok(count);
            }
            item(self, frame)?;
            count += 1;
            if pretty {
                self.expect(",")?;
                if !self.scanner.eat_line_break() {
                    return Err(Stop::Mismatch);
                }
                if self.scanner.eat(kind.close()) {
                    return Ok(count);
                }
            } else if kind == Brackets::Tuple
                && count == 1
                && !self.at_separator(frame, self.scanner.position())
            {
                // `(a)` is a parenthesis, `(a,)` a tuple.
                self.expect(",)")?;
                return Ok(count);
            } else if self.scanner.eat(kind.compact_close()) {
                return Ok(count);
            } else {
                self.expect(", ")?;
            }
        }
    }
}
