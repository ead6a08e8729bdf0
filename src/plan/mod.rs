//! What is wanted against what is there: changes, their order, and how long they take. Pure.

pub mod estimate;
