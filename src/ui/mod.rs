//! The terminal: the only code that writes to it.

use std::io::{self, Write};

use crate::text::text;

mod call;
mod printer;
mod progress;
mod scope_lines;

pub use call::Call;
pub use printer::{Output, Printer};
pub use progress::{Progress, Voice};

/// A log filter that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("LZ_LOG is not a log filter such as lz=debug: {0}")]
pub struct LogError(String);

/// What logs answers and files that credentials are in. Only a filter that names a module inside of it gets them.
const TELLS_SECRETS: [&str; 2] = ["aws_config", "aws_runtime::env_config"];

/// Starts logging to standard error, as a filter such as `lz=debug` asks for. Without a filter nothing is logged.
///
/// # Errors
/// The filter is none.
pub fn start_logging(filter: Option<&str>) -> Result<(), LogError> {
    let Some(filter) = filter else { return Ok(()) };
    let mut parsed = tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| LogError(error.to_string()))?;
    for target in TELLS_SECRETS {
        let silent = format!("{target}=off").parse();
        parsed = parsed.add_directive(silent.map_err(|error| LogError(format!("{target}: {error}")))?);
    }
    tracing_subscriber::fmt().with_env_filter(parsed).with_ansi(false).with_writer(|| LogLines).init();
    Ok(())
}

/// Standard error, for a log. Libraries log what AWS answers: an event is a line, and nothing in it is obeyed.
struct LogLines;

impl Write for LogLines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // An event is written at once, with its line break.
        let line = String::from_utf8_lossy(event);
        let line = text!("{}\n", line.trim_end_matches('\n'));
        io::stderr().lock().write_all(line.to_write().as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
