//! The rules of Network Firewall, seen from outside.

use serde_json::{Value, json};

use crate::twin::front::Twin;
use crate::twin::testing::{Client, text};
use crate::twin::wire::Reply;

mod firewall;
mod rules;

/// Longer than it takes until every call sees what is new.
const SETTLED: u64 = 61;
/// Longer than a firewall takes to be made.
const MADE: u64 = 1_801;
/// Longer than a change of rules takes to reach every endpoint.
const SYNCED: u64 = 901;
/// Longer than a firewall takes to go.
const GONE: u64 = 2_701;
/// Longer than AWS takes to notice that nothing uses a policy or rule group any more.
const FREE: u64 = 616;

const RULE: &str = "pass tls 10.1.0.0/16 any -> any 443 (tls.sni; content:\"a.example\"; sid:1;)";

type Refused = (String, String);

/// A client with what a firewall needs.
struct Bench {
    client: Client,
    vpc: String,
    /// In two zones.
    subnets: Vec<String>,
    table: String,
}

fn bench() -> Bench {
    let client = Client::management(&Twin::new(3));
    let mut bench = Bench { client, vpc: String::new(), subnets: Vec::new(), table: String::new() };
    bench.vpc = text(&bench.ec2(&[("Action", "CreateVpc"), ("CidrBlock", "10.9.0.0/24")]), "vpcId");
    let vpc = bench.vpc.clone();
    for (zone, block) in [("euw1-az1", "10.9.0.0/28"), ("euw1-az2", "10.9.0.16/28")] {
        let request = [("Action", "CreateSubnet"), ("VpcId", &vpc), ("CidrBlock", block), ("AvailabilityZoneId", zone)];
        let subnet = text(&bench.ec2(&request), "subnetId");
        bench.subnets.push(subnet);
    }
    bench.table = text(&bench.ec2(&[("Action", "CreateRouteTable"), ("VpcId", &vpc)]), "routeTableId");
    bench
}

impl Bench {
    fn reply(&self, parameters: &[(&str, &str)]) -> Reply {
        self.client.form("ec2", parameters)
    }

    /// What EC2 answers, once the world has settled.
    fn ec2(&mut self, parameters: &[(&str, &str)]) -> String {
        let reply = self.reply(parameters);
        assert_eq!(reply.status, 200, "{parameters:?}: {}", reply.body);
        self.client.wait(SETTLED);
        reply.body
    }

    /// What EC2 refuses a request with.
    fn ec2_code(&self, parameters: &[(&str, &str)]) -> String {
        text(&self.reply(parameters).body, "Code")
    }

    fn call(&mut self, action: &str, members: Value) -> Result<Value, Refused> {
        self.client.wait(1).firewall(action, &members)
    }

    /// What an action answers, once the world has settled.
    fn done(&mut self, action: &str, members: Value) -> Value {
        let answer = self.call(action, members).unwrap_or_else(|refused| panic!("{action}: {refused:?}"));
        self.client.wait(SETTLED);
        answer
    }

    fn refused(&mut self, action: &str, members: Value) -> Refused {
        self.call(action, members).expect_err(action)
    }

    fn code(&mut self, action: &str, members: Value) -> String {
        self.refused(action, members).0
    }

    /// The ARN of a new rule group in strict order.
    fn rule_group(&mut self, name: &str, rules: &str, capacity: u32) -> String {
        let made = self.done("CreateRuleGroup", group(name, rules, capacity));
        made["RuleGroupResponse"]["RuleGroupArn"].as_str().unwrap().to_owned()
    }

    /// The ARN of a new policy in strict order.
    fn policy(&mut self, name: &str, groups: &[String]) -> String {
        let request = json!({"FirewallPolicyName": name, "FirewallPolicy": policy(groups)});
        let made = self.done("CreateFirewallPolicy", request);
        made["FirewallPolicyResponse"]["FirewallPolicyArn"].as_str().unwrap().to_owned()
    }

    /// A new firewall in the first `zones` subnets, with a policy `p` and a rule group `g`, before it is ready.
    fn firewall(&mut self, zones: usize) -> Value {
        let group = self.rule_group("g", RULE, 10);
        let policy = self.policy("p", &[group]);
        let mappings: Vec<Value> = self.subnets.iter().take(zones).map(|subnet| json!({"SubnetId": subnet})).collect();
        let request = json!({
            "FirewallName": "f", "FirewallPolicyArn": policy, "VpcId": self.vpc, "SubnetMappings": mappings,
        });
        self.call("CreateFirewall", request).unwrap()
    }

    fn described(&mut self) -> Value {
        self.call("DescribeFirewall", json!({"FirewallName": "f"})).unwrap()
    }

    fn status(&mut self) -> String {
        self.described()["FirewallStatus"]["Status"].as_str().unwrap().to_owned()
    }

    /// The endpoint in a subnet, once the firewall is ready.
    fn endpoint(&mut self, subnet: &str) -> String {
        let states = self.described()["FirewallStatus"]["SyncStates"].clone();
        let attachments = states.as_object().unwrap().values().map(|state| &state["Attachment"]);
        let own = attachments.filter(|one| one["SubnetId"] == subnet).map(|one| one["EndpointId"].as_str());
        own.flatten().next().unwrap().to_owned()
    }

    fn token(&mut self, action: &str, members: Value) -> String {
        self.done(action, members)["UpdateToken"].as_str().unwrap().to_owned()
    }
}

fn document(rules: &str) -> Value {
    json!({"RulesSource": {"RulesString": rules}, "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}})
}

fn group(name: &str, rules: &str, capacity: u32) -> Value {
    json!({"RuleGroupName": name, "Type": "STATEFUL", "Capacity": capacity, "RuleGroup": document(rules)})
}

fn policy(groups: &[String]) -> Value {
    let references: Vec<Value> =
        (1..).zip(groups).map(|(place, group)| json!({"ResourceArn": group, "Priority": place * 100})).collect();
    json!({
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": references,
        "StatefulDefaultActions": ["aws:drop_established", "aws:alert_established"],
        "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "REJECT"},
        "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}},
    })
}
