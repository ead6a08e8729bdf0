//! Blocks of IPv4 addresses in requests.

use ipnet::Ipv4Net;

use crate::twin::wire::Fault;
use crate::twin::wire::fault::Answer;

/// A block, in its canonical form: AWS clears the host bits, so `100.68.0.18/18` is `100.68.0.0/18`.
///
/// # Errors
/// `InvalidParameterValue` for what is no block.
pub fn parse(parameter: &str, text: &str) -> Answer<Ipv4Net> {
    text.parse::<Ipv4Net>().map(|block| block.trunc()).map_err(|_| {
        let message = format!("Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block.");
        Fault::new("InvalidParameterValue", message)
    })
}

/// True where two blocks have an address in common.
#[must_use]
pub fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}
