//! Numbers, flags and `null`.

use std::mem;

use serde_json::{Number, Value};

use super::{Frame, NUMBERS, Reader, State};

pub(super) const TOKEN_BYTES: usize = 1024;

impl Reader {
    pub(super) fn end_token(&mut self) {
        let token = mem::take(&mut self.token);
        let value = match token.as_slice() {
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            // Some servers write what JSON has no word for.
            b"null" | b"NaN" | b"Infinity" => Value::Null,
            [b'-' | b'0'..=b'9', ..] => return self.number(token),
            _ => {
                self.state = State::Failed;
                return;
            }
        };
        self.token = token;
        if let Some(Frame::Array(array)) = self.stack.last_mut() {
            array.mixed = true;
        }
        self.put(value);
    }

    fn number(&mut self, token: Vec<u8>) {
        let counted = match self.stack.last_mut() {
            Some(Frame::Array(array)) => {
                array.numbers += 1;
                array.numbers > NUMBERS && !array.mixed
            }
            _ => false,
        };
        if counted {
            self.state = self.after_value();
        } else {
            let number = (token.len() < TOKEN_BYTES)
                .then(|| serde_json::from_slice::<Number>(&token).ok())
                .flatten();
            self.put(number.map_or(Value::Null, Value::Number));
        }
        self.token = token;
    }
}

pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
