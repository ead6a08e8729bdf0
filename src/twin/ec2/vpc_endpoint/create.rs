//! CreateVpcEndpoint.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>

use super::service::{self, Service};
use super::state::{Endpoint, EndpointType, Gateway, Interface, Target};
use super::{KIND, describe};
use crate::twin::ec2::client_token::{self, Replay};
use crate::twin::ec2::look::Look;
use crate::twin::ec2::network_interface::{InterfaceType, Specification};
use crate::twin::ec2::quota;
use crate::twin::ec2::tag::{self, Tags};
use crate::twin::ec2::zonal::ZonalSubnets;
use crate::twin::ec2::{State, route_table, security_group, visibility, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The most characters that a policy may have.
const POLICY_LENGTH: usize = 20_480;

/// How long a gateway endpoint, or its change, takes.
pub(super) const GATEWAY: Duration = Duration::seconds(6, 8, 30);
/// How long an interface endpoint, or its change, takes.
pub(super) const INTERFACE: Duration = Duration::seconds(90, 150, 600);

/// The policy that allows everything.
pub(super) const FULL_ACCESS: &str =
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// What a request asks for.
struct Request<'a> {
    vpc_id: &'a str,
    service_name: &'a str,
    endpoint_type: EndpointType,
    policy: Option<&'a str>,
    route_tables: Vec<&'a str>,
    subnets: Vec<&'a str>,
    groups: Vec<&'a str>,
    private_dns: Option<bool>,
    tags: Tags,
}

impl<'a> Request<'a> {
    fn read(form: &'a Form) -> Answer<Self> {
        let request = Self {
            vpc_id: form.required("VpcId")?,
            service_name: form.required("ServiceName")?,
            endpoint_type: match form.one_of("VpcEndpointType", &["Gateway", "Interface"])? {
                Some("Interface") => EndpointType::Interface,
                _ => EndpointType::Gateway,
            },
            policy: form.optional("PolicyDocument"),
            route_tables: form.list("RouteTableId"),
            subnets: form.list("SubnetId"),
            groups: form.list("SecurityGroupId"),
            private_dns: form.boolean("PrivateDnsEnabled")?,
            tags: tag::specified(form, "TagSpecification", KIND.resource_type)?,
        };
        // IPv4 is all that the twin has, and what AWS takes by default.
        form.one_of("IpAddressType", &["ipv4"])?;
        if let Some(options) = form.form("DnsOptions") {
            options.one_of("DnsRecordIpType", &["ipv4"])?;
        }
        Ok(request)
    }

    /// Refuses what is not for an endpoint of this type.
    fn check(&self) -> Answer<()> {
        let foreign = match self.endpoint_type {
            EndpointType::Gateway => [
                ("SubnetIds", !self.subnets.is_empty()),
                ("SecurityGroupIds", !self.groups.is_empty()),
                ("PrivateDnsEnabled", self.private_dns == Some(true)),
            ],
            _ => [("RouteTableIds", !self.route_tables.is_empty()), ("", false), ("", false)],
        };
        check_parameters(self.endpoint_type, &foreign)?;
        self.policy.map_or(Ok(()), check_policy)
    }
}

/// Refuses parameters that are given and not for an endpoint of a type.
pub(super) fn check_parameters(endpoint_type: EndpointType, foreign: &[(&str, bool)]) -> Answer<()> {
    match foreign.iter().find(|(_, given)| *given) {
        Some((parameter, _)) => {
            let text = format!("{parameter} cannot be specified for endpoints of type {}.", endpoint_type.as_str());
            Err(Fault::new("InvalidParameter", text))
        }
        None => Ok(()),
    }
}

/// Refuses what is no policy: at most 20,480 characters of JSON.
pub(super) fn check_policy(policy: &str) -> Answer<()> {
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(policy);
    if parsed.is_ok_and(|policy| policy.contains_key("Statement")) && policy.len() <= POLICY_LENGTH {
        return Ok(());
    }
    Err(Fault::new("InvalidPolicyDocument", "The policy document is not a valid JSON policy document."))
}

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let replay = client_token::read(call, form)?;
    let request = Request::read(form)?;
    form.finish()?;
    let id = match replay {
        Replay::Old(ids) => ids.into_iter().next().unwrap_or_default(),
        Replay::New(token) => {
            let id = make(call, &request)?;
            token.keep(call, vec![id.clone()]);
            id
        }
    };
    let look = Look::at(call);
    let endpoint = look.state.endpoints.get(&id, look.now).ok_or_else(|| KIND.unknown(&id))?;
    xml.element("vpcEndpoint", |item| describe::write(item, look, endpoint));
    xml.optional("clientToken", form.optional("ClientToken"));
    Ok(())
}

fn make(call: &mut Call<'_>, request: &Request<'_>) -> Answer<String> {
    let service = service::find(&call.caller.region, request.service_name)?;
    request.check()?;
    let (now, vpc_id) = (call.now, request.vpc_id);
    vpc::find(call.ec2(), vpc_id, now)?;
    check_room(call, request)?;
    let id = call.new_id("vpce");
    let (target, available_at) = match (request.endpoint_type, service) {
        (EndpointType::Gateway, Service::Gateway(_)) => {
            let target = gateway(call.ec2(), request, now)?;
            (Target::Gateway(target), call.done_after("CreateVpcEndpoint/Gateway", GATEWAY))
        }
        (EndpointType::Interface, Service::Interface(names)) => {
            let names = service::private_names(names, &call.caller.region);
            let target = interface(call, request, &id, names)?;
            (Target::Interface(target), call.done_after("CreateVpcEndpoint/Interface", INTERFACE))
        }
        (wanted, _) => {
            let text = format!(
                "Endpoint type ({}) does not match available service types ([{}]).",
                wanted.as_str(),
                service.type_name()
            );
            return Err(Fault::new("InvalidParameter", text));
        }
    };
    let failure = match request.endpoint_type {
        EndpointType::Interface => call.failure("CreateVpcEndpoint"),
        _ => None,
    };
    let endpoint = Endpoint {
        id: id.clone(),
        vpc_id: vpc_id.to_owned(),
        service_name: request.service_name.to_owned(),
        policy: request.policy.unwrap_or(FULL_ACCESS).to_owned(),
        created: now,
        available_at,
        failure,
        gone_at: None,
        target,
    };
    visibility::created(call, &id);
    let state = call.ec2();
    state.tags.set(&id, request.tags.clone());
    state.endpoints.forget_gone(now);
    state.endpoints.endpoints.insert(id.clone(), endpoint);
    Ok(id)
}

fn check_room(call: &mut Call<'_>, request: &Request<'_>) -> Answer<()> {
    let (now, gateways, interfaces) =
        (call.now, quota::limit(call, quota::GATEWAY_ENDPOINTS), quota::limit(call, quota::INTERFACE_ENDPOINTS));
    let count = |state: &State, counts: fn(&Endpoint, &str) -> bool| {
        state.endpoints.all(now).filter(|(_, endpoint)| counts(endpoint, request.vpc_id)).count()
    };
    let state = call.ec2();
    let (used, most) = match request.endpoint_type {
        EndpointType::Gateway => (count(state, |one, _| one.endpoint_type() == EndpointType::Gateway), gateways),
        _ => (count(state, |one, vpc| one.endpoint_type() != EndpointType::Gateway && one.vpc_id == vpc), interfaces),
    };
    if used < most {
        return Ok(());
    }
    Err(Fault::new("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached."))
}

fn gateway(state: &State, request: &Request<'_>, now: Moment) -> Answer<Gateway> {
    let mut gateway =
        Gateway { prefix_list_id: service::prefix_list_id(request.service_name), route_tables: Vec::new() };
    gateway.add(state, request.vpc_id, &request.route_tables, now)?;
    Ok(gateway)
}

impl Gateway {
    /// Adds route tables of the VPC: only one endpoint to a service may have a route in a table.
    pub(super) fn add(&mut self, state: &State, vpc_id: &str, tables: &[&str], now: Moment) -> Answer<()> {
        for id in tables {
            if route_table::find(state, id, now)?.vpc_id != vpc_id {
                let text = format!("The route table {id} and the endpoint must be in the same VPC.");
                return Err(Fault::new("InvalidParameter", text));
            }
            let taken = state.endpoints.gateways_in(id).any(|(_, other)| other.prefix_list_id == self.prefix_list_id);
            if taken || self.route_tables.iter().any(|table| table == id) {
                let text = format!(
                    "route table {id} already has a route with destination-prefix-list-id {}",
                    self.prefix_list_id
                );
                return Err(Fault::new("RouteAlreadyExists", text));
            }
            self.route_tables.push((*id).to_owned());
        }
        Ok(())
    }
}

fn interface(call: &mut Call<'_>, request: &Request<'_>, id: &str, names: Vec<String>) -> Answer<Interface> {
    let (now, vpc_id) = (call.now, request.vpc_id);
    let state = call.ec2();
    let groups = match request.groups.as_slice() {
        [] => state.security_groups.default_of(vpc_id).map(str::to_owned).into_iter().collect(),
        given => find_groups(state, vpc_id, given, now)?,
    };
    let mut interface = Interface {
        subnets: ZonalSubnets::default(),
        groups,
        private_dns: Vec::new(),
        names_held_until: None,
        released: Vec::new(),
    };
    if request.private_dns.unwrap_or(true) {
        check_private_dns(state, vpc_id, None, &names, now)?;
        interface.private_dns = names;
    }
    interface.subnets.add(state, vpc_id, &request.subnets, now)?;
    interface.connect(call, id)?;
    Ok(interface)
}

impl Interface {
    /// Makes the network interfaces that are missing.
    pub(super) fn connect(&mut self, call: &mut Call<'_>, id: &str) -> Answer<()> {
        let groups = &self.groups;
        self.subnets.connect(call, |subnet_id| Specification {
            subnet_id,
            interface_type: InterfaceType::VpcEndpoint,
            description: format!("VPC Endpoint Interface {id}"),
            groups: groups.clone(),
        })
    }
}

/// Security groups of the VPC.
pub(super) fn find_groups(state: &State, vpc_id: &str, ids: &[&str], now: Moment) -> Answer<Vec<String>> {
    let mut groups: Vec<String> = Vec::new();
    for id in ids {
        if security_group::find(state, id, now)?.vpc_id != vpc_id {
            let text = format!("The security group '{id}' does not exist in VPC '{vpc_id}'");
            return Err(Fault::new("InvalidGroup.NotFound", text));
        }
        if !groups.iter().any(|group| group == id) {
            groups.push((*id).to_owned());
        }
    }
    Ok(groups)
}

/// Refuses private names in a VPC that does not resolve names, and names that another endpoint there has, or had until
/// lately. <https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html>
pub(super) fn check_private_dns(
    state: &State,
    vpc_id: &str,
    except: Option<&str>,
    names: &[String],
    now: Moment,
) -> Answer<()> {
    let vpc = vpc::find(state, vpc_id, now)?;
    if !(vpc.dns_support && vpc.dns_hostnames) {
        let text = format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for \
             {vpc_id}"
        );
        return Err(Fault::new("InvalidParameter", text));
    }
    if let Some(name) = state.endpoints.taken_name(vpc_id, except, names, now) {
        let text = format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the VPC \
             {vpc_id}"
        );
        return Err(Fault::new("InvalidParameter", text));
    }
    Ok(())
}
