//! What the wire room needs of the text room, which needs more crates than a target.

#[path = "../../../src/text/hex.rs"]
#[allow(dead_code, reason = "a target uses a part")]
pub mod hex;
#[path = "../../../src/text/secrets.rs"]
#[allow(dead_code, reason = "a target uses a part")]
pub mod secrets;
#[path = "../../../src/text/truncate/mod.rs"]
#[allow(dead_code, unused_imports, reason = "a target uses a part")]
pub mod truncate;
