//! From any zone to any zone: what files ask for now is what AWS comes to, and no path that both zones have is lost for longer
//! than the plan says.
//!
//! [`subnets`] turns what holds subnets. [`walk`] goes from zone to zone by random edits of all keys ([`edits`]); [`keys`] holds
//! them against the documentation; [`paths`] looks at packets while a change is made.

mod edits;
mod files;
mod keys;
mod paths;
mod subnets;
mod walk;

pub use self::paths::Views;
