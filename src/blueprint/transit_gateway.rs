//! The transit gateway: its share, the attachments, and its route tables.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses::{NetworkAddresses, TransitGatewayAddresses};
use super::expansion::{Expansion, Placement, scope_of};
use super::network::NetworkContext;
use super::{ExpandError, accounts, addresses as organization_addresses};
use crate::graph::{Address, Ref};
use crate::kinds::resource_share::Principal;
use crate::kinds::transit_gateway_route::TransitGatewayRouteTarget;
use crate::kinds::{self, Scope};
use crate::values::Label;
use crate::zone::{
    Attachment, Layout, Network, NetworkName, Organization, ShareWith, TransitGatewayNextHop, TransitGatewayRouteTable,
    Zone,
};

/// The addresses of a zone's transit gateway.
pub(super) fn addresses(zone: &Zone) -> TransitGatewayAddresses {
    TransitGatewayAddresses::of(&zone.transit_gateway.account)
}

/// Everything that connects an attached VPC to the gateway: its attachment, the acceptance if there is one, its
/// association, and its propagations.
pub(super) fn connections(zone: &Zone, network: &Network) -> BTreeSet<Address> {
    let addresses = addresses(zone);
    let mut all: BTreeSet<Address> = acceptance_of(zone, &network.name).into_iter().collect();
    all.insert(NetworkAddresses::of(&network.name).attachment());
    for (name, table) in &zone.transit_gateway.route_tables {
        if table.associated.contains(&network.name) {
            all.insert(addresses.association(name, &network.name));
        }
        if table.propagated.contains(&network.name) {
            all.insert(addresses.propagation(name, &network.name));
        }
    }
    all
}

/// Adds the gateway and all that belongs to it.
pub(super) fn expand(expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    let owner = &zone.transit_gateway.account;
    if !zone.accounts.contains_key(owner) {
        return Err(ExpandError::UnknownAccount(owner.clone()));
    }
    gateway(expansion)?;
    if let Layout::Organization(organization) = &zone.layout {
        share(expansion, organization)?;
    }
    for network in zone.networks.values() {
        if let Some(settings) = &network.attachment {
            attachment(expansion, network, settings)?;
        }
    }
    for (name, table) in &zone.transit_gateway.route_tables {
        TableContext { zone, addresses: addresses(zone), name, table }.expand(expansion)?;
    }
    associated_once(zone)
}

fn hub(zone: &Zone) -> Placement {
    Placement::account(zone, &zone.transit_gateway.account, Scope::Hub)
}

fn gateway(expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    let gateway = kinds::TransitGateway {
        description: format!("lz {}", zone.name),
        amazon_side_asn: i64::from(zone.transit_gateway.amazon_side_asn),
        auto_accept_shared_attachments: zone.transit_gateway.auto_accept_shared_attachments,
        // Both off: an attachment that AWS puts into a default table by itself could talk to all others before lz says
        // whom it may talk to.
        default_route_table_association: false,
        default_route_table_propagation: false,
        dns_support: true,
        vpn_ecmp_support: true,
    };
    expansion.add(&hub(zone), addresses(zone).gateway(), gateway, [])
}

fn share(expansion: &mut Expansion<'_>, organization: &Organization) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    let principals = match &organization.share_with {
        ShareWith::Organization => {
            BTreeSet::from([Principal::Organization(Ref::to(&organization_addresses::organization()))])
        }
        ShareWith::Units(units) => {
            let unit = |unit| accounts::reference(organization, unit, || "the transit gateway's share".to_owned());
            units.iter().map(|each| unit(each).map(Principal::OrganizationalUnit)).collect::<Result<_, _>>()?
        }
    };
    let share = kinds::ResourceShare {
        name: format!("lz-{}", zone.name),
        allow_external_principals: false,
        transit_gateways: BTreeSet::from([Ref::to(&addresses(zone).gateway())]),
        principals,
    };
    // RAM refuses an organization or a unit as principal until sharing within the organization is enabled (RAM user
    // guide, "Enable resource sharing within AWS Organizations").
    expansion.add(&hub(zone), addresses(zone).share(), share, [organization_addresses::ram_sharing()])
}

fn attachment(expansion: &mut Expansion<'_>, network: &Network, settings: &Attachment) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    let context = NetworkContext::new(zone, network)?;
    let tier = context.tier(&settings.tier, || "the attachment".to_owned())?;
    let address = context.addresses.attachment();
    let attachment = kinds::TransitGatewayAttachment {
        transit_gateway: Ref::to(&addresses(zone).gateway()),
        vpc: context.vpc(),
        subnets: context.subnets(tier),
        appliance_mode: settings.appliance_mode,
        dns_support: true,
    };
    // Another account sees the gateway only through the share.
    let after = if is_foreign(zone, &network.name) {
        is_shared(zone, &network.name)?;
        Some(addresses(zone).share())
    } else {
        None
    };
    expansion.add(&context.placement, address.clone(), attachment, after)?;
    if let Some(acceptance) = acceptance_of(zone, &network.name) {
        let accepted = kinds::TransitGatewayAttachmentAcceptance { attachment: Ref::to(&address) };
        let placement = Placement::account(zone, &zone.transit_gateway.account, scope_of(zone, &network.name)?);
        expansion.add(&placement, acceptance, accepted, [])?;
    }
    Ok(())
}

/// True where a VPC is in another AWS account than the gateway.
fn is_foreign(zone: &Zone, network: &NetworkName) -> bool {
    matches!(zone.layout, Layout::Organization(_)) && network.account != zone.transit_gateway.account
}

/// Checks that a VPC's account is one of those that the gateway is shared with. Without this, its attachment would be
/// tried until time is up, since AWS says of what is not shared that it does not exist.
fn is_shared(zone: &Zone, network: &NetworkName) -> Result<(), ExpandError> {
    let Layout::Organization(Organization { share_with: ShareWith::Units(shared), .. }) = &zone.layout else {
        return Ok(());
    };
    let own = zone.accounts.get(&network.account).and_then(|account| account.unit.clone());
    let mut units = std::iter::successors(own, |unit| unit.parent());
    if units.any(|unit| shared.contains(&unit)) {
        Ok(())
    } else {
        Err(ExpandError::NotShared { network: network.clone() })
    }
}

/// The acceptance that a VPC's attachment needs, if any: AWS accepts by itself what is in the gateway's own account.
fn acceptance_of(zone: &Zone, network: &NetworkName) -> Option<Address> {
    let needed = is_foreign(zone, network) && !zone.transit_gateway.auto_accept_shared_attachments;
    needed.then(|| addresses(zone).acceptance(network))
}

fn associated_once(zone: &Zone) -> Result<(), ExpandError> {
    let mut seen: BTreeMap<&NetworkName, &Label> = BTreeMap::new();
    for (name, table) in &zone.transit_gateway.route_tables {
        for network in &table.associated {
            if let Some(first) = seen.insert(network, name) {
                let (first, second) = (first.clone(), name.clone());
                return Err(ExpandError::AssociatedTwice { network: network.clone(), first, second });
            }
        }
    }
    Ok(())
}

/// A route table of the gateway.
struct TableContext<'zone> {
    zone: &'zone Zone,
    addresses: TransitGatewayAddresses,
    name: &'zone Label,
    table: &'zone TransitGatewayRouteTable,
}

impl TableContext<'_> {
    fn expand(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let table = kinds::TransitGatewayRouteTable { transit_gateway: Ref::to(&self.addresses.gateway()) };
        expansion.add(&hub(self.zone), self.addresses.route_table(self.name), table, [])?;
        self.routes(expansion)?;
        self.propagations(expansion)?;
        self.associations(expansion)
    }

    fn reference(&self) -> Ref<kinds::TransitGatewayRouteTable> {
        Ref::to(&self.addresses.route_table(self.name))
    }

    /// The attachment of a VPC that this table speaks of.
    fn attachment(&self, network: &NetworkName) -> Result<Ref<kinds::TransitGatewayAttachment>, ExpandError> {
        match self.zone.networks.get(network) {
            Some(Network { attachment: Some(_), .. }) => Ok(Ref::to(&NetworkAddresses::of(network).attachment())),
            Some(_) | None => Err(ExpandError::NotAttached {
                wanted_by: format!("the transit gateway's route table `{}`", self.name),
                network: network.clone(),
            }),
        }
    }

    /// Only the gateway's owner may associate, propagate and route (VPC transit gateways guide, "Work with transit
    /// gateways"), so this is all in its account; but it is undone with the VPC that it is for.
    fn placement(&self, network: &NetworkName) -> Result<Placement, ExpandError> {
        Ok(Placement::account(self.zone, &self.zone.transit_gateway.account, scope_of(self.zone, network)?))
    }

    fn routes(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        for (destination, next_hop) in &self.table.routes {
            let (target, after) = match next_hop {
                TransitGatewayNextHop::Blackhole => (TransitGatewayRouteTarget::Blackhole, None),
                TransitGatewayNextHop::Network(network) => (
                    TransitGatewayRouteTarget::Attachment(self.attachment(network)?),
                    acceptance_of(self.zone, network),
                ),
            };
            let route = kinds::TransitGatewayRoute { route_table: self.reference(), destination: *destination, target };
            expansion.add(&hub(self.zone), self.addresses.route(self.name, *destination), route, after)?;
        }
        Ok(())
    }

    fn propagations(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        for network in &self.table.propagated {
            let propagation = kinds::TransitGatewayPropagation {
                attachment: self.attachment(network)?,
                route_table: self.reference(),
            };
            let address = self.addresses.propagation(self.name, network);
            expansion.add(&self.placement(network)?, address, propagation, acceptance_of(self.zone, network))?;
        }
        Ok(())
    }

    fn associations(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let hub_part = self.hub_part()?;
        for network in &self.table.associated {
            let association = kinds::TransitGatewayAssociation {
                attachment: self.attachment(network)?,
                route_table: self.reference(),
            };
            let after = hub_part.iter().cloned().chain(acceptance_of(self.zone, network));
            let address = self.addresses.association(self.name, network);
            expansion.add(&self.placement(network)?, address, association, after)?;
        }
        Ok(())
    }

    /// What this table holds on the hub's behalf. It is there before any VPC's packets are looked up in the table:
    /// without the blackholes, spokes would reach each other through the egress VPC; without the ingress VPC's range,
    /// answers to it would follow the default route into a firewall that never saw the question.
    ///
    /// What the table holds on behalf of a workload is left out, or one failing workload would stop all the others.
    fn hub_part(&self) -> Result<BTreeSet<Address>, ExpandError> {
        let mut all = BTreeSet::new();
        for (destination, next_hop) in &self.table.routes {
            let of_hub = match next_hop {
                TransitGatewayNextHop::Blackhole => true,
                TransitGatewayNextHop::Network(network) => scope_of(self.zone, network)? == Scope::Hub,
            };
            if of_hub {
                all.insert(self.addresses.route(self.name, *destination));
            }
        }
        for network in &self.table.propagated {
            if scope_of(self.zone, network)? == Scope::Hub {
                all.insert(self.addresses.propagation(self.name, network));
            }
        }
        Ok(all)
    }
}
