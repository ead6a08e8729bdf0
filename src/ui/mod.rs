//! The terminal: the only code that writes to it.

mod printer;
mod progress;
mod scope_lines;

pub use printer::{Output, Printer};
pub use progress::{Progress, Voice};

/// A log filter that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("LZ_LOG is not a log filter such as lz=debug: {0}")]
pub struct LogError(String);

/// Starts logging to standard error, as a filter such as `lz=debug` asks for. Without a filter nothing is logged.
///
/// # Errors
/// The filter is none.
pub fn start_logging(filter: Option<&str>) -> Result<(), LogError> {
    let Some(filter) = filter else { return Ok(()) };
    let parsed = tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| LogError(error.to_string()))?;
    let colored = !matches!(anstream::AutoStream::choice(&std::io::stderr()), anstream::ColorChoice::Never);
    tracing_subscriber::fmt().with_env_filter(parsed).with_ansi(colored).with_writer(std::io::stderr).init();
    Ok(())
}
