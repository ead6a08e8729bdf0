//! DHCP option sets, and which of them a VPC uses.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSet.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{NewDhcpConfiguration, ResourceType};

use super::answer::{Answer, gone};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, Specification, State, Tagging, Task, Timing, View, Vpc,
    When,
};
use crate::cloud::{CallError, Operation, Service, pages};
use crate::graph::Ref;
use crate::values::{Region, Severity};

with_fields! {
    /// A DHCP option set: what hosts learn with their addresses. AWS changes none; another one takes its place.
    pub struct DhcpOptions with DhcpOptionsField {
        /// The domain that completes unqualified names.
        #[immutable]
        pub domain_name: Option<String>,
        /// The name servers, the first one first: addresses, or [`AMAZON`].
        #[immutable]
        pub domain_name_servers: Vec<String>,
        /// The time servers.
        #[immutable]
        pub ntp_servers: Vec<String>,
        /// The names of its other options, of which lz sets none.
        #[immutable]
        pub other_options: BTreeSet<String>,
    }
}

/// What a VPC without any set names in its place (EC2 API reference, AssociateDhcpOptions).
const NONE: &str = "default";

/// Stands for the addresses of Amazon's own name servers.
pub const AMAZON: &str = "AmazonProvidedDNS";

impl DhcpOptions {
    /// True for what the set says that every new VPC uses: whoever asks for that needs no set.
    #[must_use]
    pub fn is_awss_own(&self, region: &Region) -> bool {
        let domain = match region.as_str() {
            "us-east-1" => "ec2.internal".to_owned(),
            region => format!("{region}.compute.internal"),
        };
        self.domain_name.as_ref() == Some(&domain)
            && self.domain_name_servers == [AMAZON]
            && self.ntp_servers.is_empty()
            && self.other_options.is_empty()
    }
}

impl Specification for DhcpOptions {
    const NAME: &'static str = "dhcp-options";
    const IDENTITY: Identity = Identity::Tag;
    const HELD: bool = true;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateDhcpOptions"], &[], &["DeleteDhcpOptions"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, DELETE];
}

with_fields! {
    /// The use of a DHCP option set by a VPC, where it is not the one that AWS gives every VPC.
    pub struct DhcpOptionsAssociation with DhcpOptionsAssociationField {
        /// The VPC.
        #[key]
        #[immutable]
        #[part_of]
        pub vpc: Ref<Vpc>,
        /// The set.
        pub dhcp_options: Ref<DhcpOptions>,
    }
}

impl Specification for DhcpOptionsAssociation {
    const NAME: &'static str = "dhcp-options-association";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 1, 1);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["AssociateDhcpOptions"], &["AssociateDhcpOptions"], &["AssociateDhcpOptions"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE_VPCS, DESCRIBE, ASSOCIATE];
    // Whoever says where names are resolved says where packets go.
    const FINDINGS: &'static [FindingRule<DhcpOptionsAssociationField>] = &[
        FindingRule::unmanaged(Severity::High).nist(&["SC-20", "SC-21"]),
        FindingRule::weakened(DhcpOptionsAssociationField::dhcp_options, When::Differs, Severity::High)
            .nist(&["SC-20", "SC-21"]),
    ];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("VpcDetails:VpcId", &self.vpc))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeDhcpOptions");
const DESCRIBE_VPCS: Operation = Service::Ec2.read("DescribeVpcs");
const CREATE: Operation = Service::Ec2.create("CreateDhcpOptions");
const DELETE: Operation = Service::Ec2.delete("DeleteDhcpOptions");
const ASSOCIATE: Operation = Service::Ec2.idempotent("AssociateDhcpOptions");

/// A set lies in no VPC, so those with the zone's tag are seen.
impl Kind for DhcpOptions {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let all = view.dhcp_options().await?.iter();
        let own = all.filter(|set| view.is_of_zone(set.dhcp_options_id(), set.tags()));
        own.map(|set| {
            Ok(Observed {
                id: answer.part(set.dhcp_options_id.clone(), "dhcpOptionsId")?,
                aliases: Vec::new(),
                tags: tags_of(set.tags.as_ref()),
                state: State::Ready,
                spec: options(answer, set)?,
            })
        })
        .collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let option = |key: &str, values: &[String]| {
            let values = (!values.is_empty()).then(|| values.to_vec());
            values.map(|values| NewDhcpConfiguration::builder().key(key).set_values(Some(values)).build())
        };
        let configurations: Vec<NewDhcpConfiguration> = [
            option(DOMAIN_NAME, self.domain_name.as_slice()),
            option(DOMAIN_NAME_SERVERS, &self.domain_name_servers),
            option(NTP_SERVERS, &self.ntp_servers),
        ]
        .into_iter()
        .flatten()
        .collect();
        let send = || {
            let request = task.cloud.ec2().create_dhcp_options();
            let request = request.set_dhcp_configurations(Some(configurations.clone()));
            request.tag_specifications(specification(ResourceType::DhcpOptions, task.tags)).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.dhcp_options.and_then(|set| set.dhcp_options_id))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_dhcp_options().dhcp_options_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

/// Every VPC uses a set, or none. AWS's own is known by what it says, whichever id it has: a VPC that uses that has no
/// association here.
impl Kind for DhcpOptionsAssociation {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let sets = view.dhcp_options().await?;
        let awss_own = awss_own(view.answer(DESCRIBE), sets, view.cloud.region())?;
        let is_listed = |set: &str| sets.iter().any(|one| one.dhcp_options_id() == Some(set));
        let answer = view.answer(DESCRIBE_VPCS);
        let mut all = Vec::new();
        for vpc in view.vpcs().await? {
            let set = answer.part(vpc.dhcp_options_id(), "dhcpOptionsId")?;
            // Of a set that AWS does not list, nothing is known, not even that it is not AWS's own.
            if awss_own.contains(set) || !(is_listed(set) || set == NONE) {
                continue;
            }
            let id = answer.part(vpc.vpc_id(), "vpcId")?;
            all.push(Observed {
                id: format!("{id}|dhcp-options"),
                aliases: Vec::new(),
                tags: BTreeMap::new(),
                state: State::Ready,
                spec: Self { vpc: Ref::id(id), dhcp_options: Ref::id(set) },
            });
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(ASSOCIATE, &self.vpc)?;
        associate(vpc, task.id(ASSOCIATE, &self.dhcp_options)?, task).await?;
        Ok(Some(format!("{vpc}|dhcp-options")))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.dhcp_options == live.spec.dhcp_options {
            return Ok(());
        }
        associate(task.id(ASSOCIATE, &self.vpc)?, task.id(ASSOCIATE, &self.dhcp_options)?, task).await
    }

    /// The VPC gets AWS's own set again. Without any set, its hosts would have no name servers.
    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = |token| task.cloud.ec2().describe_dhcp_options().max_results(1000).set_next_token(token).send();
        let all = pages(task.cloud, DESCRIBE, send, |page| (page.dhcp_options, page.next_token)).await?;
        let awss_own = awss_own(task.answer(DESCRIBE), &all, task.cloud.region())?;
        let none = || {
            let reason =
                "AWS's own DHCP option set is no longer there; make one that says the same, or associate the VPC";
            task.answer(ASSOCIATE).error(None, reason)
        };
        let set = awss_own.first().ok_or_else(none)?;
        gone(associate(task.id(ASSOCIATE, &live.spec.vpc)?, set, task).await)
    }
}

async fn associate(vpc: &str, set: &str, task: &Task<'_>) -> Result<(), CallError> {
    let request = || task.cloud.ec2().associate_dhcp_options().vpc_id(vpc).dhcp_options_id(set);
    task.cloud.call(ASSOCIATE, || request().send()).await.map(drop)
}

const DOMAIN_NAME: &str = "domain-name";
const DOMAIN_NAME_SERVERS: &str = "domain-name-servers";
const NTP_SERVERS: &str = "ntp-servers";

/// The ids of the sets that say what AWS's own says.
fn awss_own<'a>(
    answer: Answer<'_>,
    all: &'a [aws_sdk_ec2::types::DhcpOptions],
    region: &Region,
) -> Result<BTreeSet<&'a str>, CallError> {
    let mut found = BTreeSet::new();
    for set in all {
        if options(answer, set)?.is_awss_own(region) {
            found.insert(answer.part(set.dhcp_options_id(), "dhcpOptionsId")?);
        }
    }
    Ok(found)
}

fn options(answer: Answer<'_>, set: &aws_sdk_ec2::types::DhcpOptions) -> Result<DhcpOptions, CallError> {
    let mut found = DhcpOptions {
        domain_name: None,
        domain_name_servers: Vec::new(),
        ntp_servers: Vec::new(),
        other_options: BTreeSet::new(),
    };
    for configuration in set.dhcp_configurations() {
        let values: Vec<String> =
            configuration.values().iter().filter_map(|one| one.value().map(str::to_owned)).collect();
        match answer.part(configuration.key(), "dhcpConfigurationSet.key")? {
            DOMAIN_NAME => found.domain_name = values.into_iter().next(),
            DOMAIN_NAME_SERVERS => found.domain_name_servers = values,
            NTP_SERVERS => found.ntp_servers = values,
            other => drop(found.other_options.insert(other.to_owned())),
        }
    }
    Ok(found)
}
