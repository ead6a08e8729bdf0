//! Firewalls of Network Firewall.

use std::collections::BTreeSet;

use aws_sdk_networkfirewall::operation::describe_firewall::DescribeFirewallOutput;
use aws_sdk_networkfirewall::types::{
    Attachment, AttachmentStatus, ConfigurationSyncState, Firewall as Described, FirewallStatusValue, SubnetMapping,
};

use super::answer::{Answer, found, gone};
use super::fields::with_fields;
use super::tag::{firewall_tags, tags_of_firewall};
use super::view::{DESCRIBE_FIREWALL, describe_firewall, sync_states};
use super::{
    Calls, Failure, FindingRule, FirewallPolicy, Identity, Kind, Observed, SecurityHubType, Specification, State,
    Subnet, Tagging, Task, Timing, View, Vpc, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::{Label, Severity};

with_fields! {
    /// A firewall in a VPC, with an endpoint in each of its subnets.
    pub struct Firewall with FirewallField {
        /// Its name, which begins with [`name_prefix`].
        #[immutable]
        pub name: String,
        /// What it does with packets.
        pub policy: Ref<FirewallPolicy>,
        /// The VPC that it is in.
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// The subnets that hold its endpoints, one for each Availability Zone.
        pub subnets: BTreeSet<Ref<Subnet>>,
        /// True where AWS refuses to delete it. lz lifts this for a deletion that is planned.
        pub delete_protection: bool,
        /// True where AWS refuses to change its subnets. lz lifts this for a change that is planned, and puts it back.
        pub subnet_change_protection: bool,
        /// True where AWS refuses to give it another policy. lz lifts this for a change that is planned, and puts it back.
        pub policy_change_protection: bool,
    }
}

impl Specification for Firewall {
    const NAME: &'static str = "firewall";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(360, 90, 480);
    const TAGGING: Tagging = Tagging::NetworkFirewall;
    const CALLS: Calls = Calls::new(
        &["CreateFirewall"],
        &[
            "AssociateFirewallPolicy",
            "AssociateSubnets",
            "DisassociateSubnets",
            "UpdateFirewallDeleteProtection",
            "UpdateFirewallPolicyChangeProtection",
            "UpdateSubnetChangeProtection",
        ],
        &["DeleteFirewall"],
    );
    const OPERATIONS: &'static [Operation] = &[
        CREATE,
        ASSOCIATE,
        DISASSOCIATE,
        ASSOCIATE_POLICY,
        PROTECT_SUBNETS,
        PROTECT_POLICY,
        PROTECT,
        DELETE,
        Service::NetworkFirewall.read("ListFirewalls"),
        Service::NetworkFirewall.read("DescribeFirewall"),
    ];
    const ALSO_NEEDS: &'static [&'static str] = &["iam:CreateServiceLinkedRole"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsNetworkFirewallFirewall");
    const FINDINGS: &'static [FindingRule<FirewallField>] = &[
        FindingRule::weakened(FirewallField::delete_protection, When::TurnedOff, Severity::Medium)
            .fsbp(&["NetworkFirewall.9"])
            .nist(&["CM-2", "CM-3"]),
        FindingRule::weakened(FirewallField::subnet_change_protection, When::TurnedOff, Severity::Medium)
            .fsbp(&["NetworkFirewall.10"])
            .nist(&["CM-2", "CM-3"]),
        FindingRule::weakened(FirewallField::policy_change_protection, When::TurnedOff, Severity::Medium)
            .nist(&["CM-2", "CM-3"]),
        FindingRule::weakened(FirewallField::policy, When::Differs, Severity::Critical).nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(FirewallField::subnets, When::Narrowed, Severity::High).nist(&["SC-7"]),
        FindingRule::missing(Severity::Critical).nist(&["SC-7"]),
    ];
    const COSTLY: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn excludes(&self, other: &Self) -> bool {
        self.name == other.name
    }

    // AWS keeps it unique: a name.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

/// What the names of a zone's firewalls, policies and rule groups begin with.
#[must_use]
pub fn name_prefix(zone: &Label) -> String {
    format!("lz-{zone}-")
}

const CREATE: Operation = Service::NetworkFirewall.create("CreateFirewall");
pub(super) const ASSOCIATE: Operation = Service::NetworkFirewall.idempotent("AssociateSubnets");
pub(super) const DISASSOCIATE: Operation = Service::NetworkFirewall.delete("DisassociateSubnets");
const ASSOCIATE_POLICY: Operation = Service::NetworkFirewall.idempotent("AssociateFirewallPolicy");
const PROTECT_SUBNETS: Operation = Service::NetworkFirewall.idempotent("UpdateSubnetChangeProtection");
const PROTECT_POLICY: Operation = Service::NetworkFirewall.idempotent("UpdateFirewallPolicyChangeProtection");
const PROTECT: Operation = Service::NetworkFirewall.idempotent("UpdateFirewallDeleteProtection");
const DELETE: Operation = Service::NetworkFirewall.delete("DeleteFirewall");

impl Kind for Firewall {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE_FIREWALL);
        view.firewalls().await?.iter().map(|firewall| observed(answer, firewall)).collect()
    }

    /// Every flag is sent: AWS's documentation and its behaviour differ in what they are otherwise.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let policy = task.id(CREATE, &self.policy)?;
        let vpc = task.id(CREATE, &self.vpc)?;
        let subnets = mappings(CREATE, &self.subnets, task)?;
        let send = || {
            let request = task.cloud.network_firewall().create_firewall().firewall_name(&self.name);
            request
                .firewall_policy_arn(policy)
                .vpc_id(vpc)
                .set_subnet_mappings(Some(subnets.clone()))
                .delete_protection(self.delete_protection)
                .subnet_change_protection(self.subnet_change_protection)
                .firewall_policy_change_protection(self.policy_change_protection)
                .set_tags(Some(firewall_tags(task.tags)))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.firewall.and_then(|firewall| firewall.firewall_arn))
    }

    /// One change at a time, since AWS works on each for minutes: subnets that are missing, subnets too many, the policy,
    /// and the flags last. A flag that is in the way is lifted, and so differs until it is put back.
    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        let missing: BTreeSet<Ref<Subnet>> = self.subnets.difference(&there.subnets).cloned().collect();
        if !missing.is_empty() {
            lift_subnet_change_protection(&live.id, there.subnet_change_protection, task).await?;
            let done = associate(&live.id, &missing, task).await;
            return protected_again(done, self.subnet_change_protection, async || {
                protect_subnets(&live.id, true, task).await
            })
            .await;
        }
        let surplus: BTreeSet<Ref<Subnet>> = there.subnets.difference(&self.subnets).cloned().collect();
        if !surplus.is_empty() {
            let done = disassociate(&live.id, &surplus, task).await;
            return protected_again(done, self.subnet_change_protection, async || {
                protect_subnets(&live.id, true, task).await
            })
            .await;
        }
        if self.policy != there.policy {
            return self.turn_to_policy(live, task).await;
        }
        self.set_flags(live, task).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if live.spec.delete_protection {
            gone(protect(&live.id, false, task).await)?;
        }
        let send = || task.cloud.network_firewall().delete_firewall().firewall_arn(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

impl Firewall {
    async fn turn_to_policy(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if live.spec.policy_change_protection {
            protect_policy(&live.id, false, task).await?;
        }
        let policy = task.id(ASSOCIATE_POLICY, &self.policy)?;
        let request = || task.cloud.network_firewall().associate_firewall_policy().firewall_arn(&live.id);
        let send = || request().firewall_policy_arn(policy).send();
        let done = task.cloud.call(ASSOCIATE_POLICY, send).await.map(drop);
        protected_again(done, self.policy_change_protection, async || protect_policy(&live.id, true, task).await).await
    }

    async fn set_flags(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        if self.delete_protection != there.delete_protection {
            protect(&live.id, self.delete_protection, task).await?;
        }
        if self.subnet_change_protection != there.subnet_change_protection {
            protect_subnets(&live.id, self.subnet_change_protection, task).await?;
        }
        if self.policy_change_protection != there.policy_change_protection {
            protect_policy(&live.id, self.policy_change_protection, task).await?;
        }
        Ok(())
    }
}

/// What a change has come to. Where it was refused, a protection that was lifted for it, and is wanted, is put back: nobody
/// may come again. Where that is refused, too, the next run finds it as a difference.
async fn protected_again(
    done: Result<(), CallError>,
    is_wanted: bool,
    protect: impl AsyncFnOnce() -> Result<(), CallError>,
) -> Result<(), CallError> {
    if done.is_err() && is_wanted {
        let _ = protect().await;
    }
    done
}

async fn protect(firewall: &str, on: bool, task: &Task<'_>) -> Result<(), CallError> {
    let request = || task.cloud.network_firewall().update_firewall_delete_protection().firewall_arn(firewall);
    task.cloud.call(PROTECT, || request().delete_protection(on).send()).await.map(drop)
}

async fn protect_subnets(firewall: &str, on: bool, task: &Task<'_>) -> Result<(), CallError> {
    let request = || task.cloud.network_firewall().update_subnet_change_protection().firewall_arn(firewall);
    task.cloud.call(PROTECT_SUBNETS, || request().subnet_change_protection(on).send()).await.map(drop)
}

async fn protect_policy(firewall: &str, on: bool, task: &Task<'_>) -> Result<(), CallError> {
    let request = || task.cloud.network_firewall().update_firewall_policy_change_protection().firewall_arn(firewall);
    task.cloud.call(PROTECT_POLICY, || request().firewall_policy_change_protection(on).send()).await.map(drop)
}

async fn lift_subnet_change_protection(firewall: &str, on: bool, task: &Task<'_>) -> Result<(), CallError> {
    if on { protect_subnets(firewall, false, task).await } else { Ok(()) }
}

/// Takes a firewall out of subnets, as far as it is in them now.
async fn disassociate(firewall: &str, subnets: &BTreeSet<Ref<Subnet>>, task: &Task<'_>) -> Result<(), CallError> {
    let Some(there) = described(firewall, task).await? else { return Ok(()) };
    let unwanted = task.ids(DISASSOCIATE, subnets)?;
    let mapped = there.subnet_mappings().iter().map(|mapping| mapping.subnet_id().to_owned());
    let surplus: Vec<String> = mapped.filter(|subnet| unwanted.contains(subnet)).collect();
    if surplus.is_empty() {
        return Ok(());
    }
    lift_subnet_change_protection(firewall, there.subnet_change_protection, task).await?;
    let request = || task.cloud.network_firewall().disassociate_subnets().firewall_arn(firewall);
    let send = || request().set_subnet_ids(Some(surplus.clone())).send();
    task.cloud.call(DISASSOCIATE, send).await.map(drop)
}

/// Puts a firewall into subnets that it is not in.
async fn associate(firewall: &str, subnets: &BTreeSet<Ref<Subnet>>, task: &Task<'_>) -> Result<(), CallError> {
    let mappings = mappings(ASSOCIATE, subnets, task)?;
    let request = || task.cloud.network_firewall().associate_subnets().firewall_arn(firewall);
    let send = || request().set_subnet_mappings(Some(mappings.clone())).send();
    task.cloud.call(ASSOCIATE, send).await.map(drop)
}

/// Puts a firewall into one subnet, unless it is in it. A protection that is in the way is lifted for the call.
///
/// # Errors
/// What a call answered; that the firewall is gone, too.
pub(super) async fn enter(firewall: &str, subnet: &Ref<Subnet>, task: &Task<'_>) -> Result<(), CallError> {
    let there = describe_firewall(task.cloud, firewall).await?;
    let Some(there) = there.firewall() else { return Ok(()) };
    let is_there = there.subnet_mappings().iter().any(|mapping| Some(mapping.subnet_id()) == subnet.as_id());
    if is_there {
        return Ok(());
    }
    lift_subnet_change_protection(firewall, there.subnet_change_protection, task).await?;
    let done = associate(firewall, &BTreeSet::from([subnet.clone()]), task).await;
    protect_subnets_again(firewall, there.subnet_change_protection, task).await;
    done
}

/// Takes a firewall out of one subnet, if it is in it. A protection that is in the way is lifted for the call.
///
/// # Errors
/// What a call answered.
pub(super) async fn leave(firewall: &str, subnet: &Ref<Subnet>, task: &Task<'_>) -> Result<(), CallError> {
    let Some(there) = described(firewall, task).await? else { return Ok(()) };
    let done = disassociate(firewall, &BTreeSet::from([subnet.clone()]), task).await;
    protect_subnets_again(firewall, there.subnet_change_protection, task).await;
    done
}

/// Puts a protection back that was lifted for a call. Where that is refused, the next run finds it as a difference.
async fn protect_subnets_again(firewall: &str, was_on: bool, task: &Task<'_>) {
    if was_on {
        let _ = protect_subnets(firewall, true, task).await;
    }
}

/// A firewall as it is now; none where it is gone.
async fn described(firewall: &str, task: &Task<'_>) -> Result<Option<Described>, CallError> {
    let there = found(describe_firewall(task.cloud, firewall).await)?;
    Ok(there.and_then(|there| there.firewall))
}

fn mappings(
    operation: Operation,
    subnets: &BTreeSet<Ref<Subnet>>,
    task: &Task<'_>,
) -> Result<Vec<SubnetMapping>, CallError> {
    let incomplete = |error| task.answer(operation).error(None, format!("{error}"));
    let mapping = |id: String| SubnetMapping::builder().subnet_id(id).build().map_err(incomplete);
    task.ids(operation, subnets)?.into_iter().map(mapping).collect()
}

fn observed(answer: Answer<'_>, there: &DescribeFirewallOutput) -> Result<Observed<Firewall>, CallError> {
    let firewall = answer.part(there.firewall(), "Firewall")?;
    Ok(Observed {
        id: arn_of(answer, there)?.to_owned(),
        aliases: Vec::new(),
        tags: tags_of_firewall(firewall.tags.as_ref()),
        state: state_of(answer, firewall, there)?,
        spec: Firewall {
            name: answer.part(firewall.firewall_name.clone(), "FirewallName")?,
            policy: Ref::id(firewall.firewall_policy_arn()),
            vpc: Ref::id(firewall.vpc_id()),
            subnets: firewall.subnet_mappings().iter().map(|mapping| Ref::id(mapping.subnet_id())).collect(),
            delete_protection: firewall.delete_protection(),
            subnet_change_protection: firewall.subnet_change_protection(),
            policy_change_protection: firewall.firewall_policy_change_protection(),
        },
    })
}

/// A firewall's ARN.
pub(super) fn arn_of<'f>(answer: Answer<'_>, there: &'f DescribeFirewallOutput) -> Result<&'f str, CallError> {
    answer.part(there.firewall().and_then(|firewall| firewall.firewall_arn()), "FirewallArn")
}

/// A firewall is ready once AWS says so, its configuration is in force everywhere, and each of its subnets has an endpoint
/// that works (Network Firewall API reference, "FirewallStatus"). An endpoint that failed never comes back.
fn state_of(answer: Answer<'_>, firewall: &Described, there: &DescribeFirewallOutput) -> Result<State, CallError> {
    let status = answer.part(there.firewall_status(), "FirewallStatus")?;
    if *status.status() == FirewallStatusValue::Deleting {
        return Ok(State::Deleting);
    }
    let attachments: Vec<&Attachment> =
        sync_states(there).into_values().filter_map(|state| state.attachment()).collect();
    let mut at_work = String::new();
    for attachment in &attachments {
        let subnet = attachment.subnet_id().unwrap_or("a subnet");
        match attachment_state(attachment) {
            Some(State::Failed(failure)) => {
                let message = format!("the endpoint in {subnet}: {}", failure.message);
                return Ok(State::Failed(Failure { message, ..failure }));
            }
            Some(State::Pending(message)) => at_work += &format!("; the endpoint in {subnet}: {message}"),
            _ => {}
        }
    }
    let works = |mapping: &SubnetMapping| {
        let of_subnet = attachments.iter().find(|one| one.subnet_id() == Some(mapping.subnet_id()));
        of_subnet.is_some_and(|one| one.status() == Some(&AttachmentStatus::Ready))
    };
    let summary = status.configuration_sync_state_summary();
    Ok(if *status.status() != FirewallStatusValue::Ready {
        State::Pending(format!("{}{at_work}", status.status().as_str()))
    } else if *summary != ConfigurationSyncState::InSync {
        State::Pending(format!("configuration {}", summary.as_str()))
    } else if !firewall.subnet_mappings().iter().all(works) {
        State::Pending(format!("an endpoint is not ready{at_work}"))
    } else {
        State::Ready
    })
}

/// A firewall takes minutes to come and longer to go: what its subnet lacks is put right before another is made.
const FAILED_ENDPOINT: &str = "put right what it names, and run again: the firewall is made anew then";

/// What AWS does with an endpoint; none where it does not say. `ERROR` can be put right by whoever owns the subnet, and
/// `FAILED` never; why it failed is told up to fifteen minutes later, and waited for (Network Firewall API reference,
/// "Attachment").
pub(super) fn attachment_state(attachment: &Attachment) -> Option<State> {
    let status = attachment.status()?;
    let told = || attachment.status_message().unwrap_or(status.as_str()).to_owned();
    Some(match status {
        AttachmentStatus::Ready => State::Ready,
        AttachmentStatus::Failed if attachment.status_message().is_none() => {
            State::Pending("FAILED, for a reason that AWS has not told yet".to_owned())
        }
        AttachmentStatus::Failed => State::Failed(Failure::lasting(told(), FAILED_ENDPOINT)),
        AttachmentStatus::Error => State::Pending(told()),
        AttachmentStatus::Deleting => State::Deleting,
        other => State::Pending(other.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_networkfirewall::types::{FirewallStatus, SyncState};

    use super::*;

    fn seen(status: FirewallStatusValue, attachments: &[(&str, AttachmentStatus)]) -> State {
        let mut described = Described::builder()
            .firewall_arn("arn:aws:network-firewall:eu-west-1:222222222222:firewall/lz-acme-egress")
            .firewall_name("lz-acme-egress")
            .firewall_policy_arn("arn:aws:network-firewall:eu-west-1:222222222222:firewall-policy/lz-acme-egress")
            .vpc_id("vpc-1")
            .firewall_id("1");
        for subnet in ["subnet-1", "subnet-2"] {
            described = described.subnet_mappings(SubnetMapping::builder().subnet_id(subnet).build().unwrap());
        }
        let mut all =
            FirewallStatus::builder().status(status).configuration_sync_state_summary(ConfigurationSyncState::InSync);
        for (subnet, status) in attachments {
            let attachment = Attachment::builder().subnet_id(*subnet).status(status.clone());
            let attachment = attachment.status_message("the subnet is gone").build();
            all = all.sync_states(format!("zone of {subnet}"), SyncState::builder().attachment(attachment).build());
        }
        let there = DescribeFirewallOutput::builder()
            .firewall(described.build().unwrap())
            .firewall_status(all.build().unwrap())
            .build();
        observed(Answer::new(DESCRIBE_FIREWALL, "222222222222"), &there).unwrap().state
    }

    #[test]
    fn a_firewall_is_ready_once_each_subnet_has_an_endpoint_that_works() {
        use AttachmentStatus::{Creating, Failed, Ready};
        let (first, second) = ("subnet-1", "subnet-2");
        assert_eq!(seen(FirewallStatusValue::Ready, &[(first, Ready), (second, Ready)]), State::Ready);
        // AWS shows an endpoint later than its subnet.
        assert_eq!(
            seen(FirewallStatusValue::Ready, &[(first, Ready)]),
            State::Pending("an endpoint is not ready".to_owned())
        );
        let provisioning = seen(FirewallStatusValue::Provisioning, &[(first, Ready), (second, Creating)]);
        assert_eq!(provisioning, State::Pending("PROVISIONING; the endpoint in subnet-2: CREATING".to_owned()));
        let failed = seen(FirewallStatusValue::Provisioning, &[(first, Ready), (second, Failed)]);
        assert_eq!(
            failed,
            State::Failed(Failure::lasting("the endpoint in subnet-2: the subnet is gone", FAILED_ENDPOINT))
        );
        assert_eq!(seen(FirewallStatusValue::Deleting, &[(first, Failed)]), State::Deleting);
    }
}
