//! Endpoints, as moments from which their states are judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::twin::ec2::zonal::ZonalSubnets;
use crate::twin::time::Moment;

/// The VPC endpoints in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    pub(super) endpoints: BTreeMap<String, Endpoint>,
}

/// A VPC endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) vpc_id: String,
    /// The service's whole name, such as `com.amazonaws.eu-west-1.s3`.
    pub(super) service_name: String,
    pub(super) policy: String,
    /// When it was, or will be, there.
    pub(super) created: Moment,
    /// When it is, or is again, available; or has failed, where it does.
    pub(super) available_at: Moment,
    /// The code that it fails with.
    #[serde(default)]
    pub(super) failure: Option<String>,
    /// When it is gone, once somebody asked for that.
    pub(super) gone_at: Option<Moment>,
    pub(super) target: Target,
}

/// What makes the service reachable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Target {
    /// Routes to the service's prefix list.
    Gateway(Gateway),
    /// Network interfaces.
    Interface(Interface),
    /// A network interface that routes lead to. Network Firewall makes, and deletes, it.
    Firewall(FirewallEndpoint),
}

/// A gateway endpoint's part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Gateway {
    pub(super) prefix_list_id: String,
    /// Route tables, in the order in which they were added.
    pub(super) route_tables: Vec<String>,
}

/// An interface endpoint's part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Interface {
    pub(super) subnets: ZonalSubnets,
    pub(super) groups: Vec<String>,
    /// The service's public names that resolve to the interfaces; none where private DNS is off.
    pub(super) private_dns: Vec<String>,
    /// Until when those names are taken in the VPC, once they were given up: longer than the endpoint is there.
    pub(super) names_held_until: Option<Moment>,
    /// Names that were given up by turning private DNS off, and until when they are taken.
    pub(super) released: Vec<(String, Moment)>,
}

/// The part of a firewall's endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FirewallEndpoint {
    pub(super) subnet_id: String,
    pub(super) network_interface_id: String,
}

/// The types of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointType {
    /// Routes of prefix lists in route tables.
    Gateway,
    /// Network interfaces with private addresses.
    Interface,
    /// A network interface that routes may lead to.
    GatewayLoadBalancer,
}

impl EndpointType {
    /// As requests and answers name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "Gateway",
            Self::Interface => "Interface",
            Self::GatewayLoadBalancer => "GatewayLoadBalancer",
        }
    }
}

/// A route that a gateway endpoint has put in a route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixListRoute {
    /// Where it leads to: the service's prefix list.
    pub prefix_list_id: String,
    /// The endpoint.
    pub endpoint_id: String,
}

/// What AWS calls the state of an endpoint, in the spelling that the service sends; its model capitalizes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Pending,
    Available,
    Failed,
    Deleting,
}

impl Stage {
    /// As AWS's service model spells it. AWS itself has been seen to say it in lower case; a client has to take both.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Available => "Available",
            Self::Failed => "Failed",
            Self::Deleting => "Deleting",
        }
    }
}

impl Endpoint {
    pub(super) fn stage(&self, now: Moment) -> Stage {
        if self.gone_at.is_some() {
            Stage::Deleting
        } else if now < self.available_at {
            Stage::Pending
        } else if self.failure.is_some() {
            Stage::Failed
        } else {
            Stage::Available
        }
    }

    pub(super) fn is_there(&self, now: Moment) -> bool {
        self.created <= now && !self.is_gone(now)
    }

    fn is_gone(&self, now: Moment) -> bool {
        self.gone_at.is_some_and(|gone| gone <= now)
    }

    /// True where an AWS service made it for the account: nobody else can change or delete it.
    pub(super) fn is_requester_managed(&self) -> bool {
        matches!(self.target, Target::Firewall(_))
    }

    pub(super) fn endpoint_type(&self) -> EndpointType {
        match self.target {
            Target::Gateway(_) => EndpointType::Gateway,
            Target::Interface(_) => EndpointType::Interface,
            Target::Firewall(_) => EndpointType::GatewayLoadBalancer,
        }
    }

    /// The private names that no other endpoint of the VPC may have now.
    fn names_taken(&self, now: Moment) -> impl Iterator<Item = &String> {
        let (own, released): (&[String], &[(String, Moment)]) = match &self.target {
            Target::Interface(interface) if interface.names_held_until.is_none_or(|until| now < until) => {
                (&interface.private_dns, &interface.released)
            }
            _ => (&[], &[]),
        };
        own.iter().chain(released.iter().filter(move |(_, until)| now < *until).map(|(name, _)| name))
    }
}

impl State {
    /// Forgets what is gone and holds no name any more.
    pub(super) fn forget_gone(&mut self, now: Moment) {
        self.endpoints.retain(|_, endpoint| !endpoint.is_gone(now) || endpoint.names_taken(now).next().is_some());
    }

    /// An endpoint that is there, whoever can see it.
    pub(super) fn get(&self, id: &str, now: Moment) -> Option<&Endpoint> {
        self.endpoints.get(id).filter(|endpoint| endpoint.is_there(now))
    }

    /// Those that are there.
    pub(super) fn all(&self, now: Moment) -> impl Iterator<Item = (&String, &Endpoint)> {
        self.endpoints.iter().filter(move |(_, endpoint)| endpoint.is_there(now))
    }

    /// The type of an available endpoint of the VPC.
    #[must_use]
    pub fn available(&self, vpc_id: &str, endpoint_id: &str, now: Moment) -> Option<EndpointType> {
        self.get(endpoint_id, now)
            .filter(|endpoint| endpoint.vpc_id == vpc_id && endpoint.stage(now) == Stage::Available)
            .map(Endpoint::endpoint_type)
    }

    /// True where the VPC has any endpoint that is not yet deleted.
    #[must_use]
    pub fn any_in_vpc(&self, vpc_id: &str, now: Moment) -> bool {
        self.all(now).any(|(_, endpoint)| endpoint.vpc_id == vpc_id)
    }

    /// The routes of gateway endpoints in a route table, in the order of the endpoints' ids. They are there as soon as
    /// the endpoint is available, and go when its deletion is asked for.
    #[must_use]
    pub fn routes_in(&self, route_table_id: &str, now: Moment) -> Vec<PrefixListRoute> {
        self.gateways_in(route_table_id)
            .filter(|(endpoint, _)| endpoint.stage(now) == Stage::Available)
            .map(|(endpoint, gateway)| PrefixListRoute {
                prefix_list_id: gateway.prefix_list_id.clone(),
                endpoint_id: endpoint.id.clone(),
            })
            .collect()
    }

    /// The gateway endpoints that have, or will have, a route in a table.
    pub(super) fn gateways_in(&self, route_table_id: &str) -> impl Iterator<Item = (&Endpoint, &Gateway)> {
        self.endpoints.values().filter(|endpoint| endpoint.gone_at.is_none()).filter_map(
            move |endpoint| match &endpoint.target {
                Target::Gateway(gateway) if gateway.route_tables.iter().any(|table| table == route_table_id) => {
                    Some((endpoint, gateway))
                }
                _ => None,
            },
        )
    }

    /// A private name of those given that an endpoint of the VPC has taken, other than the endpoint itself.
    pub(super) fn taken_name<'n>(
        &self,
        vpc_id: &str,
        except: Option<&str>,
        names: &'n [String],
        now: Moment,
    ) -> Option<&'n String> {
        let others = || {
            self.endpoints.values().filter(|endpoint| endpoint.vpc_id == vpc_id && Some(endpoint.id.as_str()) != except)
        };
        names.iter().find(|name| others().any(|endpoint| endpoint.names_taken(now).any(|taken| taken == *name)))
    }
}
