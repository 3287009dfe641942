//! How the tree is shown, and how that is found out.
//!
//! Contract: escape sequences are written only to a terminal, and never against `NO_COLOR`
//! (<https://no-color.org>). Content is shown where a person looks at it, which is on a terminal;
//! in a file or a container's log somebody must have asked for it. The environment is looked up by
//! a function that is handed in, so that nothing here depends on the process it is tested in.

use std::io::{IsTerminal, stderr};

/// How the tree is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Columns of the terminal, if it is one.
    pub(crate) width: Option<usize>,
    /// Whether to colour.
    pub(crate) color: bool,
    /// Whether inputs and outputs are shown.
    pub(crate) show_content: bool,
    /// Whether somebody may be waiting for a trace to end.
    pub(crate) live: bool,
}

impl Settings {
    /// What suits standard error. `variable` looks up the environment.
    pub(crate) fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            width: standard_error_width(),
            ..Self::choose(stderr().is_terminal(), cfg!(windows), variable)
        }
    }

    fn choose(
        is_terminal: bool,
        is_windows: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        // The old Windows console prints escape sequences as they are; what understands them
        // announces itself by one of these.
        let understands = if is_windows {
            ["WT_SESSION", "TERM_PROGRAM", "TERM"]
                .into_iter()
                .any(is_set)
        } else {
            true
        };
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            width: None,
            color: is_terminal && understands && !is_dumb && !is_set("NO_COLOR"),
            show_content: is_terminal,
            live: is_terminal,
        }
    }
}

/// Columns of standard error, if it is a terminal.
pub(crate) fn standard_error_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(stderr())?;
    Some(usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(is_terminal: bool, is_windows: bool, variables: &[(&str, &str)]) -> Settings {
        Settings::choose(is_terminal, is_windows, |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_gets_colours_and_content() {
        let settings = choose(true, false, &[("TERM", "xterm-256color")]);
        assert!(settings.color && settings.show_content && settings.live);
    }

    #[test]
    fn what_is_no_terminal_gets_neither() {
        let settings = choose(false, false, &[("TERM", "xterm-256color")]);
        assert!(!settings.color && !settings.show_content && !settings.live);
    }

    #[test]
    fn no_color_turns_colours_off_and_nothing_else() {
        let settings = choose(true, false, &[("NO_COLOR", "1")]);
        assert!(!settings.color && settings.show_content);
    }

    #[test]
    fn an_empty_no_color_does_not_count() {
        assert!(choose(true, false, &[("NO_COLOR", "")]).color);
    }

    #[test]
    fn a_dumb_terminal_gets_no_colours() {
        assert!(!choose(true, false, &[("TERM", "dumb")]).color);
    }

    #[test]
    fn the_old_windows_console_gets_no_colours() {
        assert!(!choose(true, true, &[]).color);
        assert!(choose(true, true, &[("WT_SESSION", "5a1b")]).color);
    }
}
