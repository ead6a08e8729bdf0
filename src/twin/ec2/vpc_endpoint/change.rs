//! ModifyVpcEndpoint and DeleteVpcEndpoints.

use super::KIND;
use super::create::{FULL_ACCESS, GATEWAY, INTERFACE, check_parameters, check_policy, check_private_dns, find_groups};
use super::service::{self, Service};
use super::state::{Endpoint, EndpointType, Gateway, Interface, Stage, Target};
use crate::twin::ec2::State;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The most endpoints that one request may delete.
const DELETED_AT_ONCE: usize = 25;

const DELETE: Duration = Duration::seconds(60, 160, 400);
/// How long an endpoint's network interfaces and private names outlive it.
const LINGER: Duration = Duration::seconds(30, 80, 200);

/// What ModifyVpcEndpoint asks for.
struct Changes<'a> {
    policy: Option<&'a str>,
    add_tables: Vec<&'a str>,
    remove_tables: Vec<&'a str>,
    add_subnets: Vec<&'a str>,
    remove_subnets: Vec<&'a str>,
    add_groups: Vec<&'a str>,
    remove_groups: Vec<&'a str>,
    private_dns: Option<bool>,
}

impl<'a> Changes<'a> {
    fn read(form: &'a Form) -> Answer<Self> {
        let (policy, reset) = (form.optional("PolicyDocument"), form.boolean("ResetPolicy")?.unwrap_or(false));
        if policy.is_some() && reset {
            let text = "The parameter PolicyDocument cannot be used with the parameter ResetPolicy";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        policy.map_or(Ok(()), check_policy)?;
        Ok(Self {
            policy: policy.or(reset.then_some(FULL_ACCESS)),
            add_tables: form.list("AddRouteTableId"),
            remove_tables: form.list("RemoveRouteTableId"),
            add_subnets: form.list("AddSubnetId"),
            remove_subnets: form.list("RemoveSubnetId"),
            add_groups: form.list("AddSecurityGroupId"),
            remove_groups: form.list("RemoveSecurityGroupId"),
            private_dns: form.boolean("PrivateDnsEnabled")?,
        })
    }

    /// Refuses what is not for an endpoint of this type.
    fn check(&self, endpoint_type: EndpointType) -> Answer<()> {
        let tables = [
            ("AddRouteTableIds", !self.add_tables.is_empty()),
            ("RemoveRouteTableIds", !self.remove_tables.is_empty()),
        ];
        let interfaces = [
            ("AddSubnetIds", !self.add_subnets.is_empty()),
            ("RemoveSubnetIds", !self.remove_subnets.is_empty()),
            ("AddSecurityGroupIds", !self.add_groups.is_empty()),
            ("RemoveSecurityGroupIds", !self.remove_groups.is_empty()),
            ("PrivateDnsEnabled", self.private_dns == Some(true)),
        ];
        match endpoint_type {
            EndpointType::Gateway => check_parameters(endpoint_type, &interfaces),
            _ => check_parameters(endpoint_type, &tables),
        }
    }
}

pub(super) fn modify(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcEndpointId")?;
    let changes = Changes::read(form)?;
    form.finish()?;
    let now = call.now;
    let mut endpoint = KIND.find(call.ec2(), id, now, |state| state.endpoints.get(id, now))?.clone();
    if endpoint.stage(now) != Stage::Available {
        return Err(Fault::new("IncorrectState", format!("{id} is in invalid state")));
    }
    changes.check(endpoint.endpoint_type())?;
    if let Some(policy) = changes.policy {
        policy.clone_into(&mut endpoint.policy);
    }
    let Endpoint { vpc_id, service_name, target, .. } = &mut endpoint;
    endpoint.available_at = match target {
        Target::Gateway(gateway) => {
            modify_gateway(call.ec2(), vpc_id, gateway, &changes, now)?;
            now
        }
        Target::Interface(interface) => modify_interface(call, id, vpc_id, service_name, interface, &changes)?,
        Target::Firewall(_) => return Err(requester_managed(service_name)),
    };
    call.ec2().endpoints.endpoints.insert(id.to_owned(), endpoint);
    xml.text("return", true);
    Ok(())
}

fn modify_gateway(
    state: &State,
    vpc_id: &str,
    gateway: &mut Gateway,
    changes: &Changes<'_>,
    now: Moment,
) -> Answer<()> {
    for id in &changes.remove_tables {
        let Some(at) = gateway.route_tables.iter().position(|table| table == id) else {
            return Err(Fault::new("InvalidParameter", format!("The route table {id} is not of this endpoint.")));
        };
        gateway.route_tables.remove(at);
    }
    gateway.add(state, vpc_id, &changes.add_tables, now)
}

/// Changes an interface endpoint and gives the moment at which it is available again.
fn modify_interface(
    call: &mut Call<'_>,
    id: &str,
    vpc_id: &str,
    service_name: &str,
    interface: &mut Interface,
    changes: &Changes<'_>,
) -> Answer<Moment> {
    let now = call.now;
    let names_held_until = call.done_after("ModifyVpcEndpoint/PrivateDns", LINGER);
    let service = service::find(&call.caller.region, service_name)?;
    let names = match service {
        Service::Interface(names) => service::private_names(names, &call.caller.region),
        Service::Gateway(_) => Vec::new(),
    };
    let state = call.ec2();
    match changes.private_dns {
        Some(true) if interface.private_dns.is_empty() => {
            check_private_dns(state, vpc_id, Some(id), &names, now)?;
            interface.private_dns = names;
        }
        Some(false) => {
            let given_up = std::mem::take(&mut interface.private_dns);
            interface.released.retain(|(_, until)| now < *until);
            interface.released.extend(given_up.into_iter().map(|name| (name, names_held_until)));
        }
        _ => {}
    }
    change_groups(state, vpc_id, interface, changes, now)?;
    let subnets_change = !(changes.add_subnets.is_empty() && changes.remove_subnets.is_empty());
    interface.subnets.add(state, vpc_id, &changes.add_subnets, now)?;
    let taken = interface.subnets.take(&changes.remove_subnets)?;
    interface.connect(call, id)?;
    let groups = interface.groups.clone();
    interface.subnets.interfaces().for_each(|one| call.ec2().network_interfaces.set_groups(one, &groups));
    if !subnets_change {
        return Ok(now);
    }
    let done = call.done_after("ModifyVpcEndpoint/Interface", INTERFACE);
    taken.release(call, done);
    Ok(done)
}

fn change_groups(
    state: &State,
    vpc_id: &str,
    interface: &mut Interface,
    changes: &Changes<'_>,
    now: Moment,
) -> Answer<()> {
    for group in find_groups(state, vpc_id, &changes.add_groups, now)? {
        if !interface.groups.contains(&group) {
            interface.groups.push(group);
        }
    }
    interface.groups.retain(|group| !changes.remove_groups.contains(&group.as_str()));
    if interface.groups.is_empty() {
        return Err(Fault::new("InvalidParameter", "An interface endpoint must have at least one security group."));
    }
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let ids = form.list("VpcEndpointId");
    form.finish()?;
    if ids.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter VpcEndpointIds"));
    }
    if ids.len() > DELETED_AT_ONCE {
        let text = format!("At most {DELETED_AT_ONCE} VPC endpoints can be deleted at once.");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let unsuccessful: Vec<(&str, Fault)> =
        ids.into_iter().filter_map(|id| delete_one(call, id).err().map(|fault| (id, fault))).collect();
    xml.list("unsuccessful", unsuccessful, |item, (id, fault)| {
        item.element("error", |error| {
            error.text("code", fault.code).text("message", fault.message);
        });
        item.text("resourceId", id);
    });
    Ok(())
}

fn delete_one(call: &mut Call<'_>, id: &str) -> Answer<()> {
    let now = call.now;
    let found = KIND.find(call.ec2(), id, now, |state| state.endpoints.get(id, now));
    // This one action has a code of its own for what is not there.
    let mut endpoint = match found {
        Ok(endpoint) => endpoint.clone(),
        Err(fault) if fault.code == KIND.not_found => {
            return Err(Fault::new("InvalidVpcEndpoint.NotFound", fault.message));
        }
        Err(fault) => return Err(fault),
    };
    if endpoint.gone_at.is_some() {
        return Err(Fault::new("IncorrectState", format!("{id} is in invalid state")));
    }
    endpoint.gone_at = Some(match &mut endpoint.target {
        Target::Gateway(_) => call.done_after("DeleteVpcEndpoints/Gateway", GATEWAY),
        Target::Interface(interface) => {
            let gone = call.done_after("DeleteVpcEndpoints/Interface", DELETE);
            let lingering = call.done_after("DeleteVpcEndpoints/Linger", LINGER).since(now);
            interface.subnets.release(call, gone.after(lingering));
            interface.names_held_until = Some(gone.after(lingering));
            gone
        }
        Target::Firewall(_) => return Err(requester_managed(&endpoint.service_name)),
    });
    call.ec2().endpoints.endpoints.insert(id.to_owned(), endpoint);
    Ok(())
}

/// The refusal to touch what an AWS service made. The code is the twin's own reading: AWS documents none.
fn requester_managed(service_name: &str) -> Fault {
    let text = format!("Operation is not allowed for requester-managed VPC endpoints for the service {service_name}.");
    Fault::new("InvalidParameter", text)
}
