//! The world as a request looks at it before it changes anything.

use super::State;
use crate::twin::time::Moment;
use crate::twin::world::{Call, Caller, World};

/// EC2 in the caller's account and region, and the world around it, at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The world, for what is known of other accounts.
    pub world: &'a World,
    /// EC2 in the caller's account and region.
    pub state: &'a State,
    /// The caller's account.
    pub account: &'a str,
    /// The caller's region.
    pub region: &'a str,
    /// When.
    pub now: Moment,
}

impl<'a> Look<'a> {
    /// Looks at what the caller has.
    pub fn at(call: &'a mut Call<'_>) -> Self {
        let Call { world, caller, now } = call;
        let Caller { account, region, .. } = &*caller;
        world.ec2(account, region);
        let world: &World = world;
        let state = world.ec2_of(account, region).expect("the line above made it");
        Self { world, state, account, region, now: *now }
    }

    /// The ARN of something in the caller's account and region, such as `subnet/subnet-…`.
    #[must_use]
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:aws:ec2:{}:{}:{resource}", self.region, self.account)
    }
}
