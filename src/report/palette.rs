//! Colours, or none.

use anstyle::{AnsiColor, Style};

use crate::text::{Piece, Shown, Text};

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

    fn paint(self, style: Style, text: impl Piece) -> Text {
        let text = Shown(&text);
        // A style's own sequences are lz's; the text between them is escaped.
        match self.colored {
            true => Text::of(format_args!("{style}{text}{style:#}")),
            false => Text::of(format_args!("{text}")),
        }
    }

    /// What is good, or new.
    #[must_use]
    pub fn good(self, text: impl Piece) -> Text {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// What changes, or needs a look.
    #[must_use]
    pub fn attention(self, text: impl Piece) -> Text {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// What is bad, or goes.
    #[must_use]
    pub fn bad(self, text: impl Piece) -> Text {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    /// A way out.
    #[must_use]
    pub fn hint(self, text: impl Piece) -> Text {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    /// A heading.
    #[must_use]
    pub fn heading(self, text: impl Piece) -> Text {
        self.paint(Style::new().bold(), text)
    }

    /// What matters less.
    #[must_use]
    pub fn faint(self, text: impl Piece) -> Text {
        self.paint(Style::new().dimmed(), text)
    }
}
