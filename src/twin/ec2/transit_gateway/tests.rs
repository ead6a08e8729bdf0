//! What transit gateways do across actions and accounts.

use crate::twin::ec2::test_support::{Bench, bench, text, texts};
use crate::twin::organizations::Account;
use crate::twin::ram;

const HUB: &str = "111111111111";
const SPOKE: &str = "222222222222";
const HOUR: u64 = 60 * 60 * 1000;

/// A hub that owns a transit gateway, and a spoke that sees it.
struct Network {
    bench: Bench,
    gateway: String,
}

impl Network {
    /// `options` as in `Options.AutoAcceptSharedAttachments=enable`.
    fn new(options: &str) -> Self {
        let mut bench = bench();
        let gateway =
            text(&bench.done(&format!("Action=CreateTransitGateway{options}")), "transitGatewayId").to_owned();
        let mut network = Self { bench, gateway };
        network.wait();
        network.share();
        network
    }

    /// Lets everything that is under way end.
    fn wait(&mut self) {
        self.bench.advance(HOUR);
    }

    fn as_account(&mut self, account: &str) -> &mut Bench {
        self.bench.account = account.to_owned();
        &mut self.bench
    }

    fn share(&mut self) {
        let (region, now) = (self.bench.region.clone(), self.bench.world.now);
        self.bench.world.organizations.add_account(Account::standalone(SPOKE, "spoke", "spoke@example.com", now));
        let association = |kind, entity: String| ram::Association {
            kind,
            entity,
            created: now,
            associated_from: now,
            effective_from: now,
            removal: None,
        };
        let arn = format!("arn:aws:ec2:{region}:{HUB}:transit-gateway/{}", self.gateway);
        let share = ram::Share {
            arn: String::from("share"),
            name: String::from("share"),
            owner: HUB.to_owned(),
            region,
            allow_external: true,
            tags: std::collections::BTreeMap::new(),
            created: now,
            updated: now,
            active_from: now,
            deletion: None,
            associations: vec![
                association(ram::Kind::Resource, arn),
                association(ram::Kind::Principal, SPOKE.to_owned()),
            ],
        };
        self.bench.world.ram.shares.insert(share.arn.clone(), share);
    }

    fn table(&mut self) -> String {
        let query = format!("Action=CreateTransitGatewayRouteTable&TransitGatewayId={}", self.gateway);
        let id = text(&self.as_account(HUB).done(&query), "transitGatewayRouteTableId").to_owned();
        self.wait();
        id
    }

    /// A VPC of an account with one subnet that holds a quarter of it, and its attachment just asked for: the VPC, the
    /// attachment, and the answer.
    fn attach(&mut self, account: &str, range: &str) -> (String, String, String) {
        let gateway = self.gateway.clone();
        let bench = self.as_account(account);
        let vpc = text(&bench.done(&format!("Action=CreateVpc&CidrBlock={range}")), "vpcId").to_owned();
        let part = range.replace("/16", "/18");
        let subnet = bench.done(&format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock={part}"));
        let subnet = text(&subnet, "subnetId");
        let query = format!(
            "Action=CreateTransitGatewayVpcAttachment&TransitGatewayId={gateway}&VpcId={vpc}&SubnetIds.1={subnet}"
        );
        let answer = bench.call(&query).unwrap();
        (vpc, text(&answer, "transitGatewayAttachmentId").to_owned(), answer)
    }

    /// The same, available.
    fn attached(&mut self, account: &str, range: &str) -> (String, String) {
        let (vpc, attachment, _) = self.attach(account, range);
        self.wait();
        (vpc, attachment)
    }

    /// An action on a route table and an attachment, by the hub.
    fn on(&mut self, action: &str, table: &str, attachment: &str) -> String {
        let answer = self.as_account(HUB).call(&pair(action, table, attachment)).unwrap();
        self.wait();
        answer
    }

    /// Destination, type and state of the routes that a search finds.
    fn search(&mut self, table: &str, filter: &str) -> Vec<String> {
        let query = format!("Action=SearchTransitGatewayRoutes&TransitGatewayRouteTableId={table}&{filter}");
        let answer = self.as_account(HUB).call(&query).unwrap();
        let destinations = texts(&answer, "destinationCidrBlock");
        let ends: Vec<&str> = answer.split("<type>").skip(1).collect();
        let short = |end: &str| end.split("</state>").next().unwrap_or_default().replace("</type><state>", " ");
        destinations.iter().zip(ends).map(|(destination, end)| format!("{destination} {}", short(end))).collect()
    }

    fn all(&mut self, table: &str) -> Vec<String> {
        self.search(table, "Filter.1.Name=type&Filter.1.Value.1=*")
    }
}

fn pair(action: &str, table: &str, attachment: &str) -> String {
    format!("Action={action}&TransitGatewayRouteTableId={table}&TransitGatewayAttachmentId={attachment}")
}

const NO_DEFAULTS: &str = "&Options.DefaultRouteTableAssociation=disable&Options.DefaultRouteTablePropagation=disable";

#[test]
fn a_shared_gateway_is_attached_once_its_owner_accepts() {
    let mut network = Network::new(NO_DEFAULTS);
    let (vpc, attachment, answer) = network.attach(SPOKE, "10.1.0.0/16");
    assert_eq!(text(&answer, "state"), "pendingAcceptance");
    let accept = format!("Action=AcceptTransitGatewayVpcAttachment&TransitGatewayAttachmentId={attachment}");
    assert_eq!(network.as_account(HUB).code(&accept), "InvalidTransitGatewayAttachmentID.NotFound");
    network.wait();
    assert_eq!(network.as_account(SPOKE).code(&accept), "UnauthorizedOperation");
    let interfaces = "Action=DescribeNetworkInterfaces";
    assert_eq!(texts(&network.as_account(SPOKE).call(interfaces).unwrap(), "networkInterfaceId").len(), 0);
    assert_eq!(text(&network.as_account(HUB).call(&accept).unwrap(), "state"), "pending");
    assert_eq!(texts(&network.as_account(SPOKE).call(interfaces).unwrap(), "networkInterfaceId").len(), 1);
    let attached = |network: &Network| {
        super::attached(&network.bench.world, SPOKE, "eu-west-1", &vpc, &network.gateway, network.bench.world.now)
    };
    assert!(!attached(&network));
    network.wait();
    assert!(attached(&network));
    assert_eq!(network.as_account(HUB).code(&accept), "IncorrectState");
}

#[test]
fn auto_accept_skips_the_owner_and_each_account_has_its_own_tags() {
    let mut network = Network::new(&format!("{NO_DEFAULTS}&Options.AutoAcceptSharedAttachments=enable"));
    let (vpc, attachment, answer) = network.attach(SPOKE, "10.1.0.0/16");
    assert_eq!(text(&answer, "state"), "pending");
    network.wait();
    let tag = format!("Action=CreateTags&ResourceId.1={attachment}&Tag.1.Key=Name&Tag.1.Value=spoke");
    network.as_account(SPOKE).done(&tag);
    let describe = format!("Action=DescribeTransitGatewayAttachments&Filter.1.Name=resource-id&Filter.1.Value.1={vpc}");
    let seen = network.as_account(SPOKE).call(&describe).unwrap();
    assert_eq!((text(&seen, "state"), text(&seen, "value")), ("available", "spoke"));
    let seen = network.as_account(HUB).call(&describe).unwrap();
    assert_eq!(text(&seen, "tagSet"), "");
    let seen = network.as_account(SPOKE).call("Action=DescribeTransitGatewayVpcAttachments").unwrap();
    let subnet = text(text(&seen, "subnetIds"), "item");
    let again = format!(
        "Action=CreateTransitGatewayVpcAttachment&TransitGatewayId={}&VpcId={vpc}&SubnetIds.1={subnet}",
        network.gateway
    );
    assert_eq!(network.as_account(SPOKE).code(&again), "DuplicateTransitGatewayAttachment");
}

#[test]
fn without_a_share_a_gateway_is_not_there() {
    let mut network = Network::new(NO_DEFAULTS);
    network.bench.world.ram.shares.clear();
    let describe = format!("Action=DescribeTransitGateways&TransitGatewayIds.1={}", network.gateway);
    assert_eq!(network.as_account(SPOKE).code(&describe), "InvalidTransitGatewayID.NotFound");
    assert!(network.as_account(HUB).call(&describe).is_ok());
    let attach = format!(
        "Action=CreateTransitGatewayVpcAttachment&TransitGatewayId={}&VpcId=vpc-00000000&SubnetIds.1=subnet-00000000",
        network.gateway
    );
    assert_eq!(network.as_account(SPOKE).code(&attach), "InvalidTransitGatewayID.NotFound");
}

#[test]
fn only_the_owner_has_route_tables() {
    let mut network = Network::new(NO_DEFAULTS);
    let table = network.table();
    let (_, attachment) = network.attached(HUB, "10.0.0.0/16");
    assert_eq!(
        network.as_account(SPOKE).code(&pair("AssociateTransitGatewayRouteTable", &table, &attachment)),
        "InvalidRouteTableID.NotFound"
    );
    let create = format!("Action=CreateTransitGatewayRouteTable&TransitGatewayId={}", network.gateway);
    assert_eq!(network.as_account(SPOKE).code(&create), "UnauthorizedOperation");
}

#[test]
fn an_attachment_has_one_association_and_one_propagation_per_table() {
    let mut network = Network::new(NO_DEFAULTS);
    let (table, other) = (network.table(), network.table());
    let (_, attachment, _) = network.attach(HUB, "10.0.0.0/16");
    network.bench.settle();
    for action in ["AssociateTransitGatewayRouteTable", "EnableTransitGatewayRouteTablePropagation"] {
        let fault = network.as_account(HUB).call(&pair(action, &table, &attachment)).unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.message),
            ("IncorrectState", format!("{attachment} is in invalid state"))
        );
    }
    network.wait();
    let answer = network.on("AssociateTransitGatewayRouteTable", &table, &attachment);
    assert_eq!(text(&answer, "state"), "associating");
    assert_eq!(
        network.as_account(HUB).code(&pair("AssociateTransitGatewayRouteTable", &other, &attachment)),
        "Resource.AlreadyAssociated"
    );
    network.on("EnableTransitGatewayRouteTablePropagation", &table, &attachment);
    network.on("EnableTransitGatewayRouteTablePropagation", &other, &attachment);
    assert_eq!(
        network.as_account(HUB).code(&pair("EnableTransitGatewayRouteTablePropagation", &table, &attachment)),
        "TransitGatewayRouteTablePropagation.Duplicate"
    );
    network.on("DisableTransitGatewayRouteTablePropagation", &table, &attachment);
    assert_eq!(
        network.as_account(HUB).code(&pair("DisableTransitGatewayRouteTablePropagation", &table, &attachment)),
        "TransitGatewayRouteTablePropagation.NotFound"
    );
    let left = format!("Action=GetTransitGatewayAttachmentPropagations&TransitGatewayAttachmentId={attachment}");
    let left = network.as_account(HUB).call(&left).unwrap();
    assert_eq!(texts(&left, "transitGatewayRouteTableId"), [other]);
}

#[test]
fn default_tables_take_every_new_attachment() {
    let mut network = Network::new("");
    let described = network.as_account(HUB).call("Action=DescribeTransitGateways").unwrap();
    let table = text(&described, "associationDefaultRouteTableId").to_owned();
    let other = network.table();
    let (vpc, attachment) = network.attached(HUB, "10.0.0.0/16");
    assert_eq!(network.all(&table), ["10.0.0.0/16 propagated active"]);
    assert_eq!(
        network.as_account(HUB).code(&pair("AssociateTransitGatewayRouteTable", &other, &attachment)),
        "Resource.AlreadyAssociated"
    );
    let associations = format!(
        "Action=GetTransitGatewayRouteTableAssociations&TransitGatewayRouteTableId={table}\
         &Filter.1.Name=resource-id&Filter.1.Value.1={vpc}"
    );
    assert_eq!(text(&network.as_account(HUB).call(&associations).unwrap(), "state"), "associated");
    let delete = format!("Action=DeleteTransitGatewayRouteTable&TransitGatewayRouteTableId={table}");
    assert_eq!(network.as_account(HUB).code(&delete), "IncorrectState");
}

#[test]
fn a_static_route_hides_the_propagated_one_until_it_is_deleted() {
    let mut network = Network::new(NO_DEFAULTS);
    let table = network.table();
    let (_, attachment) = network.attached(HUB, "10.0.0.0/16");
    network.on("EnableTransitGatewayRouteTablePropagation", &table, &attachment);
    let route = |action: &str, rest: &str| {
        format!("Action={action}&TransitGatewayRouteTableId={table}&DestinationCidrBlock={rest}")
    };
    let create = route("CreateTransitGatewayRoute", "10.0.0.0/16&Blackhole=true");
    assert_eq!(text(&network.as_account(HUB).call(&create).unwrap(), "state"), "pending");
    assert_eq!(network.as_account(HUB).code(&create), "RouteAlreadyExists");
    network.wait();
    let default = route("CreateTransitGatewayRoute", &format!("0.0.0.0/0&TransitGatewayAttachmentId={attachment}"));
    network.as_account(HUB).call(&default).unwrap();
    network.wait();
    assert_eq!(network.all(&table), ["0.0.0.0/0 static active", "10.0.0.0/16 static blackhole"]);
    let longest = "Filter.1.Name=route-search.longest-prefix-match&Filter.1.Value.1=";
    assert_eq!(network.search(&table, &format!("{longest}10.0.3.4")), ["10.0.0.0/16 static blackhole"]);
    assert_eq!(network.search(&table, &format!("{longest}10.1.0.0/24")), ["0.0.0.0/0 static active"]);
    let subnets = "Filter.1.Name=route-search.subnet-of-match&Filter.1.Value.1=10.0.0.0/8";
    assert_eq!(network.search(&table, subnets), ["10.0.0.0/16 static blackhole"]);
    network.as_account(HUB).call(&route("DeleteTransitGatewayRoute", "10.0.0.0/16")).unwrap();
    network.wait();
    let exact = "Filter.1.Name=route-search.exact-match&Filter.1.Value.1=10.0.0.0/16";
    assert_eq!(network.search(&table, exact), ["10.0.0.0/16 propagated active"]);
    assert_eq!(
        network.as_account(HUB).code(&route("DeleteTransitGatewayRoute", "10.0.0.0/16")),
        "InvalidRoute.NotFound"
    );
}

#[test]
fn overlapping_ranges_are_silently_not_propagated() {
    let mut network = Network::new("&Options.AutoAcceptSharedAttachments=enable");
    let described = network.as_account(HUB).call("Action=DescribeTransitGateways").unwrap();
    let table = text(&described, "propagationDefaultRouteTableId").to_owned();
    network.attached(HUB, "10.0.0.0/16");
    let (_, twin) = network.attached(SPOKE, "10.0.0.0/16");
    network.attached(SPOKE, "10.1.0.0/16");
    assert_eq!(network.all(&table), ["10.0.0.0/16 propagated active", "10.1.0.0/16 propagated active"]);
    let propagations = format!(
        "Action=GetTransitGatewayRouteTablePropagations&TransitGatewayRouteTableId={table}\
         &Filter.1.Name=transit-gateway-attachment-id&Filter.1.Value.1={twin}"
    );
    assert_eq!(text(&network.as_account(HUB).call(&propagations).unwrap(), "state"), "enabled");
    assert_eq!(
        network
            .search(&table, &format!("Filter.1.Name=attachment.transit-gateway-attachment-id&Filter.1.Value.1={twin}")),
        [""; 0]
    );
}

#[test]
fn things_are_deleted_in_their_order_and_stay_visible() {
    let mut network = Network::new(NO_DEFAULTS);
    let gateway = network.gateway.clone();
    let table = network.table();
    let (vpc, attachment) = network.attached(SPOKE, "10.0.0.0/16");
    let accept = format!("Action=AcceptTransitGatewayVpcAttachment&TransitGatewayAttachmentId={attachment}");
    network.as_account(HUB).call(&accept).unwrap();
    network.wait();
    network.on("AssociateTransitGatewayRouteTable", &table, &attachment);
    let route = format!("{}&DestinationCidrBlock=0.0.0.0/0", pair("CreateTransitGatewayRoute", &table, &attachment));
    network.as_account(HUB).call(&route).unwrap();
    network.wait();
    let delete_table = format!("Action=DeleteTransitGatewayRouteTable&TransitGatewayRouteTableId={table}");
    let delete_gateway = format!("Action=DeleteTransitGateway&TransitGatewayId={gateway}");
    assert_eq!(network.as_account(HUB).code(&delete_table), "IncorrectState");
    let fault = network.as_account(HUB).call(&delete_gateway).unwrap_err();
    assert_eq!(fault.message, format!("{gateway} has non-deleted Transit Gateway Attachments."));
    let delete = format!("Action=DeleteTransitGatewayVpcAttachment&TransitGatewayAttachmentId={attachment}");
    assert_eq!(text(&network.as_account(HUB).call(&delete).unwrap(), "state"), "deleting");
    assert_eq!(network.as_account(SPOKE).code(&delete), "IncorrectState");
    let subnet =
        network.as_account(SPOKE).call(&format!("Action=DescribeSubnets&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"));
    let delete_subnet = format!("Action=DeleteSubnet&SubnetId={}", text(&subnet.unwrap(), "subnetId"));
    assert_eq!(network.as_account(SPOKE).code(&delete_subnet), "DependencyViolation");
    network.wait();
    assert_eq!(network.all(&table), ["0.0.0.0/0 static blackhole"]);
    network.as_account(SPOKE).call(&delete_subnet).unwrap();
    let describe = "Action=DescribeTransitGatewayVpcAttachments";
    assert_eq!(text(&network.as_account(SPOKE).call(describe).unwrap(), "state"), "deleted");
    assert_eq!(network.as_account(SPOKE).code(&delete), "InvalidTransitGatewayAttachmentID.NotFound");
    assert_eq!(network.as_account(HUB).code(&delete_gateway), "IncorrectState");
    network.as_account(HUB).call(&delete_table).unwrap();
    network.wait();
    network.as_account(HUB).call(&delete_gateway).unwrap();
    network.bench.advance(3 * HOUR);
    for describe in [describe, "Action=DescribeTransitGateways", "Action=DescribeTransitGatewayRouteTables"] {
        assert_eq!(texts(&network.as_account(HUB).call(describe).unwrap(), "item"), [""; 0], "{describe}");
    }
    let tag = format!("Action=CreateTags&ResourceId.1={attachment}&Tag.1.Key=Name&Tag.1.Value=spoke");
    assert_eq!(network.as_account(SPOKE).code(&tag), "InvalidTransitGatewayAttachmentID.NotFound");
}

#[test]
fn subnets_are_one_per_zone_and_appliance_mode_can_be_turned_on() {
    let mut network = Network::new(NO_DEFAULTS);
    let gateway = network.gateway.clone();
    let bench = network.as_account(HUB);
    let vpc = text(&bench.done("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId").to_owned();
    let mut subnet = |part: &str, zone: &str| {
        let query = format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.{part}.0/28&AvailabilityZoneId={zone}");
        text(&bench.done(&query), "subnetId").to_owned()
    };
    let (one, same, two) = (subnet("0", "euw1-az1"), subnet("1", "euw1-az1"), subnet("2", "euw1-az2"));
    let create = format!(
        "Action=CreateTransitGatewayVpcAttachment&TransitGatewayId={gateway}&VpcId={vpc}&SubnetIds.1={one}&SubnetIds.2="
    );
    assert_eq!(network.as_account(HUB).code(&format!("{create}{same}")), "DuplicateSubnetsInSameZone");
    let created = network.as_account(HUB).call(&format!("{create}{two}")).unwrap();
    let attachment = text(&created, "transitGatewayAttachmentId").to_owned();
    network.wait();
    let modify =
        |rest: &str| format!("Action=ModifyTransitGatewayVpcAttachment&TransitGatewayAttachmentId={attachment}&{rest}");
    let replace = modify(&format!("RemoveSubnetIds.1={two}&Options.ApplianceModeSupport=enable"));
    let answer = network.as_account(HUB).call(&replace).unwrap();
    assert_eq!((text(&answer, "state"), text(&answer, "applianceModeSupport")), ("modifying", "enable"));
    assert_eq!(network.as_account(HUB).code(&replace), "IncorrectState");
    network.wait();
    let none = modify(&format!("RemoveSubnetIds.1={one}"));
    assert_eq!(network.as_account(HUB).code(&none), "InvalidParameterValue");
    let interfaces = network.as_account(HUB).call("Action=DescribeNetworkInterfaces").unwrap();
    assert_eq!(texts(&interfaces, "networkInterfaceId").len(), 1);
}

#[test]
fn a_rejected_attachment_can_be_asked_for_again_and_one_without_addresses_fails() {
    let mut network = Network::new(NO_DEFAULTS);
    let (vpc, attachment) = network.attached(SPOKE, "10.0.0.0/16");
    let delete_vpc = format!("Action=DeleteVpc&VpcId={vpc}");
    let on = |action: &str, id: &str| format!("Action={action}&TransitGatewayAttachmentId={id}");
    let seen = network.as_account(SPOKE).call("Action=DescribeTransitGatewayVpcAttachments").unwrap();
    let subnet = text(text(&seen, "subnetIds"), "item").to_owned();
    let answer = network.as_account(HUB).call(&on("RejectTransitGatewayVpcAttachment", &attachment)).unwrap();
    assert_eq!(text(&answer, "state"), "rejecting");
    network.wait();
    let seen = network.as_account(SPOKE).call("Action=DescribeTransitGatewayVpcAttachments").unwrap();
    assert_eq!(text(&seen, "state"), "rejected");
    let again = format!(
        "Action=CreateTransitGatewayVpcAttachment&TransitGatewayId={}&VpcId={vpc}&SubnetIds.1={subnet}",
        network.gateway
    );
    let second = network.as_account(SPOKE).call(&again).unwrap();
    let second = text(&second, "transitGatewayAttachmentId").to_owned();
    network.wait();
    // Nothing holds the subnet of an attachment that nobody has accepted.
    network.as_account(SPOKE).call(&format!("Action=DeleteSubnet&SubnetId={subnet}")).unwrap();
    assert_eq!(network.as_account(SPOKE).code(&delete_vpc), "DependencyViolation");
    let accept = on("AcceptTransitGatewayVpcAttachment", &second);
    assert_eq!(text(&network.as_account(HUB).call(&accept).unwrap(), "state"), "failing");
    network.wait();
    let seen = network.as_account(HUB).call("Action=DescribeTransitGatewayVpcAttachments").unwrap();
    assert_eq!(texts(&seen, "state"), ["failed"], "the rejected one is no longer shown");
    assert_eq!(network.as_account(SPOKE).code(&on("DeleteTransitGatewayVpcAttachment", &second)), "IncorrectState");
    network.as_account(SPOKE).call(&delete_vpc).unwrap();
}

#[test]
fn options_and_static_routes_can_be_changed() {
    let mut network = Network::new(NO_DEFAULTS);
    let table = network.table();
    let gateway = network.gateway.clone();
    let modify =
        format!("Action=ModifyTransitGateway&TransitGatewayId={gateway}&Options.DefaultRouteTableAssociation=enable");
    assert_eq!(network.as_account(HUB).code(&modify), "MissingParameter");
    assert_eq!(network.as_account(SPOKE).code(&modify), "UnauthorizedOperation");
    let modify = format!("{modify}&Options.AssociationDefaultRouteTableId={table}");
    assert_eq!(text(&network.as_account(HUB).call(&modify).unwrap(), "state"), "modifying");
    network.wait();
    let (_, attachment) = network.attached(HUB, "10.0.0.0/16");
    let described = network.as_account(HUB).call("Action=DescribeTransitGatewayAttachments").unwrap();
    assert_eq!(text(&described, "transitGatewayRouteTableId"), table);
    let route = |action: &str, target: &str| {
        format!("Action={action}&TransitGatewayRouteTableId={table}&DestinationCidrBlock=10.9.0.0/16&{target}")
    };
    let to_attachment = format!("TransitGatewayAttachmentId={attachment}");
    let hub = network.as_account(HUB);
    assert_eq!(hub.code(&route("ReplaceTransitGatewayRoute", &to_attachment)), "InvalidRoute.NotFound");
    assert_eq!(hub.code(&route("CreateTransitGatewayRoute", "Blackhole=false")), "MissingParameter");
    hub.call(&route("CreateTransitGatewayRoute", "Blackhole=true")).unwrap();
    network.wait();
    network.as_account(HUB).call(&route("ReplaceTransitGatewayRoute", &to_attachment)).unwrap();
    network.wait();
    assert_eq!(network.all(&table), ["10.9.0.0/16 static active"]);
}
