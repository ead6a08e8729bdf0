//! HTTP requests and answers as plain values.

use std::collections::BTreeMap;

/// An HTTP request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path, beginning with a slash.
    pub path: String,
    /// What follows the question mark, percent-encoded; empty where there is none.
    pub query: String,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Whether and when it reaches the client.
    pub delivery: Delivery,
}

/// Whether and when an answer reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// At once.
    Prompt,
    /// After so many milliseconds more than usual.
    Late(u64),
    /// Never: the connection breaks instead.
    Lost,
}

impl Reply {
    /// An answer with a content type and the request's id.
    #[must_use]
    pub fn new(status: u16, content_type: &str, request_id: &str, body: String) -> Self {
        let headers = [("content-type", content_type), ("x-amzn-requestid", request_id)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: BTreeMap::from(headers), body, delivery: Delivery::Prompt }
    }
}
