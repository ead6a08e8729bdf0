//! The twin: a simulated AWS that speaks AWS's wire protocols.
//!
//! It takes the HTTP requests that any AWS client signs and sends, and answers as AWS does: in process, as the SDK's HTTP
//! connector ([`connector`]), or on a port ([`server`]). It knows nothing of lz, and where AWS leaves room it takes the
//! stricter reading, never the kinder one: unknown actions, parameters and filters are errors.
//!
//! All state is one value, [`world::World`]. A request is answered by one synchronous call, [`Twin::answer`], that
//! reads and changes the world at one moment of its clock; what takes time in AWS is kept as the moment at which it will
//! be done and judged whenever somebody looks. So there are no background tasks, and the same requests at the same
//! moments with the same seed give the same answers, byte for byte.

pub mod authentication;
pub mod cloudcontrol;
pub mod cloudtrail;
pub mod connector;
pub mod ec2;
pub mod faults;
pub mod front;
pub mod logs;
pub mod networkfirewall;
pub mod organizations;
pub mod ram;
pub mod server;
pub mod service;
pub mod store;
pub mod sts;
pub mod tagging;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod time;
pub mod wire;
pub mod world;

pub use front::Twin;

/// The names under which [`world::World::quotas`] takes service quotas: EC2's by their codes in Service Quotas, others' by
/// names of the twin's own.
pub fn quota_names() -> impl Iterator<Item = &'static str> {
    let others =
        [organizations::ACCOUNTS_QUOTA].into_iter().chain(networkfirewall::QUOTAS.iter().map(|(name, _)| *name));
    others.chain(ec2::quota::ALL.iter().map(|quota| quota.code))
}
