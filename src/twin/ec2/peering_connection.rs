//! VPC peering connections, within a region.
//!
//! A connection is kept with the account that has asked for it; both accounts see it.
//!
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, cidr, tag, visibility, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AcceptVpcPeeringConnection", accept),
    ("CreateVpcPeeringConnection", create),
    ("DeleteVpcPeeringConnection", delete),
    ("DescribeVpcPeeringConnections", describe),
];

/// Peering connections.
pub const KIND: Kind = Kind {
    prefix: "pcx-",
    resource_type: "vpc-peering-connection",
    not_found: "InvalidVpcPeeringConnectionID.NotFound",
    not_found_message: "The vpcPeeringConnection ID '{}' does not exist",
    malformed: "InvalidVpcPeeringConnectionId.Malformed",
    exists: |state, id, now| state.peering_connections.connections.get(id).is_some_and(|one| one.shown(now)),
};

const FILTERS: &[&str] =
    &["accepter-vpc-info.vpc-id", "requester-vpc-info.vpc-id", "status-code", "tag", "vpc-peering-connection-id"];

/// How long a new connection is `initiating-request`, and an accepted one `provisioning`: the twin's own.
const CHANGE: Duration = Duration::seconds(1, 4, 20);

/// How long a deleted one is shown to who has deleted it, in milliseconds: two hours, as the lifecycle has it.
const SHOWN_AFTER_END: u64 = 2 * 60 * 60 * 1000;

/// The peering connections that one account has asked for in one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    connections: BTreeMap<String, PeeringConnection>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PeeringConnection {
    requester: Side,
    accepter: Side,
    /// When it is no longer `initiating-request`.
    asked: Moment,
    /// When it is active, once it was accepted.
    active: Option<Moment>,
    /// When it was deleted.
    deleted: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Side {
    account: String,
    vpc_id: String,
    cidr: Ipv4Net,
}

impl PeeringConnection {
    fn status(&self, now: Moment) -> &'static str {
        match (self.deleted, self.active) {
            (Some(_), _) => "deleted",
            (None, Some(active)) if now < active => "provisioning",
            (None, Some(_)) => "active",
            (None, None) if now < self.asked => "initiating-request",
            (None, None) => "pending-acceptance",
        }
    }

    fn shown(&self, now: Moment) -> bool {
        self.deleted.is_none_or(|deleted| now.since(deleted) <= SHOWN_AFTER_END)
    }

    fn is_of(&self, account: &str) -> bool {
        self.requester.account == account || self.accepter.account == account
    }
}

impl State {
    /// True where a VPC of the account has one that was not deleted.
    #[must_use]
    pub fn any_in_vpc(&self, vpc_id: &str) -> bool {
        let mut there = self.connections.values().filter(|one| one.deleted.is_none());
        there.any(|one| one.requester.vpc_id == vpc_id || one.accepter.vpc_id == vpc_id)
    }
}

/// All connections that the caller sees, each with the account that has asked for it.
fn seen<'a>(look: Look<'a>) -> impl Iterator<Item = (&'a String, &'a PeeringConnection)> {
    look.world
        .ec2_in(look.region)
        .flat_map(|(_, state)| &state.peering_connections.connections)
        .filter(move |(_, one)| one.is_of(look.account) && one.shown(look.now))
}

/// The status of a connection that one of the caller's VPCs is a side of.
#[must_use]
pub fn of_vpc(look: Look<'_>, id: &str, vpc_id: &str) -> Option<&'static str> {
    let (_, connection) = seen(look).find(|(other, _)| *other == id)?;
    let is_side = connection.requester.vpc_id == vpc_id || connection.accepter.vpc_id == vpc_id;
    is_side.then(|| connection.status(look.now))
}

/// A connection that the caller sees.
fn find(call: &mut Call<'_>, id: &str) -> Answer<PeeringConnection> {
    KIND.check(id)?;
    let look = Look::at(call);
    let found = seen(look).find(|(other, _)| *other == id && look.state.visibility.sees(id, look.now));
    found.map(|(_, one)| one.clone()).ok_or_else(|| KIND.unknown(id))
}

fn keep(call: &mut Call<'_>, id: &str, connection: PeeringConnection) {
    let owner = call.world.ec2(&connection.requester.account, &call.caller.region);
    owner.peering_connections.connections.insert(id.to_owned(), connection);
}

fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (vpc_id, peer_vpc) = (form.required("VpcId")?, form.required("PeerVpcId")?);
    let peer_account = form.optional("PeerOwnerId").unwrap_or(&call.caller.account).to_owned();
    let peer_region = form.optional("PeerRegion").unwrap_or(&call.caller.region).to_owned();
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    if peer_region != call.caller.region {
        return Err(Fault::new("UnsupportedOperation", "Peering between regions is not supported"));
    }
    let (account, now) = (call.caller.account.clone(), call.now);
    let own = vpc::find(call.ec2(), vpc_id, now)?.cidr;
    let peer = call.world.ec2_of(&peer_account, &peer_region).and_then(|state| state.vpcs.get(peer_vpc));
    let peer = peer.ok_or_else(|| vpc::KIND.unknown(peer_vpc))?.cidr;
    if cidr::overlap(own, peer) {
        // AWS takes the request and lets it fail; the twin says so at once.
        let text = format!("The CIDR blocks of {vpc_id} and {peer_vpc} overlap");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let connection = PeeringConnection {
        requester: Side { account, vpc_id: vpc_id.to_owned(), cidr: own },
        accepter: Side { account: peer_account, vpc_id: peer_vpc.to_owned(), cidr: peer },
        asked: call.done_after("CreateVpcPeeringConnection", CHANGE),
        active: None,
        deleted: None,
    };
    let id = call.new_id("pcx");
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    keep(call, &id, connection.clone());
    answer(call, xml, &id, &connection);
    Ok(())
}

fn accept(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcPeeringConnectionId")?;
    form.finish()?;
    let mut connection = find(call, id)?;
    if connection.accepter.account != call.caller.account {
        let text = format!("User {} cannot accept peering {id}", call.caller.account);
        return Err(Fault::new("OperationNotPermitted", text));
    }
    if connection.status(call.now) != "pending-acceptance" {
        let text = format!("{id} is not in the state pending-acceptance");
        return Err(Fault::new("InvalidStateTransition", text));
    }
    connection.active = Some(call.done_after("AcceptVpcPeeringConnection", CHANGE));
    keep(call, id, connection.clone());
    answer(call, xml, id, &connection);
    Ok(())
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcPeeringConnectionId")?;
    form.finish()?;
    let mut connection = find(call, id)?;
    if connection.deleted.is_some() {
        let text = format!("{id} is deleted already");
        return Err(Fault::new("InvalidStateTransition", text));
    }
    connection.deleted = Some(call.now);
    keep(call, id, connection);
    xml.text("return", true);
    Ok(())
}

fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "VpcPeeringConnectionId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let selection = describe.select(look.state, look.now, seen(look), |id, one, name| {
        vec![match name {
            "accepter-vpc-info.vpc-id" => one.accepter.vpc_id.clone(),
            "requester-vpc-info.vpc-id" => one.requester.vpc_id.clone(),
            "status-code" => one.status(look.now).to_owned(),
            "vpc-peering-connection-id" => id.to_owned(),
            _ => return Vec::new(),
        }]
    })?;
    selection.write(xml, "vpcPeeringConnectionSet", |xml, id, one| write(xml, look, id, one));
    Ok(())
}

fn answer(call: &mut Call<'_>, xml: &mut Xml, id: &str, connection: &PeeringConnection) {
    let look = Look::at(call);
    xml.element("vpcPeeringConnection", |xml| write(xml, look, id, connection));
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, connection: &PeeringConnection) {
    xml.text("vpcPeeringConnectionId", id);
    for (name, side) in [("requesterVpcInfo", &connection.requester), ("accepterVpcInfo", &connection.accepter)] {
        xml.element(name, |xml| {
            xml.text("ownerId", &side.account).text("vpcId", &side.vpc_id).text("cidrBlock", side.cidr);
            xml.text("region", look.region);
        });
    }
    xml.element("status", |xml| {
        let code = connection.status(look.now);
        xml.text("code", code).text("message", code);
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn a_connection_is_asked_for_accepted_and_deleted() {
        let mut bench = bench();
        let (one, other) = (bench.vpc("10.0.0.0/16"), bench.vpc("10.1.0.0/16"));
        let create = format!("Action=CreateVpcPeeringConnection&VpcId={one}&PeerVpcId={other}");
        let created = bench.call(&create).unwrap();
        let id = text(&created, "vpcPeeringConnectionId").to_owned();
        let accept = format!("Action=AcceptVpcPeeringConnection&VpcPeeringConnectionId={id}");
        bench.advance(60_000);
        bench.done(&accept);
        assert_eq!(bench.code(&accept), "InvalidStateTransition");
        let describe = "Action=DescribeVpcPeeringConnections&Filter.1.Name=status-code&Filter.1.Value.1=active";
        assert_eq!(texts(&bench.done(describe), "vpcPeeringConnectionId"), [&id]);
        assert_eq!(bench.code(&format!("Action=DeleteVpc&VpcId={one}")), "DependencyViolation");
        let delete = format!("Action=DeleteVpcPeeringConnection&VpcPeeringConnectionId={id}");
        bench.done(&delete);
        assert_eq!(bench.code(&delete), "InvalidStateTransition");
        bench.done(&format!("Action=DeleteVpc&VpcId={one}"));
        let same = format!("Action=CreateVpcPeeringConnection&VpcId={other}&PeerVpcId={other}");
        assert_eq!(bench.code(&same), "InvalidParameterValue");
    }

    #[test]
    fn only_the_two_accounts_see_it_and_only_the_asked_one_accepts() {
        let mut bench = bench();
        let mine = bench.vpc("10.0.0.0/16");
        bench.account = String::from("222222222222");
        let theirs = bench.vpc("10.1.0.0/16");
        bench.account = String::from("111111111111");
        let create =
            format!("Action=CreateVpcPeeringConnection&VpcId={mine}&PeerVpcId={theirs}&PeerOwnerId=222222222222");
        let id = text(&bench.done(&create), "vpcPeeringConnectionId").to_owned();
        let accept = format!("Action=AcceptVpcPeeringConnection&VpcPeeringConnectionId={id}");
        assert_eq!(bench.code(&accept), "OperationNotPermitted");
        bench.account = String::from("333333333333");
        assert_eq!(bench.code(&accept), "InvalidVpcPeeringConnectionID.NotFound");
        bench.account = String::from("222222222222");
        bench.done(&accept);
    }
}
