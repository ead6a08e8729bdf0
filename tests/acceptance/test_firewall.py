"""The twin's Network Firewall and CloudWatch Logs, by boto3 and AWS CLI, held against AWS's own service models."""
import time
import unittest

import botocore.exceptions
import lz

RULE = 'pass tls 10.1.0.0/16 any -> any 443 (tls.sni; content:"{domain}"; metadata:lz a.b; sid:{sid};)'
GROUP = {"Type": "STATEFUL", "RuleGroupName": "workloads"}
LOGS = "/lz/firewall"
# Every action of both services that the twin has.
CALLED = {
    "network-firewall." + action for action in (
        "AssociateFirewallPolicy AssociateSubnets CreateFirewall CreateFirewallPolicy CreateRuleGroup DeleteFirewall "
        "DeleteFirewallPolicy DeleteRuleGroup DescribeFirewall DescribeFirewallMetadata DescribeFirewallPolicy "
        "DescribeLoggingConfiguration DescribeRuleGroup DescribeRuleGroupMetadata DisassociateSubnets "
        "ListFirewallPolicies ListFirewalls ListRuleGroups ListTagsForResource TagResource UntagResource "
        "UpdateFirewallDeleteProtection UpdateFirewallDescription UpdateFirewallPolicy "
        "UpdateFirewallPolicyChangeProtection UpdateLoggingConfiguration UpdateRuleGroup UpdateSubnetChangeProtection"
    ).split()
} | {
    "logs." + action for action in (
        "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeLogGroups ListTagsForResource PutRetentionPolicy "
        "TagResource UntagResource"
    ).split()
}


def rules(*domains):
    text = "\n".join(RULE.format(domain=domain, sid=sid) for sid, domain in enumerate(domains, 1))
    return {"RulesSource": {"RulesString": text}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}}


def policy(*groups):
    return {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": [{"ResourceArn": arn, "Priority": 100 * n} for n, arn in enumerate(groups, 1)],
        "StatefulDefaultActions": ["aws:drop_established", "aws:alert_established"],
        "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "REJECT"},
        "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}},
    }


def logging(*types):
    return {"LogDestinationConfigs": [
        {"LogType": one, "LogDestinationType": "CloudWatchLogs", "LogDestination": {"logGroup": LOGS}} for one in types
    ]}


class Firewall(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twin = lz.ServedTwin(seed=5)
        cls.addClassCleanup(cls.twin.stop)
        cls.proxy = lz.Wirecheck(cls.twin)
        cls.addClassCleanup(cls.proxy.stop)
        cls.aws = cls.twin.aws(cls.proxy.url)
        cls.firewalls, cls.logs = cls.aws.client("network-firewall"), cls.aws.client("logs")
        cls.ec2 = cls.aws.client("ec2")

    def eventually(self, call, *codes, **arguments):
        """What a call answers, once the twin's AWS has come so far that it is not refused with one of these codes."""
        end = time.monotonic() + 30
        while True:
            try:
                return call(**arguments)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in codes or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def until_ready(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            told = self.eventually(self.firewalls.describe_firewall, "ResourceNotFoundException", FirewallName="f")
            if told["FirewallStatus"]["Status"] == "READY":
                return told
            time.sleep(0.2)
        self.fail(f"not ready: {told}")

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            call(**arguments)
        self.assertEqual(raised.exception.response["Error"]["Code"], code)
        return raised.exception.response["Error"]["Message"]

    def test_a_firewalls_whole_life_keeps_to_the_service_models(self):
        subnets = self.ec2.describe_subnets()["Subnets"]
        self.make(subnets)
        told = self.until_ready()
        endpoints = {
            zone: state["Attachment"]["EndpointId"] for zone, state in told["FirewallStatus"]["SyncStates"].items()
        }
        self.assertEqual(set(endpoints), {subnet["AvailabilityZone"] for subnet in subnets[:2]})
        self.by_cli(endpoints)
        self.change(subnets)
        self.remove(subnets, endpoints)
        report = self.proxy.report()
        self.assertEqual(report["findings"], [])
        self.assertEqual(CALLED - set(report["calls"]), set())

    def make(self, subnets):
        firewalls, logs = self.firewalls, self.logs
        logs.create_log_group(logGroupName=LOGS, tags={"lz:zone": "acme"})
        self.eventually(logs.put_retention_policy, "ResourceNotFoundException", logGroupName=LOGS, retentionInDays=30)
        tags = [{"Key": "lz:zone", "Value": "acme"}]
        group = firewalls.create_rule_group(**GROUP, Capacity=10, RuleGroup=rules("a.example"), Tags=tags)
        arn = group["RuleGroupResponse"]["RuleGroupArn"]
        self.refused("InvalidRequestException", firewalls.create_rule_group, **GROUP, Capacity=10, Rules="nonsense")
        made = firewalls.create_firewall_policy(FirewallPolicyName="p", FirewallPolicy=policy(arn), Tags=tags)
        firewalls.create_firewall(
            FirewallName="f", FirewallPolicyArn=made["FirewallPolicyResponse"]["FirewallPolicyArn"],
            VpcId=subnets[0]["VpcId"], SubnetMappings=[{"SubnetId": subnet["SubnetId"]} for subnet in subnets[:2]],
            DeleteProtection=True, SubnetChangeProtection=True, FirewallPolicyChangeProtection=True, Tags=tags,
            Description="all that leaves",
        )

    def by_cli(self, endpoints):
        cli = self.aws.cli
        [listed] = cli("network-firewall", "list-firewalls")["Firewalls"]
        metadata = cli("network-firewall", "describe-firewall-metadata", "--firewall-arn", listed["FirewallArn"])
        self.assertEqual(set(metadata["SupportedAvailabilityZones"]), set(endpoints))
        tags = cli("network-firewall", "list-tags-for-resource", "--resource-arn", listed["FirewallArn"])["Tags"]
        self.assertEqual(tags, [{"Key": "lz:zone", "Value": "acme"}])
        [group] = cli("logs", "describe-log-groups", "--log-group-name-prefix", "/lz/")["logGroups"]
        self.assertEqual((group["logGroupName"], group["retentionInDays"]), (LOGS, 30))
        arn = group["logGroupArn"]
        self.assertEqual(cli("logs", "list-tags-for-resource", "--resource-arn", arn)["tags"], {"lz:zone": "acme"})
        cli("logs", "tag-resource", "--resource-arn", arn, "--tags", "more=tags")
        cli("logs", "untag-resource", "--resource-arn", arn, "--tag-keys", "more")
        managed = self.ec2.describe_vpc_endpoints(VpcEndpointIds=list(endpoints.values()))["VpcEndpoints"]
        self.assertEqual({(one["VpcEndpointType"], one["RequesterManaged"]) for one in managed},
                         {("GatewayLoadBalancer", True)})

    def change(self, subnets):
        firewalls = self.firewalls
        told = firewalls.describe_rule_group(**GROUP)
        token = told["UpdateToken"]
        changed = firewalls.update_rule_group(**GROUP, UpdateToken=token, RuleGroup=rules("a.example", "b.example"))
        self.assertEqual(changed["RuleGroupResponse"]["ConsumedCapacity"], 2)
        self.refused("InvalidTokenException", firewalls.update_rule_group, **GROUP, UpdateToken=token, RuleGroup=rules("c"))
        self.assertEqual(firewalls.describe_rule_group_metadata(**GROUP)["Capacity"], 10)
        arn = told["RuleGroupResponse"]["RuleGroupArn"]
        firewalls.tag_resource(ResourceArn=arn, Tags=[{"Key": "more", "Value": "tags"}])
        firewalls.untag_resource(ResourceArn=arn, TagKeys=["more"])
        token = firewalls.describe_firewall_policy(FirewallPolicyName="p")["UpdateToken"]
        firewalls.update_firewall_policy(FirewallPolicyName="p", UpdateToken=token, FirewallPolicy=policy(arn))
        other = firewalls.create_firewall_policy(FirewallPolicyName="q", FirewallPolicy=policy(arn))
        other = other["FirewallPolicyResponse"]["FirewallPolicyArn"]
        associate = {"FirewallName": "f", "FirewallPolicyArn": other}
        self.refused("InvalidOperationException", firewalls.associate_firewall_policy, **associate)
        firewalls.update_firewall_policy_change_protection(FirewallName="f", FirewallPolicyChangeProtection=False)
        firewalls.associate_firewall_policy(**associate)
        firewalls.update_firewall_description(FirewallName="f", Description="other")
        firewalls.update_subnet_change_protection(FirewallName="f", SubnetChangeProtection=False)
        firewalls.associate_subnets(FirewallName="f", SubnetMappings=[{"SubnetId": subnets[2]["SubnetId"]}])
        firewalls.disassociate_subnets(FirewallName="f", SubnetIds=[subnets[2]["SubnetId"]])
        both = {"FirewallName": "f", "LoggingConfiguration": logging("ALERT", "FLOW")}
        self.refused("InvalidRequestException", firewalls.update_logging_configuration, **both)
        firewalls.update_logging_configuration(FirewallName="f", LoggingConfiguration=logging("ALERT"))
        firewalls.update_logging_configuration(**both)
        self.assertEqual(
            firewalls.describe_logging_configuration(FirewallName="f")["LoggingConfiguration"],
            both["LoggingConfiguration"],
        )

    def remove(self, subnets, endpoints):
        firewalls = self.firewalls
        delete = {"FirewallName": "f"}
        self.refused("InvalidOperationException", firewalls.delete_firewall, **delete)
        firewalls.update_firewall_delete_protection(FirewallName="f", DeleteProtection=False)
        table = self.ec2.create_route_table(VpcId=subnets[0]["VpcId"])["RouteTable"]["RouteTableId"]
        route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
        endpoint = min(endpoints.values())
        self.eventually(self.ec2.create_route, "InvalidRouteTableID.NotFound", VpcEndpointId=endpoint, **route)
        self.assertIn(endpoint, self.refused("InvalidRequestException", firewalls.delete_firewall, **delete))
        self.ec2.delete_route(**route)
        message = self.refused("InvalidRequestException", firewalls.delete_firewall, **delete)
        self.assertEqual(message, "Cannot delete firewall with a logging configuration")
        for left in (["FLOW"], []):
            firewalls.update_logging_configuration(FirewallName="f", LoggingConfiguration=logging(*left))
        firewalls.delete_firewall(**delete)
        for name in ("p", "q"):
            self.eventually(firewalls.delete_firewall_policy, "InvalidOperationException", FirewallPolicyName=name)
        self.eventually(firewalls.delete_rule_group, "InvalidOperationException", **GROUP)
        self.assertEqual(firewalls.list_firewalls()["Firewalls"], [])
        self.assertLessEqual(len(firewalls.list_firewall_policies()["FirewallPolicies"]), 1)
        self.assertLessEqual(len(firewalls.list_rule_groups()["RuleGroups"]), 1)
        self.logs.delete_retention_policy(logGroupName=LOGS)
        self.logs.delete_log_group(logGroupName=LOGS)


if __name__ == "__main__":
    unittest.main()
