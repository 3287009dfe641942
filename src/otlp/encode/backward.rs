//! A writer of protocol buffers that goes from the end to the beginning.
//!
//! The length of a message stands before it. Written backward, it is known when its turn comes, so nothing has
//! to be measured first. Fields are written in the reverse of the order in which they are read.

/// The buffer and what is written of it: its end.
#[derive(Debug, Default)]
pub(super) struct Backward {
    buffer: Vec<u8>,
    start: usize,
}

/// How a field is laid out.
#[derive(Clone, Copy)]
enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

impl Backward {
    /// Forgets what is written; the buffer stays if it has at most so many bytes.
    pub(super) fn clear(&mut self, kept: usize) {
        if self.buffer.len() > kept {
            self.buffer = Vec::new();
        }
        self.start = self.buffer.len();
    }

    pub(super) fn written(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// A message, also if it is empty.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let before = self.len();
        write(self);
        self.length_and_tag(field, self.len() - before);
    }

    /// A text, unless it is empty.
    pub(super) fn text(&mut self, field: u32, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// Bytes, unless there are none.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.present_bytes(field, bytes);
        }
    }

    /// Bytes, also if there are none.
    pub(super) fn present_bytes(&mut self, field: u32, bytes: &[u8]) {
        self.raw(bytes);
        self.length_and_tag(field, bytes.len());
    }

    /// A number, unless it is zero.
    pub(super) fn number(&mut self, field: u32, number: u32) {
        if number != 0 {
            self.present_number(field, u64::from(number));
        }
    }

    /// A number, also if it is zero.
    pub(super) fn present_number(&mut self, field: u32, number: u64) {
        self.varint(number);
        self.tag(field, WireType::Varint);
    }

    pub(super) fn fixed64(&mut self, field: u32, number: u64) {
        self.raw(&number.to_le_bytes());
        self.tag(field, WireType::Fixed64);
    }

    pub(super) fn fixed32(&mut self, field: u32, number: u32) {
        self.raw(&number.to_le_bytes());
        self.tag(field, WireType::Fixed32);
    }

    fn length_and_tag(&mut self, field: u32, length: usize) {
        self.varint(length as u64);
        self.tag(field, WireType::Bytes);
    }

    fn tag(&mut self, field: u32, wire_type: WireType) {
        self.varint(u64::from(field << 3 | wire_type as u32));
    }

    fn varint(&mut self, mut number: u64) {
        if number < 0x80 {
            return self.raw(&[number as u8]);
        }
        let mut bytes = [0; 10];
        let mut length = 0;
        for byte in &mut bytes {
            length += 1;
            *byte = number as u8 & 0x7f;
            number >>= 7;
            if number == 0 {
                break;
            }
            *byte |= 0x80;
        }
        self.raw(&bytes[..length]);
    }

    fn raw(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start {
            self.grow(bytes.len());
        }
        let end = self.start;
        self.start -= bytes.len();
        self.buffer[self.start..end].copy_from_slice(bytes);
    }

    /// Makes room for at least so many bytes more.
    #[cold]
    fn grow(&mut self, more: usize) {
        const LEAST: usize = 64 << 10;
        let written = self.len();
        let room = (2 * self.buffer.len()).max(written + more).max(LEAST);
        let mut buffer = vec![0; room];
        let start = room - written;
        buffer[start..].copy_from_slice(self.written());
        self.buffer = buffer;
        self.start = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_has_grown_large_is_not_kept() {
        let mut out = Backward::default();
        out.text(1, "a text");
        let length = out.buffer.len();
        out.clear(length);
        assert_eq!((out.written(), out.buffer.len()), (&[][..], length));
        out.clear(length - 1);
        assert_eq!((out.written(), out.buffer.len()), (&[][..], 0));
    }
}
