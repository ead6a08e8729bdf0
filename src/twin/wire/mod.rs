//! AWS's wire protocols: requests in, answers out.

pub mod fault;
pub mod form;
pub mod http;
pub mod json;
pub mod page;
pub mod protocol;
pub mod xml;

pub use fault::Fault;
pub use form::Form;
pub use http::{Delivery, Reply, Request};
pub use protocol::Protocol;
pub use xml::Xml;
