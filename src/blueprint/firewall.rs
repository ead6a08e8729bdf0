//! A VPC's firewall: its rule groups, policy, endpoints and logs, and the rules that workloads have in it.

use std::collections::BTreeSet;

use super::ExpandError;
use super::addresses::{FirewallAddresses, NetworkAddresses};
use super::expansion::{Expansion, Placement, scope_of};
use super::network::NetworkContext;
use crate::firewall::{Action, AddressMatch, Condition, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol};
use crate::graph::{Address, Ref};
use crate::kinds;
use crate::kinds::firewall::name_prefix;
use crate::kinds::firewall_policy::STRICT_ORDER;
use crate::values::{Cidr, DomainName, PortRange};
use crate::zone::firewall::{FIRST_WORKLOAD_SID, first_sid};
use crate::zone::{EgressAddress, EgressProtocol, Firewall, Network, Purpose, StreamExceptions, Tier, Zone};

/// The signature id of the one rule that a workloads' group has of its own: above those of any supernet.
const OWN_SID: u32 = 2 * FIRST_WORKLOAD_SID;

/// How many characters the name of a rule group may have (Network Firewall's CreateRuleGroup, `RuleGroupName`).
const LONGEST_NAME: usize = 128;

/// Adds what a VPC's firewall consists of; nothing where it has none.
pub(super) fn expand(expansion: &mut Expansion<'_>, context: &NetworkContext<'_>) -> Result<(), ExpandError> {
    let Some(firewall) = &context.network.firewall else { return Ok(()) };
    let tier = endpoint_tier(context.network)?;
    let parts = Parts { context, firewall, tier, addresses: context.addresses.firewall() };
    let groups = parts.groups(expansion)?;
    parts.policy(expansion, groups)?;
    parts.firewall(expansion)?;
    parts.logging(expansion)?;
    parts.workload_rules(expansion)
}

/// The tier that holds the endpoints of a VPC's firewall.
pub(super) fn endpoint_tier(network: &Network) -> Result<&Tier, ExpandError> {
    let missing = || ExpandError::NoFirewallTier { network: network.name.clone() };
    network.tiers.values().find(|tier| tier.firewall && network.firewall.is_some()).ok_or_else(missing)
}

/// The rules in the zone's firewall that let a VPC's packets pass, where it has some: they are there before it is
/// connected, so that no workload comes up cut off.
pub(super) fn rules_of(zone: &Zone, network: &Network) -> Option<Address> {
    let behind = zone.networks.values().find(|other| other.firewall.is_some())?;
    has_rules(zone, network).then(|| NetworkAddresses::of(&behind.name).firewall().workload_rules(&network.name))
}

fn has_rules(zone: &Zone, network: &Network) -> bool {
    let account = zone.accounts.get(&network.name.account);
    network.attachment.is_some()
        && account.is_some_and(|one| matches!(one.purpose, Purpose::Workload { .. }) && one.egress.rules() > 0)
}

/// A firewall with what every part of it needs to know.
struct Parts<'context> {
    context: &'context NetworkContext<'context>,
    firewall: &'context Firewall,
    tier: &'context Tier,
    addresses: FirewallAddresses,
}

impl Parts<'_> {
    /// The rule groups, by their priorities: what the files forbid is forbidden whatever a workload lists.
    fn groups(&self, expansion: &mut Expansion<'_>) -> Result<Vec<Ref<kinds::FirewallRuleGroup>>, ExpandError> {
        let mut groups = Vec::new();
        for file in &self.firewall.rule_files {
            let capacity = self.firewall.rule_capacity;
            let address = self.addresses.file_group(&file.name, capacity);
            groups.push(self.group(
                expansion,
                address,
                &format!("rules-{}", file.name),
                capacity,
                file.rules.clone(),
            )?);
        }
        for segment in &self.firewall.segments {
            let capacity = self.firewall.workload_capacity;
            let address = self.addresses.workload_group(segment, capacity);
            let stem = format!("workloads-{segment}");
            groups.push(self.group(expansion, address, &stem, capacity, own_rule().to_string())?);
        }
        Ok(groups)
    }

    fn group(
        &self,
        expansion: &mut Expansion<'_>,
        address: Address,
        stem: &str,
        capacity: u32,
        rules: String,
    ) -> Result<Ref<kinds::FirewallRuleGroup>, ExpandError> {
        let name = format!("{}-{stem}-{capacity}", self.name(expansion.zone));
        if name.len() > LONGEST_NAME {
            return Err(ExpandError::NameTooLong { name, most: LONGEST_NAME });
        }
        let reference = Ref::to(&address);
        expansion.add(&self.context.placement, address, kinds::FirewallRuleGroup { name, capacity, rules }, [])?;
        Ok(reference)
    }

    fn policy(
        &self,
        expansion: &mut Expansion<'_>,
        rule_groups: Vec<Ref<kinds::FirewallRuleGroup>>,
    ) -> Result<(), ExpandError> {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<BTreeSet<_>>();
        let policy = kinds::FirewallPolicy {
            name: self.name(expansion.zone),
            rule_groups,
            home_net: self.firewall.home_net.clone(),
            stateless_default_actions: words(&["aws:forward_to_sfe"]),
            stateless_fragment_default_actions: words(&["aws:forward_to_sfe"]),
            // A rule about a domain can decide only once the handshake is done, which `aws:drop_strict` would not let
            // through (Network Firewall guide, "Evaluation order for stateful rule groups").
            stateful_default_actions: words(&["aws:drop_established", "aws:alert_established"]),
            stream_exception_policy: match self.firewall.stream_exceptions {
                StreamExceptions::Drop => "DROP",
                StreamExceptions::Continue => "CONTINUE",
                StreamExceptions::Reject => "REJECT",
            }
            .to_owned(),
            rule_order: STRICT_ORDER.to_owned(),
        };
        expansion.add(&self.context.placement, self.addresses.policy(), policy, [])
    }

    fn name(&self, zone: &Zone) -> String {
        format!("{}{}", name_prefix(&zone.name), self.context.network.name.network)
    }

    fn firewall(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let address = self.addresses.firewall();
        let firewall = kinds::Firewall {
            name: self.name(expansion.zone),
            policy: Ref::to(&self.addresses.policy()),
            vpc: self.context.vpc(),
            subnets: self.context.subnets(self.tier),
            delete_protection: self.firewall.delete_protection,
            subnet_change_protection: self.firewall.subnet_change_protection,
            policy_change_protection: self.firewall.policy_change_protection,
        };
        expansion.add(&self.context.placement, address.clone(), firewall, [])?;
        for subnet in &self.tier.subnets {
            let zone = &subnet.availability_zone;
            let endpoint = kinds::FirewallEndpoint {
                firewall: Ref::to(&address),
                subnet: Ref::to(&self.context.addresses.subnet(&self.tier.name, zone)),
            };
            expansion.add(&self.context.placement, self.addresses.endpoint(zone), endpoint, [])?;
        }
        Ok(())
    }

    fn logging(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let prefix = kinds::LogGroup::prefix(&expansion.zone.name);
        for log in [ALERT, FLOW] {
            let name = format!("{prefix}{}/firewall/{log}", self.context.network.name.network);
            let group = kinds::LogGroup { name, retention_days: self.firewall.log_retention_days };
            expansion.add(&self.context.placement, self.addresses.log(log), group, [])?;
        }
        let logging = kinds::FirewallLogging {
            firewall: Ref::to(&self.addresses.firewall()),
            alert: Some(Ref::to(&self.addresses.log(ALERT))),
            flow: Some(Ref::to(&self.addresses.log(FLOW))),
        };
        expansion.add(&self.context.placement, self.addresses.logging(), logging, [])
    }

    /// The rules of every attached workload, in the group of its segment. They are in the firewall's account, and undone
    /// with the workload.
    fn workload_rules(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let zone = expansion.zone;
        for network in zone.networks.values().filter(|network| has_rules(zone, network)) {
            let account = zone.accounts.get(&network.name.account);
            let account = account.ok_or_else(|| ExpandError::UnknownAccount(network.name.account.clone()))?;
            let Purpose::Workload { segment: Some(segment) } = &account.purpose else { continue };
            if !self.firewall.segments.contains(segment) {
                let (network, segment) = (network.name.clone(), segment.clone());
                return Err(ExpandError::UnknownSegment { network, segment });
            }
            let rules = Author { network, next_sid: first_sid(network.cidr, zone.addresses.workloads) };
            let rules = kinds::FirewallWorkloadRules {
                group: Ref::to(&self.addresses.workload_group(segment, self.firewall.workload_capacity)),
                workload: network.name.joined(),
                rules: rules.write(&account.egress.domains, &account.egress.addresses),
            };
            let owner = &self.context.network.name.account;
            let placement = Placement::account(zone, owner, scope_of(zone, &network.name)?);
            expansion.add(&placement, self.addresses.workload_rules(&network.name), rules, [])?;
        }
        Ok(())
    }
}

const ALERT: &str = "alert";
const FLOW: &str = "flow";

/// What keeps a workloads' group from being empty, which AWS refuses.
fn own_rule() -> Rule {
    let nowhere = AddressMatch::Range(Cidr::TEST_NET);
    Rule {
        action: Action::Alert,
        sid: OWN_SID,
        message: Some("never matches; AWS takes no empty group".to_owned()),
        ..rule(RuleProtocol::Ip, nowhere.clone(), nowhere)
    }
}

/// A rule that lets everything of a protocol pass from one place to another.
fn rule(protocol: RuleProtocol, source: AddressMatch, destination: AddressMatch) -> Rule {
    Rule {
        action: Action::Pass,
        protocol,
        source,
        source_ports: PortMatch::Any,
        both_directions: false,
        destination,
        destination_ports: PortMatch::Any,
        sid: 0,
        message: None,
        metadata: Vec::new(),
        conditions: Vec::new(),
        line: 0,
    }
}

/// Writes the rules of one VPC.
struct Author<'zone> {
    network: &'zone Network,
    next_sid: u32,
}

impl Author<'_> {
    fn write(mut self, domains: &BTreeSet<DomainName>, addresses: &BTreeSet<EgressAddress>) -> Vec<String> {
        let mut rules = Vec::new();
        for domain in domains {
            for (protocol, place, port) in
                [(RuleProtocol::Tls, DomainPlace::TlsServerName, 443), (RuleProtocol::Http, DomainPlace::HttpHost, 80)]
            {
                // A name is the client's to choose, so that it opens the way out of the zone only.
                let outside = AddressMatch::Variable("EXTERNAL_NET".to_owned());
                let condition = Condition::Domain { place, pattern: pattern(domain) };
                let rule = Rule {
                    destination_ports: PortMatch::Range(port..=port),
                    conditions: vec![condition],
                    ..rule(protocol, self.source(), outside)
                };
                rules.push(self.sign(rule, domain));
            }
        }
        for address in addresses {
            let (protocol, ports) = match &address.protocol {
                EgressProtocol::Tcp(ports) => (RuleProtocol::Tcp, port_match(ports)),
                EgressProtocol::Udp(ports) => (RuleProtocol::Udp, port_match(ports)),
                EgressProtocol::Icmp => (RuleProtocol::Icmp, PortMatch::Any),
            };
            let rule =
                Rule { destination_ports: ports, ..rule(protocol, self.source(), AddressMatch::Range(address.to)) };
            rules.push(self.sign(rule, address.to));
        }
        rules
    }

    fn source(&self) -> AddressMatch {
        AddressMatch::Range(self.network.cidr)
    }

    /// Says whose a rule is, and to what.
    fn sign(&mut self, rule: Rule, to: impl std::fmt::Display) -> String {
        let sid = self.next_sid;
        self.next_sid += 1;
        let message = Some(format!("{} to {to}", self.network.name));
        let metadata = vec![format!("lz {}", self.network.name.joined())];
        Rule { sid, message, metadata, ..rule }.to_string()
    }
}

fn pattern(domain: &DomainName) -> DomainPattern {
    match domain.includes_subdomains() {
        true => DomainPattern::Suffix(domain.name().to_owned()),
        false => DomainPattern::Exact(domain.name().to_owned()),
    }
}

fn port_match(ports: &BTreeSet<PortRange>) -> PortMatch {
    let mut ranges: Vec<PortMatch> = ports.iter().map(|range| PortMatch::Range(range.first()..=range.last())).collect();
    match (ranges.pop(), ranges.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            ranges.push(last);
            PortMatch::Group(ranges)
        }
        (None, _) => PortMatch::Any,
    }
}
