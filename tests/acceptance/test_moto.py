"""An emulator that is not ours: a single-account zone applied to moto, after which a second plan is empty.

`MotoDeparts` names where moto 5.2.1 departs from AWS, on the plain `moto_server`. The zone runs against the server of
`moto_corrected.py`, which corrects what would make a second plan meaningless; MOTO.md says which departure is which.
"""
import sys
import unittest
from collections import Counter

import botocore.config
import botocore.exceptions
import botocore.parsers

import lz
import reference


# The blueprints of the VPCs that are not named like theirs.
BLUEPRINTS = {"egress": "egress-uninspected"}


def moto(*command):
    port = lz.free_port()
    command = [sys.executable, *command, "-H", "127.0.0.1", "-p", port]
    return lz.Started(command, port, env=lz.environment())


def client_of(server):
    return lz.Aws(server.url, "testing", "testing")


def single_account_zone():
    zone = lz.Zone()
    zone.replace("lz.toml", 'layout = "organization"', 'layout = "single-account"')
    zone.without_firewall()
    return zone


class Moto(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = moto(lz.HERE / "moto_corrected.py")
        cls.addClassCleanup(cls.server.stop)
        cls.aws = client_of(cls.server)
        cls.zone = single_account_zone()
        cls.env = lz.environment(
            AWS_ENDPOINT_URL=cls.server.url, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
            AWS_REGION=lz.REGION, LZ_TIME_SCALE=lz.SPEED,
        )
        cls.bootstrap = cls.lz("bootstrap", "--yes", "--output", "json").json
        cls.onboard = cls.lz("onboard-workload", "--all", "--yes", "--output", "json").json

    @classmethod
    def lz(cls, *arguments, status=0):
        return cls.zone.expect(status, *arguments, env=cls.env)

    def test_everything_was_applied(self):
        self.assertEqual((self.bootstrap["outcome"], self.onboard["outcome"]), ("applied", "applied"))
        outcomes = {one["scope"]: one["outcome"] for one in self.bootstrap["scopes"] + self.onboard["scopes"]}
        self.assertEqual(outcomes, dict.fromkeys({"hub"} | reference.WORKLOADS, "applied"))

    def test_a_second_plan_is_empty(self):
        document = self.lz("plan", "--detailed-exitcode", "--output", "json").json
        self.assertEqual(document["changes"], [])
        self.assertGreater(document["summary"]["unchanged"], 100)

    def test_moto_holds_what_the_architecture_says(self):
        of_zone = lz.tagged("acme")
        vpcs = self.aws.every("ec2", "describe_vpcs", "Vpcs", Filters=of_zone)
        self.assertEqual({tuple(lz.tags(vpc)["lz:address"].split("/")[:2]) for vpc in vpcs}, reference.NETWORKS)
        subnets = self.aws.every("ec2", "describe_subnets", "Subnets", Filters=of_zone)
        tiers = Counter(tuple(lz.tags(subnet)["lz:address"].split("/")[1:3]) for subnet in subnets)
        copies = {"container": len(reference.WORKLOADS), "ingress": 1, "egress": 1}
        self.assertEqual(tiers, {
            (blueprint, tier): copies[blueprint] * len(reference.ZONE_IDS)
            for blueprint in copies for tier in reference.VPC_ROUTES[BLUEPRINTS.get(blueprint, blueprint)]
        })
        attachments = self.aws.every("ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments")
        self.assertEqual({one["VpcId"] for one in attachments}, {vpc["VpcId"] for vpc in vpcs})
        tables = self.aws.every("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables")
        names = {lz.tags(one)["lz:address"].split("/")[-2] for one in tables if not one["DefaultAssociationRouteTable"]}
        self.assertEqual(names, set(reference.TRANSIT_GATEWAY_TABLES["segmented"]))

    def test_z_a_deleted_route_is_found_and_put_back(self):
        table = "networking/egress/public/az1/route-table"
        [found] = self.aws.every("ec2", "describe_route_tables", "RouteTables", Filters=lz.tagged(table, "lz:address"))
        self.aws.client("ec2").delete_route(
            RouteTableId=found["RouteTableId"], DestinationCidrBlock=reference.WORKLOADS_RANGE)
        [change] = self.lz("plan", "--detailed-exitcode", "--output", "json", status=4).json["changes"]
        self.assertEqual(
            (change["address"], change["action"]), ("networking/egress/public/az1/routes/10.32.0.0-11", "create"))
        self.lz("bootstrap", "--yes")
        self.lz("plan", "--detailed-exitcode")


class MotoDeparts(unittest.TestCase):
    """Where moto departs from AWS. A test that fails here means that moto has changed: look whether `moto_corrected.py`
    still needs what it stands for."""

    @classmethod
    def setUpClass(cls):
        cls.server = moto("-c", "import moto.server; moto.server.main()")
        cls.addClassCleanup(cls.server.stop)
        cls.ec2 = ec2 = client_of(cls.server).client("ec2")
        cls.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]
        subnet = ec2.create_subnet(
            VpcId=cls.vpc["VpcId"], CidrBlock="10.0.0.0/28", AvailabilityZoneId="euw1-az1")["Subnet"]
        options = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
        cls.gateway = ec2.create_transit_gateway(Options=options)["TransitGateway"]
        tags = [{"ResourceType": "transit-gateway-attachment", "Tags": [{"Key": "name", "Value": "value"}]}]
        cls.attachment = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=cls.gateway["TransitGatewayId"], VpcId=cls.vpc["VpcId"], SubnetIds=[subnet["SubnetId"]],
            TagSpecifications=tags,
        )["TransitGatewayVpcAttachment"]
        table = ec2.create_transit_gateway_route_table(TransitGatewayId=cls.gateway["TransitGatewayId"])
        cls.table = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]}
        cls.pair = {**cls.table, "TransitGatewayAttachmentId": cls.attachment["TransitGatewayAttachmentId"]}
        ec2.associate_transit_gateway_route_table(**cls.pair)
        ec2.enable_transit_gateway_route_table_propagation(**cls.pair)

    # Corrected in moto_corrected.py.

    def test_search_transit_gateway_routes_fails_when_a_limit_is_given(self):
        with self.assertRaises(botocore.parsers.ResponseParserError):
            self.search("static", MaxResults=1000)

    def test_a_static_route_does_not_say_where_it_leads(self):
        self.ec2.create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", **self.pair)
        [route] = self.search("static")
        self.assertEqual(route["TransitGatewayAttachments"], [])

    def test_an_attachment_is_created_without_its_tags(self):
        [attachment] = self.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
        self.assertEqual(attachment.get("Tags", []), [])

    def test_a_disabled_default_table_takes_every_attachment(self):
        default = self.gateway["Options"]["AssociationDefaultRouteTableId"]
        answer = self.ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=default)
        self.assertEqual(
            [one["TransitGatewayAttachmentId"] for one in answer["Associations"]],
            [self.pair["TransitGatewayAttachmentId"]],
        )

    def test_a_gateway_endpoint_claims_private_dns(self):
        endpoint = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc["VpcId"], ServiceName="com.amazonaws.eu-west-1.s3", VpcEndpointType="Gateway")
        self.assertTrue(endpoint["VpcEndpoint"]["PrivateDnsEnabled"])

    def test_policies_and_rule_groups_of_network_firewall_are_unknown(self):
        aws = client_of(self.server)
        aws.CONFIG = botocore.config.Config(retries={"total_max_attempts": 1})
        firewalls = aws.client("network-firewall")
        for listing in (firewalls.list_firewall_policies, firewalls.list_rule_groups):
            with self.assertRaises(botocore.exceptions.ClientError) as raised:
                listing()
            self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)

    def test_interfaces_are_not_found_by_their_public_addresses(self):
        self.ec2.create_network_interface(SubnetId=self.attachment["SubnetIds"][0])
        self.assert_unanswered(
            "describe_network_interfaces", Filters=[{"Name": "addresses.association.public-ip", "Values": ["*"]}])

    def test_policy_tables_are_unknown(self):
        self.assert_unanswered("describe_transit_gateway_policy_tables")

    def assert_unanswered(self, operation, **parameters):
        aws = client_of(self.server)
        aws.CONFIG = botocore.config.Config(retries={"total_max_attempts": 1})
        with self.assertRaises((botocore.exceptions.ClientError, botocore.parsers.ResponseParserError)):
            getattr(aws.client("ec2"), operation)(**parameters)

    # Left as they are: lz copes with them.

    def test_everything_settles_at_once(self):
        self.assertEqual((self.gateway["State"], self.attachment["State"]), ("available", "available"))

    def test_a_gateway_without_default_tables_has_one(self):
        tables = self.ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
        self.assertEqual([one["DefaultAssociationRouteTable"] for one in tables], [True, False])

    def test_propagated_routes_are_not_shown(self):
        self.assertEqual(self.search("propagated"), [])

    def test_the_default_security_group_lets_nothing_in(self):
        groups = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc["VpcId"]]}])
        self.assertEqual(groups["SecurityGroups"][0]["IpPermissions"], [])

    def test_the_first_subnet_made_by_zone_id_gives_public_addresses(self):
        [subnet] = self.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc["VpcId"]]}])["Subnets"]
        self.assertEqual((subnet["DefaultForAz"], subnet["MapPublicIpOnLaunch"]), (True, True))

    def test_a_vpc_endpoint_is_not_found_by_its_id_in_a_filter(self):
        with self.assertRaises(botocore.parsers.ResponseParserError):
            self.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": ["vpce-1"]}])

    def test_route_tables_of_a_gateway_ignore_a_filter_by_tag(self):
        answer = self.ec2.describe_transit_gateway_route_tables(Filters=[{"Name": "tag:name", "Values": ["nobody"]}])
        self.assertEqual(len(answer["TransitGatewayRouteTables"]), 2)

    def search(self, kind, **more):
        filters = [{"Name": "type", "Values": [kind]}]
        return self.ec2.search_transit_gateway_routes(Filters=filters, **self.table, **more)["Routes"]


if __name__ == "__main__":
    unittest.main()
