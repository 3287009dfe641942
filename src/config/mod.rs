//! Settings: how one is declared, where it is read from, and what can be wrong with it.
//!
//! A room declares the settings that it reads beside the code that reads them, as a
//! [`Setting`](setting::Setting). The complete table is `telemetry/settings.rs`.

pub(crate) mod code;
pub(crate) mod display;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod parser;
pub(crate) mod secret;
pub(crate) mod setting;
