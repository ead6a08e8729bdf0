//! The journal as a whole.

mod damage;
mod interleaving;
mod rollback;
mod sequence;
mod writing;
