//! What the environment says of the terminal tree.

use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};

/// Whether there is a terminal tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsoleSwitch {
    Off,
    On,
    /// With input and output, even where standard error is no terminal.
    WithContent,
}

pub(crate) static SWITCH: Setting<ConsoleSwitch> = Setting::new(
    &["TRACING_GENAI_CONSOLE"],
    "the terminal tree: `on`, `off`, or `content` (with input and output even into a pipe)",
    Parser::new("`on`, `off` or `content`", |value| {
        if value.eq_ignore_ascii_case("content") {
            return Some(ConsoleSwitch::WithContent);
        }
        parser::read_switch(value).map(|on| match on {
            true => ConsoleSwitch::On,
            false => ConsoleSwitch::Off,
        })
    }),
)
.described_default("on if nothing else is configured")
.methods(&["Destination::terminal"])
.names_destination();

/// Read by the terminal itself.
static NO_COLOR: Setting<String> = Setting::new(
    &["NO_COLOR"],
    "no colours in the terminal tree",
    parser::text(),
);

pub(crate) static SETTINGS: &[&Row] = &[&SWITCH.row, &NO_COLOR.row];
