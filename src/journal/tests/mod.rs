//! The journal as a whole.

mod damage;
mod housekeeping;
mod interleaving;
mod inventory;
mod leasing;
mod rollback;
mod sequence;
mod writing;
