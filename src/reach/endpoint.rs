//! The ends of a trace.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::ObjectId;
use super::network::{EndpointKind, Network, NetworkInterface, Subnet};
use super::walk::HopKind;

/// An end of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A VPC: in each of its Availability Zones, any host of the subnet that has a route to the other end; of the first, where
    /// none has. Subnets that hold attachments, NAT gateways or firewall endpoints count where there are no others. To the
    /// internet, a VPC or subnet is the first host in it that has a public address, if there is one.
    Vpc(ObjectId),
    /// Any host of a subnet, which no security group restricts.
    Subnet(ObjectId),
    /// A network interface.
    Interface(ObjectId),
    /// An instance, by its primary network interface.
    Instance(ObjectId),
    /// A VPC endpoint.
    VpcEndpoint(ObjectId),
    /// What is behind a virtual private gateway.
    VirtualPrivateGateway(ObjectId),
    /// What is behind an attachment that is of no VPC: a VPN, a Direct Connect gateway, another transit gateway.
    Attachment(ObjectId),
    /// An address: of an interface, in a subnet, or outside.
    Address(Ipv4Addr),
    /// A host on the internet, or an AWS service, by the name that the client asks for.
    Domain(String),
    /// Any host on the internet.
    Internet,
}

/// An end that can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The network has no such object.
    #[error("`{0}` is not in the network")]
    Absent(ObjectId),
    /// The text names nothing.
    #[error(
        "`{0}` is no end of a trace: neither `internet`, an address or a domain name, nor the id or name of a VPC, subnet, \
         network interface, instance, VPC endpoint, virtual private gateway, or attachment"
    )]
    Unknown(String),
    /// Several objects have the name.
    #[error("`{name}` is the name of {}: take an id", .ids.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The objects.
        ids: Vec<String>,
    },
    /// Several VPCs hold the address.
    #[error("{address} is in {}: take the id of a subnet or interface", .subnets.join(", "))]
    AmbiguousAddress {
        /// The address.
        address: Ipv4Addr,
        /// The subnets that hold it.
        subnets: Vec<String>,
    },
    /// It can't be where packets come from.
    #[error("a packet can't come from `{0}`: {1}")]
    NoSource(String, &'static str),
    /// A VPC without subnets, an interface without an address.
    #[error("`{0}` has no address")]
    NoAddress(ObjectId),
    /// Both ends are outside.
    #[error("both ends are outside the network")]
    BothOutside,
}

impl Endpoint {
    /// The end that a person names: `internet`, an address, an object's id or name, or a domain name.
    ///
    /// # Errors
    /// Where it names nothing, or several objects.
    pub fn named(network: &Network, text: &str) -> Result<Self, EndpointError> {
        if text == "internet" {
            return Ok(Self::Internet);
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if let Some(endpoint) = Self::of_object(network, &ObjectId::from(text)) {
            return Ok(endpoint);
        }
        let named: Vec<Self> = network
            .names
            .iter()
            .filter(|(_, name)| *name == text)
            .filter_map(|(id, _)| Self::of_object(network, id))
            .collect();
        match named.as_slice() {
            [one] => Ok(one.clone()),
            [] if is_domain(text) => Ok(Self::Domain(text.to_ascii_lowercase())),
            [] => Err(EndpointError::Unknown(text.to_owned())),
            _ => {
                let ids = network.names.iter().filter(|(_, name)| *name == text).map(|(id, _)| id.to_string());
                Err(EndpointError::Ambiguous { name: text.to_owned(), ids: ids.collect() })
            }
        }
    }

    /// The end that an object is, if it can be one.
    #[must_use]
    pub fn of_object(network: &Network, id: &ObjectId) -> Option<Self> {
        let own = id.clone();
        if network.vpcs.contains_key(id) {
            Some(Self::Vpc(own))
        } else if network.subnets.contains_key(id) {
            Some(Self::Subnet(own))
        } else if network.interfaces.contains_key(id) {
            Some(Self::Interface(own))
        } else if network.instances.contains_key(id) {
            Some(Self::Instance(own))
        } else if network.vpc_endpoints.contains_key(id) {
            Some(Self::VpcEndpoint(own))
        } else if network.virtual_private_gateways.contains_key(id) {
            Some(Self::VirtualPrivateGateway(own))
        } else if network.internet_gateways.contains_key(id) {
            Some(Self::Internet)
        } else {
            network.attachments.contains_key(id).then_some(Self::Attachment(own))
        }
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|one| one.is_ascii_alphanumeric() || one == '-' || one == '_')
    };
    text.contains('.') && text.split('.').all(label)
}

/// A host at an end of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    /// Its subnet.
    pub(super) subnet: ObjectId,
    /// Its private address.
    pub(super) address: Ipv4Addr,
    /// Its security groups; none where it is any host of the subnet.
    pub(super) groups: Option<BTreeSet<ObjectId>>,
    /// What it is, other than any host of the subnet.
    pub(super) object: Option<(HopKind, ObjectId)>,
}

impl Party {
    /// Any host of a subnet.
    pub(super) fn host(subnet: &Subnet, address: Ipv4Addr) -> Self {
        Self { subnet: subnet.id.clone(), address, groups: None, object: None }
    }

    /// A network interface, by its primary address.
    pub(super) fn interface(interface: &NetworkInterface) -> Option<Self> {
        let (address, _) = interface.addresses.first()?;
        Some(Self {
            subnet: interface.subnet.clone(),
            address: *address,
            groups: Some(interface.groups.clone()),
            object: Some((HopKind::NetworkInterface, interface.id.clone())),
        })
    }

    /// An interface endpoint's interface in a subnet.
    pub(super) fn interface_endpoint(
        id: &ObjectId,
        groups: &BTreeSet<ObjectId>,
        subnet: &Subnet,
        address: Ipv4Addr,
    ) -> Self {
        let object = Some((HopKind::VpcEndpoint, id.clone()));
        Self { subnet: subnet.id.clone(), address, groups: Some(groups.clone()), object }
    }

    /// What is shown of it.
    pub(super) fn shown(&self) -> (HopKind, &ObjectId) {
        self.object.as_ref().map_or((HopKind::Subnet, &self.subnet), |(kind, id)| (*kind, id))
    }
}

/// What has an address in a subnet: an end of the flow, an interface, or any host.
pub(super) fn party_at(network: &Network, known: &[Party], subnet: &Subnet, address: Ipv4Addr) -> Party {
    if let Some(party) = known.iter().find(|party| party.subnet == subnet.id && party.address == address) {
        return party.clone();
    }
    let mut interfaces = network.interfaces.values().filter(|one| one.subnet == subnet.id);
    interfaces
        .find(|one| one.addresses.iter().any(|(private, _)| *private == address))
        .and_then(Party::interface)
        .map_or_else(|| Party::host(subnet, address), |party| Party { address, ..party })
}

/// The interface endpoint of a VPC whose service's own name a client asks for, where the endpoint answers for that name.
pub(super) fn endpoint_of_domain<'network>(
    network: &'network Network,
    vpc: &ObjectId,
    domain: &str,
) -> Option<&'network ObjectId> {
    let mut endpoints = network.vpc_endpoints.values().filter(|endpoint| endpoint.vpc == *vpc);
    let answers = |endpoint: &&super::network::VpcEndpoint| match &endpoint.kind {
        EndpointKind::Interface { private_dns: true, .. } => is_of_service(domain, &endpoint.service),
        _ => false,
    };
    endpoints.find(answers).map(|endpoint| &endpoint.id)
}

/// True where a name is a service's own, or below it: `com.amazonaws.eu-west-1.ecr.api` is `api.ecr.eu-west-1.amazonaws.com`
/// (PrivateLink guide, "AWS services that integrate").
pub(super) fn is_of_service(domain: &str, service: &str) -> bool {
    let Some((region, name)) = service.strip_prefix("com.amazonaws.").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let name: Vec<&str> = name.split('.').rev().collect();
    let own = format!("{}.{region}.amazonaws.com", name.join("."));
    domain == own || domain.strip_suffix(&own).is_some_and(|below| below.ends_with('.'))
}
