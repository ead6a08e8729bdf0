//! Text for people, in which what lz says is told from what AWS and people say.
//!
//! A tag, a name, a message of AWS or a file's name may hold anything: a line break and "No changes", an escape sequence, a
//! direction mark, a workflow command. A [`Text`] is safe to show: it is made of format strings of lz's own, whose line
//! breaks count, and of values, each of which is [escaped](escape) when it is put in. Whatever writes for people takes a
//! [`Text`], or escapes what it is given.
//!
//! **Invariant:** a `Text` is never made of a value as it is. `Text` has no `Display`, so that it can't become an ordinary
//! string again and pass as a value, or the other way round.

mod escape;

use std::fmt::{self, Display, Formatter};

pub use escape::{escape, json, quiet, shell_word, visible_json};

/// Text that is safe to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(String);

/// Makes a [`Text`] of a format string and values. Each value is escaped, unless it is a [`Text`] itself.
///
/// The format string's own variables are named after it: `{name}` alone would go around the escape, and does not compile.
macro_rules! text {
    ($format:literal $(, $value:expr)* $(,)?) => {
        $crate::text::Text::of(format_args!(concat!($format) $(, $crate::text::Shown(&$value))*))
    };
}
pub(crate) use text;

impl Text {
    /// What [`text!`] has formatted.
    #[doc(hidden)]
    #[must_use]
    pub fn of(arguments: fmt::Arguments<'_>) -> Self {
        Self(arguments.to_string())
    }

    /// A text that is a part of lz.
    #[must_use]
    pub fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// What a library has drawn of values that were escaped before, such as a snippet of a file or a script.
    #[must_use]
    pub fn drawn(text: String) -> Self {
        Self(text)
    }

    /// Lines, each ended by a line break.
    #[must_use]
    pub fn lines<T: Piece>(lines: impl IntoIterator<Item = T>) -> Self {
        let mut text = Self::default();
        for line in lines {
            text.push(text!("{}\n", line));
        }
        text
    }

    /// Puts something at the end.
    pub fn push(&mut self, piece: impl Piece) {
        self.0.push_str(&Shown(&piece).to_string());
    }

    /// Something, filled up with spaces to so many columns.
    #[must_use]
    pub fn padded(piece: impl Piece, columns: usize) -> Self {
        Self(format!("{:<columns$}", Shown(&piece)))
    }

    /// The pieces, with a separator of lz's own between them.
    #[must_use]
    pub fn joined<T: Piece>(pieces: impl IntoIterator<Item = T>, separator: &'static str) -> Self {
        let pieces: Vec<String> = pieces.into_iter().map(|piece| Shown(&piece).to_string()).collect();
        Self(pieces.join(separator))
    }

    /// The text without white space at its end.
    #[must_use]
    pub fn trimmed(self) -> Self {
        Self(self.0.trim_end().to_owned())
    }

    /// Each line after so many spaces; an empty one stays empty.
    #[must_use]
    pub fn indented(&self, columns: usize) -> Self {
        let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{:columns$}{line}\n", "") };
        Self(self.0.lines().map(line).collect())
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is written to a terminal or a log: no line of it is a command to a CI server.
    #[must_use]
    pub fn to_write(&self) -> String {
        quiet(&self.0)
    }
}

impl Extend<Text> for Text {
    fn extend<T: IntoIterator<Item = Text>>(&mut self, texts: T) {
        texts.into_iter().for_each(|text| self.push(text));
    }
}

impl FromIterator<Text> for Text {
    fn from_iter<T: IntoIterator<Item = Text>>(texts: T) -> Self {
        let mut all = Self::default();
        all.extend(texts);
        all
    }
}

/// What a [`Text`] is made of: a text as it is, and everything else escaped.
pub trait Piece {
    /// Writes it, escaped where it has to be, as wide as the formatter wants it.
    ///
    /// # Errors
    /// As the formatter's.
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result;
}

impl<T: Display + ?Sized> Piece for T {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.pad(&escape(&self.to_string()))
    }
}

impl Piece for Text {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Piece for &Text {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        (*self).show(formatter)
    }
}

/// A piece, as a format string takes it.
#[doc(hidden)]
pub struct Shown<'a, T: ?Sized>(pub &'a T);

impl<T: Piece + ?Sized> Display for Shown<'_, T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.show(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_of_the_format_string_count_and_those_of_values_do_not() {
        let forged = "x\nNo changes: all 9 resources are as the files say.";
        let told = text!("{}: {}\n", "name", forged);
        assert_eq!(told.to_write(), "name: x\\nNo changes: all 9 resources are as the files say.\n");
        let whole = text!("- {}- {}", told, Text::padded("a\tb", 6));
        assert_eq!(whole.to_write(), "- name: x\\nNo changes: all 9 resources are as the files say.\n- a\\tb  ");
    }

    #[test]
    fn pieces_are_joined_and_lines_are_whole() {
        assert_eq!(Text::joined(["a\n", "b"], "\n").to_write(), "a\\n\nb");
        assert_eq!(Text::lines(["::error::a", "b\r"]).to_write(), "\\u{3a}:error::a\nb\\r\n");
        assert_eq!(Text::lines(["a", "", "b"]).indented(2).to_write(), "  a\n\n  b\n");
    }
}
