//! What is true of a kind without asking AWS.

use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::descriptor::{Calls, ConsolePage, FindingRule, SecurityHubType};
use super::fields::Fields;
use crate::cloud::{Operation, Service};

/// The pure side of a kind: all that lz knows of it, beside its [`Fields`]. Every table that tells of kinds is made of this.
pub trait Specification: Fields + Serialize + DeserializeOwned + Clone + PartialEq + Eq + Debug + 'static {
    /// The kind's name in reports and files: AWS's own term, with hyphens.
    const NAME: &'static str;
    /// What makes two resources of this kind the same.
    const IDENTITY: Identity;
    /// How long AWS usually takes.
    const TIMING: Timing;
    /// How it carries tags.
    const TAGGING: Tagging;
    /// How many AWS makes at a time in one account, where it limits that.
    const AT_ONCE: Option<usize> = None;
    /// Where it lives.
    const REALM: Realm = Realm::Region;
    /// False where lz never deletes it, such as an account.
    const DELETABLE: bool = true;
    /// True where AWS may show it as not ready until it is changed: a route whose next hop is gone stays a black hole.
    const STALLS: bool = false;
    /// True where an attribute of what it is a part of says that it is there: one too many is a change of that, and is not
    /// told beside it.
    const TOLD_BY_WHOLE: bool = false;
    /// True where AWS refuses to delete it while something refers to it: what refers to it goes first then, even where it
    /// could be pointed elsewhere.
    const HELD: bool = false;
    /// False where nothing has to be deleted of one that failed: AWS goes on telling of it for a while, lets nobody delete
    /// it, and takes another one meanwhile. Such a one is seen by who has asked for it only; see [`Known::asked_for`].
    ///
    /// [`Known::asked_for`]: super::Known::asked_for
    const REMAINS: bool = true;
    /// True where people make their own inside what lz manages, as they are meant to: what carries no address of the zone is
    /// theirs. It is neither told nor deleted, unless what it is inside of goes.
    const LEFT_TO_USERS: bool = false;
    /// True where lz keeps AWS's id of each in `lz.lock`, beside what makes it the one that is wanted: it is costly to lose,
    /// and people can change what it is known by. Tags can be changed, stripped and copied by anybody.
    const PINNED: bool = matches!(Self::IDENTITY, Identity::Tag);
    /// True for what is costly to lose: it goes only where removals are allowed.
    const COSTLY: bool = false;
    /// True for what resources in other accounts may refer to.
    const SHARED: bool = false;
    /// True for what carries the traffic of others: where it goes, somebody is cut off.
    const CARRIES_TRAFFIC: bool = false;
    /// True where a repair puts it back before all else: it restores traffic, or closes a hole.
    const MENDED_FIRST: bool = false;
    /// Why one stays where the run that made it is rolled back; none where it is deleted, or goes with what it belongs to.
    const STAYS: Option<&'static str> = None;

    /// The calls by which it comes, changes and goes, whoever makes them.
    const CALLS: Calls;
    /// The operations that lz asks AWS for, but for those that tag it.
    const OPERATIONS: &'static [Operation];
    /// The IAM actions that AWS asks for besides.
    const ALSO_NEEDS: &'static [&'static str] = &[];
    /// What Security Hub calls it.
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER;
    /// How bad findings about it are, where that is not usual.
    const FINDINGS: &'static [FindingRule<Self::Field>] = &[];

    /// Where a person sees a live one in AWS's console, by its id; none where it has no page.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        None
    }

    /// True where AWS does not let both be: they share what only one can have. References in both are of one sort.
    fn excludes(&self, _other: &Self) -> bool {
        false
    }

    /// True where one like the wanted one is that, whatever its tags say: AWS keeps it unique where it is, or it is connected
    /// to what the wanted one is connected to. It differs in nothing that AWS can't change, and has addresses for ids.
    fn is_only(&self, _wanted: &Self) -> bool {
        false
    }
}

/// Where resources of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// In the organization, and seen from its management account only.
    Organization,
    /// In an account and region.
    Region,
    /// In the account and region of the hub, and nowhere else: what only a transit gateway's and a firewall's owner has. It
    /// is not looked for in the accounts of workloads, of which there are hundreds.
    Hub,
}

/// What makes a resource that is there the one that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The tag `lz:address`.
    Tag,
    /// What its fields marked `#[key]` hold, which AWS keeps unique: its natural key. No fields: there is only one.
    Key,
}

/// How a kind carries tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagging {
    /// By EC2's CreateTags.
    Ec2,
    /// By Organizations' TagResource.
    Organizations,
    /// By RAM's TagResource.
    Ram,
    /// By Network Firewall's TagResource.
    NetworkFirewall,
    /// By CloudWatch Logs' TagResource.
    Logs,
    /// By Cloud Control's UpdateResource, where the type carries tags.
    CloudControl,
    /// Not at all.
    None,
}

impl Tagging {
    /// The operations that set and take off tags.
    #[must_use]
    pub const fn operations(self) -> &'static [Operation] {
        const fn tag_resource(service: Service) -> [Operation; 2] {
            [service.idempotent("TagResource"), service.idempotent("UntagResource")]
        }
        const EC2: [Operation; 2] = [Service::Ec2.idempotent("CreateTags"), Service::Ec2.idempotent("DeleteTags")];
        const ORGANIZATIONS: [Operation; 2] = tag_resource(Service::Organizations);
        const RAM: [Operation; 2] = tag_resource(Service::Ram);
        const NETWORK_FIREWALL: [Operation; 2] = tag_resource(Service::NetworkFirewall);
        const LOGS: [Operation; 2] = tag_resource(Service::Logs);
        match self {
            Self::Ec2 => &EC2,
            Self::Organizations => &ORGANIZATIONS,
            Self::Ram => &RAM,
            Self::NetworkFirewall => &NETWORK_FIREWALL,
            Self::Logs => &LOGS,
            // It is one of the kind's own.
            Self::CloudControl => &[],
            Self::None => &[],
        }
    }
}

/// How long AWS usually takes: the median, for estimates and for the first look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the creating call until it can be used.
    pub create: Duration,
    /// From the changing call until the change is in force.
    pub update: Duration,
    /// From the deleting call until it is gone.
    pub delete: Duration,
}

impl Timing {
    /// From whole seconds.
    #[must_use]
    pub const fn seconds(create: u64, update: u64, delete: u64) -> Self {
        Self {
            create: Duration::from_secs(create),
            update: Duration::from_secs(update),
            delete: Duration::from_secs(delete),
        }
    }
}
