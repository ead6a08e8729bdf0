//! The addresses of everything that a zone becomes, in one place.
//!
//! Every address of a resource is a leaf: none is another one's beginning, so that an address that stands for many (a
//! VPC's, a tier's) never means a resource as well. Hence `self` at the end of what has others below it.

use sha2::{Digest, Sha256};

use crate::graph::Address;
use crate::kinds::DhcpOptions;
use crate::values::{Cidr, Label, hexadecimal};
use crate::zone::{AvailabilityZone, NetworkName, StackName, UnitPath};

/// The organization.
#[must_use]
pub fn organization() -> Address {
    Address::root("organization").child("self")
}

/// RAM's sharing within the organization.
#[must_use]
pub fn ram_sharing() -> Address {
    Address::root("organization").child("ram-sharing")
}

/// An organizational unit. It ends in `self` whether or not there are units below it, so that a new unit never moves
/// the address of the one above.
#[must_use]
pub fn unit(path: &UnitPath) -> Address {
    let units = Address::root("organization").child("units");
    path.names().iter().fold(units, |above, name| above.child(name)).child("self")
}

/// A resource of a stack, by its logical id.
#[must_use]
pub fn stack_resource(stack: &StackName, logical_id: &str) -> Address {
    Address::root(&stack.account).child("stacks").child(&stack.stack).child(logical_id)
}

/// The addresses of a VPC and of what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAddresses(Address);

impl NetworkAddresses {
    /// Those of this VPC.
    #[must_use]
    pub fn of(name: &NetworkName) -> Self {
        Self(Address::root(&name.account).child(&name.network))
    }

    /// The VPC itself.
    #[must_use]
    pub fn vpc(&self) -> Address {
        self.0.child("vpc")
    }

    /// Its internet gateway.
    #[must_use]
    pub fn internet_gateway(&self) -> Address {
        self.0.child("internet-gateway")
    }

    /// The security group that AWS made with it.
    #[must_use]
    pub fn default_security_group(&self) -> Address {
        self.0.child("default-security-group")
    }

    /// Its flow log.
    #[must_use]
    pub fn flow_log(&self) -> Address {
        self.0.child("flow-log")
    }

    /// Its DHCP option set. Another set has another address: AWS changes none, so the new one is there before the old goes.
    #[must_use]
    pub fn dhcp_options(&self, options: &DhcpOptions) -> Address {
        let mut hash = Sha256::new();
        for list in [options.domain_name.as_slice(), &options.domain_name_servers, &options.ntp_servers] {
            for value in list {
                hash.update(value);
                hash.update([0]);
            }
            hash.update([0]);
        }
        self.0.child("dhcp-options").child(hexadecimal(&hash.finalize()[..4]))
    }

    /// Its use of a DHCP option set.
    #[must_use]
    pub fn dhcp_options_association(&self) -> Address {
        self.0.child("dhcp-options").child("association")
    }

    /// Its attachment to the transit gateway.
    #[must_use]
    pub fn attachment(&self) -> Address {
        self.0.child("attachment")
    }

    /// Its endpoint for a service, such as `ecr.api`.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> Address {
        self.0.child("endpoints").child(service)
    }

    /// The security group of its interface endpoints.
    #[must_use]
    pub fn endpoint_security_group(&self) -> Address {
        self.0.child("endpoints").child("security-group")
    }

    /// A tier's subnet.
    #[must_use]
    pub fn subnet(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.place(tier, zone).child("subnet")
    }

    /// A subnet's route table.
    #[must_use]
    pub fn route_table(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.place(tier, zone).child("route-table")
    }

    /// A subnet's association with its route table.
    #[must_use]
    pub fn route_table_association(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.place(tier, zone).child("route-table-association")
    }

    /// A route of a subnet's route table.
    #[must_use]
    pub fn route(&self, tier: &Label, zone: &AvailabilityZone, destination: Cidr) -> Address {
        self.place(tier, zone).child("routes").child(destination)
    }

    /// The NAT gateway in a subnet.
    #[must_use]
    pub fn nat_gateway(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.place(tier, zone).child("nat")
    }

    /// A NAT gateway's public address.
    #[must_use]
    pub fn nat_address(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.place(tier, zone).child("nat-address")
    }

    /// Those of its firewall's parts.
    #[must_use]
    pub fn firewall(&self) -> FirewallAddresses {
        FirewallAddresses(self.0.child("firewall"))
    }

    fn place(&self, tier: &Label, zone: &AvailabilityZone) -> Address {
        self.0.child(tier).child(&zone.label)
    }
}

/// The addresses of a VPC's firewall and of what belongs to it. A tier may be named `firewall` too: its places start with
/// an Availability Zone's label, which nothing here does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallAddresses(Address);

impl FirewallAddresses {
    /// The firewall itself.
    #[must_use]
    pub fn firewall(&self) -> Address {
        self.0.child("self")
    }

    /// Its policy.
    #[must_use]
    pub fn policy(&self) -> Address {
        self.0.child("policy")
    }

    /// The rule group of a file. AWS can't change a group's capacity, so that with another one it is another group.
    #[must_use]
    pub fn file_group(&self, file: &Label, capacity: u32) -> Address {
        self.0.child("groups").child("rules").child(file).child(capacity)
    }

    /// The rule group that the workloads of a segment share.
    #[must_use]
    pub fn workload_group(&self, segment: &Label, capacity: u32) -> Address {
        self.0.child("groups").child("workloads").child(segment).child(capacity)
    }

    /// A workload's rules.
    #[must_use]
    pub fn workload_rules(&self, network: &NetworkName) -> Address {
        self.0.child("workloads").child(network.joined())
    }

    /// Its endpoint in an Availability Zone.
    #[must_use]
    pub fn endpoint(&self, zone: &AvailabilityZone) -> Address {
        self.0.child("endpoints").child(&zone.label)
    }

    /// A log group, such as `alert`.
    #[must_use]
    pub fn log(&self, log: &str) -> Address {
        self.0.child("logs").child(log)
    }

    /// That it writes logs.
    #[must_use]
    pub fn logging(&self) -> Address {
        self.0.child("logging")
    }
}

/// The addresses of the transit gateway and of what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitGatewayAddresses(Address);

impl TransitGatewayAddresses {
    /// Those of the transit gateway of this account.
    #[must_use]
    pub fn of(account: &Label) -> Self {
        Self(Address::root(account).child("transit-gateway"))
    }

    /// The transit gateway itself.
    #[must_use]
    pub fn gateway(&self) -> Address {
        self.0.child("self")
    }

    /// Its resource share.
    #[must_use]
    pub fn share(&self) -> Address {
        self.0.child("share")
    }

    /// One of its route tables.
    #[must_use]
    pub fn route_table(&self, table: &Label) -> Address {
        self.table(table).child("self")
    }

    /// A static route of one of its route tables.
    #[must_use]
    pub fn route(&self, table: &Label, destination: Cidr) -> Address {
        self.table(table).child("routes").child(destination)
    }

    /// A VPC's association with one of its route tables.
    #[must_use]
    pub fn association(&self, table: &Label, network: &NetworkName) -> Address {
        self.table(table).child("associations").child(network.joined())
    }

    /// A VPC's propagation to one of its route tables.
    #[must_use]
    pub fn propagation(&self, table: &Label, network: &NetworkName) -> Address {
        self.table(table).child("propagations").child(network.joined())
    }

    /// The acceptance of a VPC's attachment.
    #[must_use]
    pub fn acceptance(&self, network: &NetworkName) -> Address {
        self.0.child("acceptances").child(network.joined())
    }

    fn table(&self, table: &Label) -> Address {
        self.0.child("tables").child(table)
    }
}
