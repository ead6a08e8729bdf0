//! Colours, or none.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// The styles of a stream: all plain where it takes no colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Palette {
    colored: bool,
}

impl Palette {
    /// Colours, or none.
    #[must_use]
    pub fn new(colored: bool) -> Self {
        Self { colored }
    }

    /// True where it holds colours.
    #[must_use]
    pub fn is_colored(self) -> bool {
        self.colored
    }

    fn paint(self, style: Style, text: impl Display) -> String {
        if self.colored { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// What is good, or new.
    #[must_use]
    pub fn good(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// What changes, or needs a look.
    #[must_use]
    pub fn attention(self, text: impl Display) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// What is bad, or goes.
    #[must_use]
    pub fn bad(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    /// A way out.
    #[must_use]
    pub fn hint(self, text: impl Display) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    /// A heading.
    #[must_use]
    pub fn heading(self, text: impl Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// What matters less.
    #[must_use]
    pub fn faint(self, text: impl Display) -> String {
        self.paint(Style::new().dimmed(), text)
    }
}
