//! Why a zone can't be expanded.

use crate::graph::{Address, InvalidAddress};
use crate::values::{Label, ZoneId};
use crate::zone::{NetworkName, UnitPath};

/// Why a zone can't be expanded: what is named isn't there, what is asked for could never work, or names that people
/// chose meet in an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// Something names an account that the zone doesn't have.
    #[error("the zone has no account `{0}`")]
    UnknownAccount(Label),
    /// An account of the organization has no e-mail address.
    #[error("account `{0}` has no e-mail address, which an account of an organization needs")]
    MissingEmail(Label),
    /// Something names a unit that the organization doesn't have.
    #[error("{wanted_by} refers to the organizational unit `{unit}`, which the organization does not list")]
    UnknownUnit {
        /// What refers to it.
        wanted_by: String,
        /// The unit.
        unit: UnitPath,
    },
    /// Something names a tier that its VPC doesn't have.
    #[error("{wanted_by} of `{network}` refers to the tier `{tier}`, which that VPC does not have")]
    UnknownTier {
        /// The VPC.
        network: NetworkName,
        /// What refers to it.
        wanted_by: String,
        /// The tier.
        tier: Label,
    },
    /// A route leads to an internet gateway that isn't there.
    #[error("the tier `{tier}` of `{network}` routes to an internet gateway, which that VPC does not have")]
    NoInternetGateway {
        /// The VPC.
        network: NetworkName,
        /// The tier.
        tier: Label,
    },
    /// A route leads to a NAT gateway that isn't there.
    #[error(
        "the tier `{tier}` of `{network}` routes to a NAT gateway in {availability_zone}, where that VPC has none; \
         give a tier of the VPC NAT gateways"
    )]
    NoNatGateway {
        /// The VPC.
        network: NetworkName,
        /// The tier.
        tier: Label,
        /// The Availability Zone.
        availability_zone: ZoneId,
    },
    /// A NAT gateway's own subnet has no way to the internet.
    #[error("the tier `{tier}` of `{network}` holds NAT gateways, but has no route to an internet gateway")]
    NatGatewayNotPublic {
        /// The VPC.
        network: NetworkName,
        /// The tier.
        tier: Label,
    },
    /// A route leads to a firewall's endpoint that isn't there.
    #[error(
        "the tier `{tier}` of `{network}` routes to a firewall's endpoint in {availability_zone}, where that VPC has none"
    )]
    NoFirewallEndpoint {
        /// The VPC.
        network: NetworkName,
        /// The tier.
        tier: Label,
        /// The Availability Zone.
        availability_zone: ZoneId,
    },
    /// A name that lz gives is longer than AWS takes.
    #[error("`{name}` would be the name of a rule group of the firewall, and AWS takes {most} characters at most")]
    NameTooLong {
        /// The name.
        name: String,
        /// How many characters it may have.
        most: usize,
    },
    /// A VPC has a firewall and no place for it.
    #[error("`{network}` has a firewall, and no tier that holds its endpoints")]
    NoFirewallTier {
        /// The VPC.
        network: NetworkName,
    },
    /// A workload belongs to a segment that the firewall has no rule group for.
    #[error("`{network}` belongs to the segment `{segment}`, for which the firewall has no rule group")]
    UnknownSegment {
        /// The VPC.
        network: NetworkName,
        /// The segment.
        segment: Label,
    },
    /// Something needs a VPC to be attached to the transit gateway, and it isn't.
    #[error("{wanted_by} needs the VPC `{network}` to be attached to the transit gateway, and it is not")]
    NotAttached {
        /// What needs it.
        wanted_by: String,
        /// The VPC.
        network: NetworkName,
    },
    /// A VPC's attachment is associated with two tables. AWS allows one.
    #[error(
        "`{network}` is associated with the transit gateway's route tables `{first}` and `{second}`; it can be with one"
    )]
    AssociatedTwice {
        /// The VPC.
        network: NetworkName,
        /// One table.
        first: Label,
        /// The other.
        second: Label,
    },
    /// A VPC is in an account that can't see the transit gateway.
    #[error("`{network}` can't be attached: the transit gateway is not shared with a unit that holds its account")]
    NotShared {
        /// The VPC.
        network: NetworkName,
    },
    /// Two units' names differ in nothing that an address keeps.
    #[error("the organizational units `{first}` and `{second}` would have the same address, `{address}`; rename one")]
    UnitNamesClash {
        /// One unit.
        first: UnitPath,
        /// The other.
        second: UnitPath,
        /// The address.
        address: Address,
    },
    /// Two resources have the same address.
    #[error("two resources would have the address `{0}`; rename what one of them is named after")]
    AddressTaken(Address),
    /// One resource's address is the beginning of another's.
    #[error("`{above}` would be a resource and hold `{below}`; rename what one of them is named after")]
    AddressNotALeaf {
        /// The address that others are below.
        above: String,
        /// An address below it.
        below: Address,
    },
    /// A name makes an address too long.
    #[error(transparent)]
    InvalidAddress(#[from] InvalidAddress),
}
