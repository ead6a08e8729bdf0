//! An error as AWS answers it, before a protocol gives it its envelope.

/// An error answer: HTTP status, error code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// The error code, such as `InvalidVpcID.NotFound`.
    pub code: String,
    /// The message.
    pub message: String,
    /// What an error that covers many cases, such as `ConstraintViolationException`, tells in its `Reason`.
    pub reason: Option<&'static str>,
}

impl Fault {
    /// A client error: HTTP 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.into(), message: message.into(), reason: None }
    }

    /// The same error with a reason.
    #[must_use]
    pub fn with_reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// What an action answers.
pub type Answer<T> = Result<T, Fault>;
