//! x
#![expect(dead_code, reason = "x")]
mod flood;
mod intent;
mod table;
