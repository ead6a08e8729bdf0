//! What becomes of packets in networks made by hand.

mod filters;
mod gateways;
mod properties;
mod reference;
mod routes;

use super::network::Protocol;
use super::testing::Builder;
use super::{Endpoint, Explanation, Hop, HopKind, Trace, Way, trace};

/// Traces TCP to port 443 between ends as people name them.
fn traces(builder: &Builder, from: &str, to: &str) -> Vec<Trace> {
    traces_of(builder, from, to, Protocol::Tcp, 443)
}

fn traces_of(builder: &Builder, from: &str, to: &str, protocol: Protocol, port: u16) -> Vec<Trace> {
    let network = &builder.network;
    let [from, to] = [from, to].map(|text| Endpoint::named(network, text).unwrap());
    trace(network, &from, &to, protocol, port).unwrap()
}

/// The one trace there is.
fn one(builder: &Builder, from: &str, to: &str) -> Trace {
    let mut all = traces(builder, from, to);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// The codes of one way, in the order in which they were met.
fn codes(trace: &Trace, way: Way) -> Vec<Explanation> {
    trace.reasons.iter().filter(|reason| reason.way == way).map(|reason| reason.code).collect()
}

/// The ids of hops of some kinds.
fn ids<'trace>(hops: &'trace [Hop], kinds: &[HopKind]) -> Vec<&'trace str> {
    hops.iter().filter(|hop| kinds.contains(&hop.kind)).map(|hop| hop.id.as_str()).collect()
}
