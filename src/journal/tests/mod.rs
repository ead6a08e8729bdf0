//! The journal as a whole.

mod damage;
mod interleaving;
mod leasing;
mod rollback;
mod sequence;
mod writing;
