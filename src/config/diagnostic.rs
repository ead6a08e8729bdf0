//! What is wrong in the files, where, and the way out.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use crate::text::{Text, escape};

/// A text that settings come from: a file, an environment variable, an option of the command line.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// What it is called in messages: the file's path below the zone's directory, `environment`, or `--set`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) source: Arc<SourceText>,
    pub(super) span: Range<usize>,
    /// The key's path inside the source, such as `tiers.private.prefix_length`.
    pub(super) key: String,
}

impl Origin {
    /// An error at this place.
    pub(super) fn error(&self, problem: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault(Diagnostic::new(Severity::Error, self, problem.into(), hint.into()))
    }

    /// A warning at this place.
    pub(super) fn warning(&self, problem: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, self, problem.into(), hint.into())
    }

    /// `lz.toml:3`: how another message refers to this place.
    pub(super) fn short(&self) -> String {
        format!("{}:{}", self.source.name, line_and_column(&self.source.text, self.span.start).0)
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The zone cannot be used.
    Error,
    /// The zone can be used, and somebody should know.
    Warning,
}

/// A finding in the zone's files, with its way out. It serializes as its public fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, by its path below the zone's directory; `environment` or `--set` where the value came from there.
    pub file: String,
    /// The line, from 1; none where the file itself is missing or cannot be read.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The key's path inside the file, such as `tiers.private.prefix_length`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: String,
    #[serde(skip)]
    span: Range<usize>,
    #[serde(skip)]
    source: Option<Arc<SourceText>>,
}

/// A finding that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault(Diagnostic);

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

/// On a line, without the way out: `lz.toml:3: …`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        write!(formatter, "{}{line}: {}", self.file, self.problem)
    }
}

impl Diagnostic {
    fn new(severity: Severity, origin: &Origin, problem: String, hint: String) -> Self {
        let (line, column) = line_and_column(&origin.source.text, origin.span.start);
        Self {
            severity,
            file: origin.source.name.clone(),
            line: Some(line),
            column: Some(column),
            key: origin.key.clone(),
            problem,
            hint,
            span: origin.span.clone(),
            source: Some(Arc::clone(&origin.source)),
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(&self) -> Self {
        Self { severity: Severity::Warning, ..self.clone() }
    }

    /// An error about a file that has no readable text.
    pub(super) fn about_file(file: &str, problem: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault(Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line: None,
            column: None,
            key: String::new(),
            problem: problem.into(),
            hint: hint.into(),
            span: 0..0,
            source: None,
        })
    }

    /// The finding as people read it, with the line it is about; ends without a newline.
    #[must_use]
    pub fn render(&self, color: bool) -> Text {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(escape(&self.problem));
        let title = if self.key.is_empty() { title } else { title.id(escape(&self.key)) };
        let hint = Level::HELP.message(escape(&self.hint));
        let group = match &self.source {
            Some(source) => {
                let (text, span) = visible(&source.text, &self.first_line_of_span(&source.text));
                title
                    .element(
                        Snippet::source(text).path(escape(&source.name)).annotation(AnnotationKind::Primary.span(span)),
                    )
                    .element(hint)
            }
            None => title.element(annotate_snippets::Origin::path(escape(&self.file))).element(hint),
        };
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        // All that it was drawn of is escaped.
        Text::drawn(renderer.render(&[group]))
    }

    /// A table spans many lines; its first says enough.
    fn first_line_of_span(&self, text: &str) -> Range<usize> {
        let spanned = text.get(self.span.clone()).unwrap_or("");
        let length = spanned.find('\n').unwrap_or(spanned.len());
        self.span.start..self.span.start + length
    }

    /// Findings sort by file, `lz.toml` first, and place, so that reports read from top to bottom.
    pub(super) fn sort_key(&self) -> (bool, &str, Option<usize>, Option<usize>, Severity, &str) {
        (self.file != "lz.toml", &self.file, self.line, self.column, self.severity, &self.problem)
    }
}

/// A source's text with all that can't be seen escaped in its lines, and where a part of it stands by then.
fn visible(text: &str, part: &Range<usize>) -> (String, Range<usize>) {
    let lines = |text: &str| text.split('\n').map(escape).collect::<Vec<_>>().join("\n");
    let part = text.get(part.clone()).map_or(0..0, |_| part.clone());
    let (before, inside, after) = (&text[..part.start], &text[part.clone()], &text[part.end..]);
    let (before, inside) = (lines(before), lines(inside));
    let part = before.len()..before.len() + inside.len();
    (before + &inside + &lines(after), part)
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
