//! AWS's resource type schemas: what is true of each type that Cloud Control speaks of. Pure.
//!
//! lz brings those of [`ResourceType::embedded`]; a user adds a type by its schema, as AWS gives it. A type is read when
//! somebody asks for it. [`check`] holds what a template declares against a type, [`compare`] what AWS shows, [`patch`] makes
//! of the difference what Cloud Control is asked for, and [`ResourceType::physical_name`] says what a resource is called that
//! its template leaves unnamed.

mod archive;
pub mod check;
pub mod compare;
mod names;
pub mod patch;
pub mod policy;
mod resource_type;
pub mod written;

pub use archive::{names as type_names, text as embedded_text};
pub use check::{Fault, Reason, Segment};
pub use compare::Difference;
pub use patch::PatchOperation;
pub use resource_type::{Handler, InvalidSchema, ResourceType, TagShape, Tagging};
