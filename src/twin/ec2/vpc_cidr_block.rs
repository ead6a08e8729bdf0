//! Further addresses of VPCs.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{Actions, cidr, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[("AssociateVpcCidrBlock", associate), ("DisassociateVpcCidrBlock", disassociate)];

/// How long associating takes, and its end: the twin's own.
const CHANGE: Duration = Duration::seconds(2, 8, 30);

/// How many blocks a VPC has at most, the first included.
const MOST: usize = 5;

/// That a VPC has further addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The addresses.
    pub cidr: Ipv4Net,
    /// When it is no longer `associating`.
    associated: Moment,
    /// When it is gone, once somebody asked for that.
    gone: Option<Moment>,
}

impl Association {
    /// True unless it is gone at this moment.
    #[must_use]
    pub fn is_there(&self, now: Moment) -> bool {
        self.gone.is_none_or(|gone| now < gone)
    }

    /// What AWS calls its state.
    #[must_use]
    pub fn state(&self, now: Moment) -> &'static str {
        match self.gone {
            Some(_) => "disassociating",
            None if now < self.associated => "associating",
            None => "associated",
        }
    }
}

/// Writes an association.
pub fn write(xml: &mut Xml, id: &str, cidr: Ipv4Net, state: &str) {
    xml.text("associationId", id).text("cidrBlock", cidr).element("cidrBlockState", |xml| {
        xml.text("state", state);
    });
}

fn associate(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (vpc_id, text) = (form.required("VpcId")?, form.required("CidrBlock")?);
    let block = vpc::read_cidr(text)?;
    form.finish()?;
    let associated = call.done_after("AssociateVpcCidrBlock", CHANGE);
    let (now, id) = (call.now, call.new_id("vpc-cidr-assoc"));
    let state = call.ec2();
    let ranges: Vec<Ipv4Net> = vpc::find(state, vpc_id, now)?.ranges(now).collect();
    if ranges.iter().any(|other| cidr::overlap(*other, block)) {
        return Err(Fault::new("CidrConflict", format!("The CIDR '{text}' conflicts with another CIDR of {vpc_id}")));
    }
    if ranges.len() >= MOST {
        let text = format!("The maximum number of CIDR blocks of VPC '{vpc_id}' has been reached.");
        return Err(Fault::new("VpcCidrBlockLimitExceeded", text));
    }
    let association = Association { cidr: block, associated, gone: None };
    xml.text("vpcId", vpc_id).element("cidrBlockAssociation", |xml| write(xml, &id, block, association.state(now)));
    if let Some(vpc) = state.vpcs.get_mut(vpc_id) {
        vpc.further.insert(id, association);
    }
    Ok(())
}

fn disassociate(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("AssociationId")?;
    form.finish()?;
    let gone = call.done_after("DisassociateVpcCidrBlock", CHANGE);
    let now = call.now;
    let state = call.ec2();
    if state.vpcs.all().any(|(_, vpc)| vpc.cidr_association_id == id) {
        return Err(Fault::new("OperationNotPermitted", format!("{id} is the primary CIDR block of its VPC")));
    }
    let holder = state.vpcs.all().find_map(|(vpc_id, vpc)| {
        let association = vpc.further.get(id).filter(|one| one.is_there(now))?;
        Some((vpc_id.clone(), association.cidr))
    });
    let unknown = || {
        let text = format!("The vpc CIDR block with association ID {id} does not exist");
        Fault::new("InvalidVpcCidrBlockAssociationID.NotFound", text)
    };
    let (vpc_id, cidr) = holder.ok_or_else(unknown)?;
    if state.subnets.in_vpc(&vpc_id).any(|(_, subnet)| cidr.contains(&subnet.cidr)) {
        let text = format!("The vpc {vpc_id} currently has a subnet within CIDR block {cidr}");
        return Err(Fault::new("InvalidCidrBlock.InUse", text));
    }
    if let Some(association) = state.vpcs.get_mut(&vpc_id).and_then(|vpc| vpc.further.get_mut(id)) {
        association.gone = Some(gone);
        xml.text("vpcId", &vpc_id).element("cidrBlockAssociation", |xml| write(xml, id, cidr, association.state(now)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn a_further_block_has_local_routes_and_subnets() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let associate = |cidr: &str| format!("Action=AssociateVpcCidrBlock&VpcId={vpc}&CidrBlock={cidr}");
        assert_eq!(bench.code(&associate("10.0.1.0/24")), "CidrConflict");
        let done = bench.done(&associate("100.64.0.0/16"));
        let id = text(&done, "associationId").to_owned();
        let table = bench.route_table(&vpc);
        let routes = bench.done(&format!("Action=DescribeRouteTables&RouteTableId.1={table}"));
        assert_eq!(texts(&routes, "destinationCidrBlock"), ["10.0.0.0/16", "100.64.0.0/16"]);
        let subnet = bench.done(&format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=100.64.0.0/24"));
        let disassociate = format!("Action=DisassociateVpcCidrBlock&AssociationId={id}");
        assert_eq!(bench.code(&disassociate), "InvalidCidrBlock.InUse");
        bench.done(&format!("Action=DeleteSubnet&SubnetId={}", text(&subnet, "subnetId")));
        bench.done(&disassociate);
        bench.advance(60_000);
        assert_eq!(bench.code(&disassociate), "InvalidVpcCidrBlockAssociationID.NotFound");
        let described = bench.done(&format!("Action=DescribeVpcs&VpcId.1={vpc}"));
        assert_eq!(
            bench.code(&format!("Action=DisassociateVpcCidrBlock&AssociationId={}", text(&described, "associationId"))),
            "OperationNotPermitted"
        );
    }
}
