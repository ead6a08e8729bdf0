//! Plans over a zone that is built, as AWS would show it, with something changed.

mod duplicates;
mod inspection;
mod kept;
mod obstruction;
mod safety;
