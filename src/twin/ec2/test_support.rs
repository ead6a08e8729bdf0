//! A world to call actions in, for the tests of all families.

use super::handler;
use crate::twin::faults;
use crate::twin::time::Moment;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::{Call, Caller, World};

/// A world, and who calls in it.
pub struct Bench {
    /// The world.
    pub world: World,
    /// The caller's account.
    pub account: String,
    /// The caller's region.
    pub region: String,
}

impl Bench {
    /// A new world of another seed.
    pub fn seeded(seed: u64) -> Self {
        let world = World::new(seed, Moment(1_800_000_000_000));
        Self { world, account: String::from("111111111111"), region: String::from("eu-west-1") }
    }

    /// Lets what an action begins next fail later with a code.
    pub fn fail(&mut self, action: &str, code: &str) {
        let kind = faults::Kind::FailsLater(code.to_owned());
        let rule = faults::Rule { kind, account: None, action: Some(action.to_owned()), from: 1, times: 1, seen: 0 };
        self.world.faults.rules.push(rule);
    }

    /// Lets time pass.
    pub fn advance(&mut self, milliseconds: u64) {
        self.world.now = self.world.now.after(milliseconds);
    }

    /// Lets the longest of EC2's visibility lags pass.
    pub fn settle(&mut self) {
        self.advance(super::visibility::LAG.max);
    }

    /// What an action answers, given as `Action=…&…`: the answer's children as text, or the fault.
    pub fn call(&mut self, query: &str) -> Result<String, Fault> {
        let form = Form::parse(query.as_bytes());
        let action = form.required("Action").expect("an action").to_owned();
        let _ = form.optional("Version");
        let handler = handler(&action).unwrap_or_else(|| panic!("no action {action}"));
        let now = self.world.now;
        let caller = Caller {
            account: self.account.clone(),
            arn: format!("arn:aws:iam::{}:root", self.account),
            assumed: false,
            region: self.region.clone(),
        };
        let mut xml = Xml::new();
        handler(&mut Call { world: &mut self.world, caller, now }, &form, &mut xml)?;
        form.finish()?;
        Ok(xml.document(&format!("{action}Response"), "http://ec2.amazonaws.com/doc/2016-11-15/"))
    }

    /// What an action answers, once the world has settled.
    pub fn done(&mut self, query: &str) -> String {
        let answer = self.call(query).unwrap_or_else(|fault| panic!("{query}: {fault:?}"));
        self.settle();
        answer
    }

    /// A new VPC's id.
    pub fn vpc(&mut self, cidr: &str) -> String {
        text(&self.done(&format!("Action=CreateVpc&CidrBlock={cidr}")), "vpcId").to_owned()
    }

    /// The ids of a new VPC `10.0.0.0/16` with an internet gateway, and of its subnet `10.0.0.0/28`.
    pub fn public_subnet(&mut self) -> (String, String) {
        let vpc = self.vpc("10.0.0.0/16");
        let igw = text(&self.done("Action=CreateInternetGateway"), "internetGatewayId").to_owned();
        self.done(&format!("Action=AttachInternetGateway&InternetGatewayId={igw}&VpcId={vpc}"));
        let subnet = self.done(&format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/28"));
        (vpc, text(&subnet, "subnetId").to_owned())
    }

    /// The internet gateway of a VPC.
    pub fn internet_gateway_of(&mut self, vpc: &str) -> String {
        let query = format!("Action=DescribeInternetGateways&Filter.1.Name=attachment.vpc-id&Filter.1.Value.1={vpc}");
        text(&self.done(&query), "internetGatewayId").to_owned()
    }

    /// The id of a new NAT gateway with a new address, once it is available.
    pub fn nat_gateway(&mut self, subnet: &str) -> String {
        let address = text(&self.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        let created = self.done(&format!("Action=CreateNatGateway&SubnetId={subnet}&AllocationId={address}"));
        self.advance(300_000);
        text(&created, "natGatewayId").to_owned()
    }

    /// A new route table's id.
    pub fn route_table(&mut self, vpc: &str) -> String {
        text(&self.done(&format!("Action=CreateRouteTable&VpcId={vpc}")), "routeTableId").to_owned()
    }

    /// A new security group's id.
    pub fn security_group(&mut self, vpc: &str, name: &str) -> String {
        let query = format!("Action=CreateSecurityGroup&GroupName={name}&GroupDescription=test&VpcId={vpc}");
        text(&self.done(&query), "groupId").to_owned()
    }

    /// The error code that an action answers.
    pub fn code(&mut self, query: &str) -> String {
        match self.call(query) {
            Ok(answer) => panic!("{query} answered {answer}"),
            Err(fault) => fault.code,
        }
    }
}

/// A new world with an account in `eu-west-1`.
pub fn bench() -> Bench {
    Bench::seeded(7)
}

/// The text of the first element of a name.
pub fn text<'a>(xml: &'a str, element: &str) -> &'a str {
    texts(xml, element).first().copied().unwrap_or_else(|| panic!("no {element} in {xml}"))
}

/// The texts of all elements of a name, in their order.
pub fn texts<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
}
