//! Standard output for results, standard error for talk.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;
use serde_json::Value;

use super::call::Call;
use crate::report::{DocumentName, Palette};
use crate::text::{self, Piece, Text, text};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Human,
    /// One JSON document on standard output, and nothing else there.
    Json,
}

/// Where text is written.
#[derive(Clone)]
struct Sink(Arc<Mutex<dyn Write + Send>>);

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sink").finish_non_exhaustive()
    }
}

impl Sink {
    fn to(stream: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    }
}

/// Writes results to standard output and talk to standard error.
#[derive(Debug, Clone)]
pub struct Printer {
    call: Arc<Call>,
    output: Output,
    results_to: Sink,
    talk_to: Sink,
    results: Palette,
    talk: Palette,
    talks_to_terminal: bool,
    hears_terminal: bool,
}

impl Printer {
    /// For this process's streams; colours where a stream is a terminal and nobody said otherwise (`NO_COLOR`,
    /// `CLICOLOR_FORCE`, `TERM=dumb`).
    #[must_use]
    pub fn for_process(output: Output) -> Self {
        let colored = |choice| !matches!(choice, anstream::ColorChoice::Never);
        Self {
            call: Arc::default(),
            output,
            results_to: Sink::to(io::stdout()),
            talk_to: Sink::to(io::stderr()),
            results: Palette::new(colored(anstream::AutoStream::choice(&io::stdout()))),
            talk: Palette::new(colored(anstream::AutoStream::choice(&io::stderr()))),
            talks_to_terminal: io::stderr().is_terminal(),
            hears_terminal: io::stdin().is_terminal(),
        }
    }

    /// For other streams, which are no terminals.
    #[must_use]
    pub fn to(output: Output, results: impl Write + Send + 'static, talk: impl Write + Send + 'static) -> Self {
        Self {
            call: Arc::default(),
            output,
            results_to: Sink::to(results),
            talk_to: Sink::to(talk),
            results: Palette::new(false),
            talk: Palette::new(false),
            talks_to_terminal: false,
            hears_terminal: false,
        }
    }

    /// That completes the commands that it names.
    #[must_use]
    pub fn completing(self, call: Call) -> Self {
        Self { call: Arc::new(call), ..self }
    }

    /// How `lz` was called.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// How results are written.
    #[must_use]
    pub fn output(&self) -> Output {
        self.output
    }

    /// The styles of results.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.results
    }

    /// The styles of talk.
    #[must_use]
    pub fn talk_palette(&self) -> Palette {
        self.talk
    }

    /// True where talk is read as it comes, on a terminal.
    #[must_use]
    pub fn talks_to_terminal(&self) -> bool {
        self.talks_to_terminal
    }

    /// True where somebody can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.talks_to_terminal && self.hears_terminal
    }

    /// Writes a command's result: the text for people, or the document.
    ///
    /// # Errors
    /// Standard output can't be written to. That nobody reads it any more is no error.
    pub fn result(&self, name: DocumentName, text: &Text, document: &Value) -> io::Result<()> {
        match self.output {
            Output::Human => self.text(text),
            Output::Json => self.document(name, document),
        }
    }

    /// Writes a text.
    ///
    /// # Errors
    /// As [`Printer::result`].
    pub fn text(&self, text: &Text) -> io::Result<()> {
        self.write(&self.visible(text))
    }

    /// As it is written: with whole commands, and without commands to CI servers.
    fn visible(&self, text: &Text) -> String {
        Text::drawn(self.call.complete(&text.to_write())).to_write()
    }

    fn write(&self, text: &str) -> io::Result<()> {
        match self.results_to.write(text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    }

    /// Writes a document.
    ///
    /// # Errors
    /// As [`Printer::result`].
    pub fn document(&self, name: DocumentName, document: &Value) -> io::Result<()> {
        self.write(&(text::json(&name.written(document)) + "\n"))
    }

    /// Says what goes on: a text as it is, and anything else escaped, in one line.
    pub fn status(&self, line: impl Piece) {
        // Where talk can't be heard, the result still can.
        let _ = self.talk_to.write(&self.visible(&text!("{}\n", line)));
    }

    /// Says what somebody should know.
    pub fn warning(&self, message: impl Piece) {
        self.status(text!("{}: {}", self.talk.attention("warning"), message));
    }

    /// Says what went wrong and what to do.
    pub fn error(&self, message: impl Piece, hint: Option<&str>) {
        self.status(text!("{}: {}", self.talk.bad("error"), message));
        if let Some(hint) = hint {
            self.status(text!("{}: {}", self.talk.hint("hint"), hint));
        }
    }

    /// As [`Printer::ask`], while other things go on.
    ///
    /// # Errors
    /// The terminal can't be read.
    pub async fn ask_meanwhile(&self, question: &str) -> io::Result<bool> {
        let (printer, question) = (self.clone(), question.to_owned());
        tokio::task::spawn_blocking(move || printer.ask(question)).await.map_err(io::Error::other)?
    }

    /// Asks a question that is answered with yes or no; anything but yes is no.
    ///
    /// # Errors
    /// The terminal can't be read.
    pub fn ask(&self, question: impl Piece) -> io::Result<bool> {
        // The stream is let go of before the answer is waited for: an interrupt meanwhile is told there.
        self.talk_to.write(&self.visible(&text!("{} [y/N] ", self.talk.heading(question))))?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}
