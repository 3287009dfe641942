//! The way through a container that is not kept.
//!
//! The contract: constant memory at any depth. Only brackets and strings are looked at, so what is
//! skipped need not be valid.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Skip {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Skip {
    /// After the opening bracket.
    pub(super) fn new() -> Self {
        Self {
            depth: 1,
            in_string: false,
            escaped: false,
        }
    }

    /// How many bytes were used, if the container ended among them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                match byte {
                    b'"' => self.in_string = false,
                    b'\\' => self.escaped = true,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth -= 1,
                    _ => {}
                }
                if self.depth == 0 {
                    return Some(index + 1);
                }
            }
        }
        None
    }
}
