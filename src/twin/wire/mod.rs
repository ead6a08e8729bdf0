//! AWS's wire protocols: requests in, answers out.

pub mod fault;
pub mod form;
pub mod xml;

pub use fault::Fault;
pub use form::Form;
pub use xml::Xml;
