//! NAT gateways, one Availability Zone each.
//!
//! What stands in the way of a new NAT gateway is not told by CreateNatGateway: it answers `pending`, and later the NAT
//! gateway is `failed`. <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_token::{self, Replay};
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::network_interface::{self, InterfaceType};
use super::page::USUAL;
use super::{Actions, address, quota, subnet, tag, visibility};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateNatGateway", create_nat_gateway),
    ("DeleteNatGateway", delete_nat_gateway),
    ("DescribeNatGateways", describe_nat_gateways),
];

/// NAT gateways.
pub const KIND: Kind = Kind {
    prefix: "nat-",
    resource_type: "natgateway",
    not_found: "NatGatewayNotFound",
    not_found_message: "NAT gateway {} was not found",
    malformed: "NatGatewayMalformed",
    exists: |state, id, now| state.nat_gateways.get(id, now).is_some(),
};

const CREATE: Duration = Duration::seconds(107, 130, 300);
const FAIL: Duration = Duration::seconds(10, 30, 60);
const DELETE: Duration = Duration::seconds(50, 90, 300);
/// How long a NAT gateway that failed or was deleted is still described, in milliseconds.
const REMEMBERED: u64 = 60 * 60 * 1000;

const FILTERS: &[&str] = &["nat-gateway-id", "state", "subnet-id", "tag", "vpc-id"];

/// The NAT gateways in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    gateways: BTreeMap<String, NatGateway>,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// Its subnet.
    pub subnet_id: String,
    /// The subnet's VPC.
    pub vpc_id: String,
    /// The id of the subnet's Availability Zone.
    zone_id: String,
    /// Its Elastic IP address; none for a private NAT gateway.
    pub allocation_id: Option<String>,
    created: Moment,
    outcome: Outcome,
    deletion: Option<Deletion>,
}

/// What becomes of a NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Outcome {
    Available { at: Moment, network_interface_id: String, association_id: Option<String> },
    Failed { at: Moment, code: String, message: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Deletion {
    asked: Moment,
    done: Moment,
}

impl NatGateway {
    /// `pending`, `available`, `failed`, `deleting` or `deleted`.
    #[must_use]
    pub fn state(&self, now: Moment) -> &'static str {
        match (&self.deletion, &self.outcome) {
            (Some(deletion), _) if deletion.done <= now => "deleted",
            (Some(_), _) => "deleting",
            (None, Outcome::Available { at, .. } | Outcome::Failed { at, .. }) if now < *at => "pending",
            (None, Outcome::Available { .. }) => "available",
            (None, Outcome::Failed { .. }) => "failed",
        }
    }

    /// True while it counts against the quota and keeps its address: pending without being about to fail, available, or
    /// being deleted.
    fn counts(&self, now: Moment) -> bool {
        matches!(self.state(now), "pending" | "available" | "deleting")
    }

    /// When AWS stops describing it.
    fn forgotten(&self) -> Option<Moment> {
        match (&self.deletion, &self.outcome) {
            (Some(deletion), _) => Some(deletion.done.after(REMEMBERED)),
            (None, Outcome::Failed { at, .. }) => Some(at.after(REMEMBERED)),
            (None, Outcome::Available { .. }) => None,
        }
    }
}

impl State {
    /// A NAT gateway that AWS still describes, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str, now: Moment) -> Option<&NatGateway> {
        self.gateways.get(id).filter(|gateway| gateway.forgotten().is_none_or(|forgotten| now < forgotten))
    }

    fn all(&self, now: Moment) -> impl Iterator<Item = (&String, &NatGateway)> {
        self.gateways.iter().filter(move |(id, _)| self.get(id, now).is_some())
    }
}

fn create_nat_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let token = form.optional("ClientToken");
    let replay = client_token::read(call, form)?;
    let subnet_id = form.required("SubnetId")?;
    let private = form.one_of("ConnectivityType", &["public", "private"])? == Some("private");
    form.one_of("AvailabilityMode", &["zonal"])?;
    let allocation_id = form.optional("AllocationId");
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = match replay {
        Replay::Old(ids) => ids.concat(),
        Replay::New(client_token) => {
            check(call, subnet_id, allocation_id, private)?;
            let id = make(call, subnet_id, allocation_id)?;
            call.ec2().tags.set(&id, tags);
            client_token.keep(call, vec![id.clone()]);
            id
        }
    };
    let look = Look::at(call);
    let gateway = look.state.nat_gateways.get(&id, look.now).ok_or_else(|| KIND.unknown(&id))?;
    xml.optional("clientToken", token);
    xml.element("natGateway", |xml| write(xml, look, &id, gateway));
    Ok(())
}

/// What CreateNatGateway refuses at once.
fn check(call: &mut Call<'_>, subnet_id: &str, allocation_id: Option<&str>, private: bool) -> Answer<()> {
    let (now, limit) = (call.now, quota::limit(call, quota::NAT_GATEWAYS));
    let state = call.ec2();
    let zone = &subnet::find(state, subnet_id, now)?.zone;
    match (allocation_id, private) {
        (Some(id), false) => address::find(state, id, now).map(|_| ())?,
        (None, true) => {}
        (None, false) => {
            return Err(Fault::new("MissingParameter", "The request must contain the parameter AllocationId"));
        }
        (Some(_), true) => {
            let text = "AllocationId cannot be specified for a private NAT gateway";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
    }
    let there = state.nat_gateways.all(now).filter(|(_, other)| other.zone_id == zone.id && other.counts(now));
    if there.count() >= limit {
        let text = format!("Performing this operation would exceed the limit of {limit} NAT gateways");
        return Err(Fault::new("NatGatewayLimitExceeded", text));
    }
    Ok(())
}

fn make(call: &mut Call<'_>, subnet_id: &str, allocation_id: Option<&str>) -> Answer<String> {
    let now = call.now;
    let subnet = subnet::find(call.ec2(), subnet_id, now)?.clone();
    let id = call.new_id("nat");
    let outcome = match start(call, &id, subnet_id, &subnet.vpc_id, allocation_id) {
        Ok((network_interface_id, association_id)) => match call.failure("CreateNatGateway") {
            Some(code) => fail(call, subnet_id, &subnet.vpc_id, allocation_id, &network_interface_id, code),
            None => {
                let at = call.done_after("CreateNatGateway", CREATE);
                Outcome::Available { at, network_interface_id, association_id }
            }
        },
        Err(Fault { code, message, .. }) => {
            Outcome::Failed { at: call.done_after("CreateNatGateway/failed", FAIL), code, message }
        }
    };
    let gateway = NatGateway {
        subnet_id: subnet_id.to_owned(),
        vpc_id: subnet.vpc_id,
        zone_id: subnet.zone.id,
        allocation_id: allocation_id.map(str::to_owned),
        created: now,
        outcome,
        deletion: None,
    };
    call.ec2().nat_gateways.gateways.insert(id.clone(), gateway);
    visibility::created(call, &id);
    Ok(id)
}

/// Takes an address of the subnet and the Elastic IP address; answers the network interface and the association. The
/// error is what the NAT gateway fails with later.
fn start(
    call: &mut Call<'_>,
    id: &str,
    subnet_id: &str,
    vpc_id: &str,
    allocation_id: Option<&str>,
) -> Answer<(String, Option<String>)> {
    let now = call.now;
    let state = call.ec2();
    if let Some(allocation_id) = allocation_id {
        if state.internet_gateways.of_vpc(vpc_id).is_none() {
            let text = format!("Network {vpc_id} has no Internet gateway attached");
            return Err(Fault::new("Gateway.NotAttached", text));
        }
        let address = state.addresses.get(allocation_id);
        if address.is_none_or(|address| address.association(now).is_some()) {
            let text = format!("Elastic IP address [{allocation_id}] is already associated");
            return Err(Fault::new("Resource.AlreadyAssociated", text));
        }
    }
    let specification = network_interface::Specification {
        subnet_id,
        interface_type: InterfaceType::NatGateway,
        description: format!("Interface for NAT Gateway {id}"),
        groups: Vec::new(),
    };
    let network_interface_id = network_interface::create(call, &specification)?;
    let association_id = allocation_id.map(|address| address::associate(call, address, &network_interface_id));
    Ok((network_interface_id, association_id))
}

/// Lets one fail that has taken its addresses. AWS leaves open how long it keeps them: here until a while after it failed,
/// so that whoever makes another one at once finds the Elastic IP address taken.
fn fail(
    call: &mut Call<'_>,
    subnet_id: &str,
    vpc_id: &str,
    allocation_id: Option<&str>,
    network_interface_id: &str,
    code: String,
) -> Outcome {
    let at = call.done_after("CreateNatGateway/failed", FAIL);
    let kept = call.done_after("CreateNatGateway/kept", FAIL).since(call.now);
    call.ec2().network_interfaces.release(network_interface_id, at.after(kept));
    if let Some(allocation_id) = allocation_id {
        address::disassociate(call, allocation_id, at.after(kept));
    }
    let address = allocation_id.unwrap_or_default();
    // The messages of API_NatGateway.
    let message = match code.as_str() {
        "InsufficientFreeAddressesInSubnet" => {
            "Subnet has insufficient free addresses to create this NAT gateway".to_owned()
        }
        "Gateway.NotAttached" => format!("Network {vpc_id} has no Internet gateway attached"),
        "InvalidAllocationID.NotFound" => {
            format!("Elastic IP address {address} could not be associated with this NAT gateway")
        }
        "Resource.AlreadyAssociated" => format!("Elastic IP address {address} is already associated"),
        "InvalidSubnetID.NotFound" => {
            format!("The specified subnet {subnet_id} does not exist or could not be found.")
        }
        _ => format!(
            "Network interface {network_interface_id}, created and used internally by this NAT gateway is in an \
             invalid state. Please try again."
        ),
    };
    Outcome::Failed { at, code, message }
}

fn delete_nat_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("NatGatewayId")?;
    form.finish()?;
    let now = call.now;
    let gateway = KIND.find(call.ec2(), id, now, |state| state.nat_gateways.get(id, now))?.clone();
    if gateway.state(now) == "deleted" {
        return Err(KIND.unknown(id));
    }
    if gateway.deletion.is_none() {
        let done = call.done_after("DeleteNatGateway", DELETE);
        if let Outcome::Available { network_interface_id, .. } = &gateway.outcome {
            call.ec2().network_interfaces.release(network_interface_id, done);
            if let Some(allocation_id) = &gateway.allocation_id {
                address::disassociate(call, allocation_id, done);
            }
        }
        if let Some(kept) = call.ec2().nat_gateways.gateways.get_mut(id) {
            kept.deletion = Some(Deletion { asked: now, done });
        }
    }
    xml.text("natGatewayId", id);
    Ok(())
}

fn describe_nat_gateways(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "NatGatewayId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.nat_gateways.all(look.now);
    let selection = describe.select(look.state, look.now, all, |id, gateway, name| {
        vec![match name {
            "nat-gateway-id" => id.to_owned(),
            "state" => gateway.state(look.now).to_owned(),
            "subnet-id" => gateway.subnet_id.clone(),
            "vpc-id" => gateway.vpc_id.clone(),
            _ => return Vec::new(),
        }]
    })?;
    selection.write(xml, "natGatewaySet", |xml, id, gateway| write(xml, look, id, gateway));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, gateway: &NatGateway) {
    let state = gateway.state(look.now);
    xml.text("natGatewayId", id).text("subnetId", &gateway.subnet_id).text("vpcId", &gateway.vpc_id);
    xml.text("state", state).text("createTime", gateway.created.iso8601());
    xml.optional("deleteTime", gateway.deletion.map(|deletion| deletion.asked.iso8601()));
    xml.text("connectivityType", if gateway.allocation_id.is_some() { "public" } else { "private" });
    xml.text("availabilityMode", "zonal");
    if let (Outcome::Failed { code, message, .. }, true) = (&gateway.outcome, state != "pending") {
        xml.text("failureCode", code).text("failureMessage", message);
    }
    xml.list("natGatewayAddressSet", [gateway], |item, gateway| write_address(item, look, gateway));
    tag::write(xml, look.state.tags.of(id));
}

fn write_address(xml: &mut Xml, look: Look<'_>, gateway: &NatGateway) {
    xml.optional("allocationId", gateway.allocation_id.as_deref()).text("isPrimary", true);
    if let Some(address) = gateway.allocation_id.as_deref().and_then(|id| look.state.addresses.get(id)) {
        xml.text("publicIp", address.public_ip);
    }
    match &gateway.outcome {
        Outcome::Failed { .. } => {
            xml.text("status", if gateway.state(look.now) == "pending" { "associating" } else { "failed" });
        }
        Outcome::Available { network_interface_id, association_id, .. } => {
            xml.text("networkInterfaceId", network_interface_id).optional("associationId", association_id.as_deref());
            if let Some(interface) = look.state.network_interfaces.get(network_interface_id, look.now) {
                xml.text("privateIp", interface.private_ip);
            }
            xml.text("status", if gateway.state(look.now) == "pending" { "associating" } else { "succeeded" });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn what_stands_in_the_way_is_told_later_as_a_failure() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let subnet =
            text(&bench.done(&format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/24")), "subnetId").to_owned();
        let address = text(&bench.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        let created = bench.done(&format!("Action=CreateNatGateway&SubnetId={subnet}&AllocationId={address}"));
        assert_eq!(text(&created, "state"), "pending");
        let described = bench.done("Action=DescribeNatGateways");
        assert_eq!(text(&described, "state"), "failed");
        assert_eq!(text(&described, "failureCode"), "Gateway.NotAttached");
        assert_eq!(text(&described, "failureMessage"), format!("Network {vpc} has no Internet gateway attached"));
        bench.advance(60 * 60 * 1000);
        assert!(texts(&bench.done("Action=DescribeNatGateways"), "natGatewayId").is_empty());
    }

    #[test]
    fn one_that_fails_keeps_its_address_for_a_while_and_can_be_deleted() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let address = text(&bench.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        let create = format!("Action=CreateNatGateway&SubnetId={subnet}&AllocationId={address}");
        bench.fail("CreateNatGateway", "InternalError");
        let nat = text(&bench.call(&create).unwrap(), "natGatewayId").to_owned();
        let describe = format!("Action=DescribeNatGateways&NatGatewayId.1={nat}");
        while bench.call(&describe).map_or(true, |seen| text(&seen, "state") == "pending") {
            bench.advance(1000);
        }
        let failed = bench.call(&describe).unwrap();
        assert_eq!((text(&failed, "state"), text(&failed, "failureCode")), ("failed", "InternalError"));
        let at_once = text(&bench.call(&create).unwrap(), "natGatewayId").to_owned();
        bench.done(&format!("Action=DeleteNatGateway&NatGatewayId={nat}"));
        bench.advance(300_000);
        assert_eq!(text(&bench.done(&describe), "state"), "deleted");
        let taken = bench.done(&format!("Action=DescribeNatGateways&NatGatewayId.1={at_once}"));
        assert_eq!(text(&taken, "failureCode"), "Resource.AlreadyAssociated");
        let second = text(&bench.done(&create), "natGatewayId").to_owned();
        bench.advance(300_000);
        let described = bench.done(&format!("Action=DescribeNatGateways&NatGatewayId.1={second}"));
        assert_eq!(text(&described, "state"), "available");
    }

    #[test]
    fn it_becomes_available_and_keeps_its_address_until_it_is_deleted() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let nat = bench.nat_gateway(&subnet);
        let describe = format!("Action=DescribeNatGateways&NatGatewayId.1={nat}");
        let described = bench.done(&describe);
        assert_eq!(text(&described, "state"), "available");
        let release = format!("Action=ReleaseAddress&AllocationId={}", text(&described, "allocationId"));
        assert_eq!(bench.code(&release), "InvalidIPAddress.InUse");
        let second =
            format!("Action=CreateNatGateway&SubnetId={subnet}&AllocationId={}", text(&described, "allocationId"));
        let second = text(&bench.done(&second), "natGatewayId").to_owned();
        let failed = bench.done(&format!("Action=DescribeNatGateways&NatGatewayId.1={second}"));
        assert_eq!(text(&failed, "failureCode"), "Resource.AlreadyAssociated");
        let delete_subnet = format!("Action=DeleteSubnet&SubnetId={subnet}");
        bench.call(&format!("Action=DeleteNatGateway&NatGatewayId={nat}")).unwrap();
        assert_eq!(text(&bench.call(&describe).unwrap(), "state"), "deleting");
        assert_eq!(bench.code(&delete_subnet), "DependencyViolation");
        bench.advance(300_000);
        assert_eq!(text(&bench.done(&describe), "state"), "deleted");
        bench.done(&release);
        bench.done(&delete_subnet);
    }

    #[test]
    fn a_client_token_makes_one_nat_gateway() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let address = text(&bench.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        let create = format!("Action=CreateNatGateway&SubnetId={subnet}&AllocationId={address}&ClientToken=once");
        let (first, again) = (bench.done(&create), bench.done(&create));
        assert_eq!(text(&first, "natGatewayId"), text(&again, "natGatewayId"));
        assert_eq!(bench.code(&format!("{create}&ConnectivityType=public")), "IdempotentParameterMismatch");
        assert_eq!(texts(&bench.done("Action=DescribeNatGateways"), "natGatewayId").len(), 1);
    }
}
