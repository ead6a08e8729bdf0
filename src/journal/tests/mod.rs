//! The journal as a whole.

mod damage;
mod housekeeping;
mod interleaving;
mod leasing;
mod rollback;
mod sequence;
mod writing;
