//! Transit gateways.

use serde::{Deserialize, Serialize};

use super::Actions;
use crate::twin::time::Moment;
use crate::twin::world::World;

/// The family's state in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The family's actions.
pub const ACTIONS: Actions = &[];

/// True where the VPC of this account has an attachment to the transit gateway that is available: only then may a route
/// of the VPC lead there. No transit gateway can be made yet, so no VPC is attached to one.
#[must_use]
pub fn attached(
    _world: &World,
    _account: &str,
    _region: &str,
    _vpc_id: &str,
    _transit_gateway_id: &str,
    _now: Moment,
) -> bool {
    false
}
