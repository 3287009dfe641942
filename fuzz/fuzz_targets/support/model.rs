//! What the wire room needs of the words that every room shares.

#[path = "../../../src/model/message.rs"]
#[allow(dead_code, reason = "a target uses a part")]
pub mod message;
