//! What lz can manage: one file per kind of AWS resource.
//!
//! A kind's file holds its specification, which is pure, and how it is found, created, changed and deleted in AWS. One
//! struct serves as desired specification, as live observation and as prediction, so that a difference compares two
//! values of one type.
//!
//! What lz never makes, and must see where people have added it, is in [`addition`].
//!
//! To add a kind: one file here with a struct, its [`Specification`] and its [`Kind`]; its module and
//! its line in the `kinds!` list below; and its counterpart in the twin.

pub mod fields;

pub mod account;
pub mod addition;
pub mod default_security_group;
pub mod dhcp_options;
pub mod elastic_ip;
pub mod firewall;
pub mod firewall_endpoint;
pub mod firewall_logging;
pub mod firewall_policy;
pub mod firewall_rule_group;
pub mod firewall_workload_rules;
pub mod flow_log;
pub mod internet_gateway;
pub mod log_group;
pub mod nat_gateway;
pub mod organization;
pub mod organizational_unit;
pub mod ram_organization_sharing;
pub mod resource_share;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod security_group;
pub mod stack_resource;
pub mod subnet;
pub mod transit_gateway;
pub mod transit_gateway_association;
pub mod transit_gateway_attachment;
pub mod transit_gateway_attachment_acceptance;
pub mod transit_gateway_propagation;
pub mod transit_gateway_route;
pub mod transit_gateway_route_table;
pub mod vpc;
pub mod vpc_endpoint;

#[cfg(test)]
mod against_twin;
mod answer;
mod arn;
pub mod descriptor;
mod desired;
mod foreign_rules;
mod kind;
mod rule_text;
mod spec;
mod specification;
mod state;
mod tag;
mod view;

use fields::{FieldMarks, Fields, KeyPart, Mark};

use crate::cloud::Operation;
use crate::graph::AnyRef;

pub use descriptor::{Calls, ConsolePage, FindingRule, SecurityHubType, When};
pub use desired::{Desired, Owner, Resource, Root, Scope, account_address, account_of, caller_address};
pub use kind::{Kind, Known, Observed, OrganizationIds, Subject, TAG_ADDRESS, TAG_RUN, TAG_ZONE, Task};
pub use specification::{Identity, Realm, Specification, Tagging, Timing};
pub use stack_resource::{DeletionPolicy, StackResourceId, TAG_CLOUD_FORMATION};
pub use state::{Cause, Failure, State};
pub use tag::{tag, untag};
pub use view::{KnownStacks, Occupant, View, management_account, occupants, organization_id, organization_ids};

/// Declares [`Spec`] and [`KindName`] over all kinds.
macro_rules! kinds {
    ($($module:ident::$kind:ident,)+) => {
        $(pub use $module::$kind;)+

        /// The specification of a resource of any kind.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind", content = "spec", rename_all = "kebab-case")]
        pub enum Spec {
            $(
                #[doc = concat!("See [`", stringify!($kind), "`].")]
                $kind($kind),
            )+
        }

        /// The name of a kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum KindName {
            $(
                #[doc = concat!("See [`", stringify!($kind), "`].")]
                $kind,
            )+
        }

        impl KindName {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The kind's name in reports and files, such as `nat-gateway`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Specification>::NAME,)+ }
            }

            /// What makes two resources of this kind the same.
            #[must_use]
            pub fn identity(self) -> Identity {
                match self { $(Self::$kind => <$kind as Specification>::IDENTITY,)+ }
            }

            /// How long AWS usually takes.
            #[must_use]
            pub fn timing(self) -> Timing {
                match self { $(Self::$kind => <$kind as Specification>::TIMING,)+ }
            }

            /// How it carries tags.
            #[must_use]
            pub fn tagging(self) -> Tagging {
                match self { $(Self::$kind => <$kind as Specification>::TAGGING,)+ }
            }

            /// How many AWS makes at a time.
            #[must_use]
            pub fn at_once(self) -> Option<usize> {
                match self { $(Self::$kind => <$kind as Specification>::AT_ONCE,)+ }
            }

            /// Where it lives.
            #[must_use]
            pub fn realm(self) -> Realm {
                match self { $(Self::$kind => <$kind as Specification>::REALM,)+ }
            }

            /// True where AWS may show it as not ready until it is changed.
            #[must_use]
            pub fn stalls(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::STALLS,)+ }
            }

            /// True where AWS refuses to delete it while something refers to it.
            #[must_use]
            pub fn held(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::HELD,)+ }
            }

            /// True where an attribute of what it is a part of says that it is there.
            #[must_use]
            pub fn told_by_whole(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::TOLD_BY_WHOLE,)+ }
            }

            /// True where one that failed has to be deleted.
            #[must_use]
            pub fn remains(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::REMAINS,)+ }
            }

            /// True where what carries no address of the zone is its users' own.
            #[must_use]
            pub fn left_to_users(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::LEFT_TO_USERS,)+ }
            }

            /// True where lz keeps AWS's id of each in `lz.lock`.
            #[must_use]
            pub fn pinned(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::PINNED && <$kind as Kind>::MADE,)+ }
            }

            /// True where lz makes it; false for what people add by hand, which is only ever found.
            #[must_use]
            pub fn made(self) -> bool {
                match self { $(Self::$kind => <$kind as Kind>::MADE,)+ }
            }

            /// What it is, in a sentence or two.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Fields>::DOC.trim_start(),)+ }
            }

            /// The fields that lz knows when it is built, as they stand in the kind's file.
            #[must_use]
            pub fn fields(self) -> Vec<Field> {
                match self {
                    $(Self::$kind => <$kind as Fields>::Field::all().into_iter().map(Field::$kind).collect(),)+
                }
            }

            /// True for what is costly to lose.
            #[must_use]
            pub fn costly(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::COSTLY,)+ }
            }

            /// True for what resources in other accounts may refer to.
            #[must_use]
            pub fn shared(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::SHARED,)+ }
            }

            /// True for what carries the traffic of others.
            #[must_use]
            pub fn carries_traffic(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::CARRIES_TRAFFIC,)+ }
            }

            /// True where a repair puts it back before all else.
            #[must_use]
            pub fn mended_first(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::MENDED_FIRST,)+ }
            }

            /// Why one stays where the run that made it is rolled back.
            #[must_use]
            pub fn stays(self) -> Option<&'static str> {
                match self { $(Self::$kind => <$kind as Specification>::STAYS,)+ }
            }

            /// The calls by which it comes, changes and goes.
            #[must_use]
            pub fn calls(self) -> Calls {
                match self { $(Self::$kind => <$kind as Specification>::CALLS,)+ }
            }

            /// The operations that lz asks AWS for, but for those that tag it.
            #[must_use]
            pub fn operations(self) -> &'static [Operation] {
                match self { $(Self::$kind => <$kind as Specification>::OPERATIONS,)+ }
            }

            /// The IAM actions that AWS asks for besides.
            #[must_use]
            pub fn also_needs(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <$kind as Specification>::ALSO_NEEDS,)+ }
            }

            /// What Security Hub calls it.
            #[must_use]
            pub fn security_hub(self) -> SecurityHubType {
                match self { $(Self::$kind => <$kind as Specification>::SECURITY_HUB,)+ }
            }

            /// How bad findings about it are, where that is not usual.
            #[must_use]
            pub fn findings(self) -> Vec<FindingRule<Field>> {
                match self {
                    $(Self::$kind => {
                        <$kind as Specification>::FINDINGS.iter().map(|rule| rule.map(Field::$kind)).collect()
                    })+
                }
            }

            /// True where lz may delete it.
            #[must_use]
            pub fn deletable(self) -> bool {
                match self { $(Self::$kind => <$kind as Specification>::DELETABLE,)+ }
            }

            /// All resources of this kind that a view holds; see [`Kind::observe`].
            ///
            /// # Errors
            /// The first call that failed.
            pub async fn observe(self, view: &View) -> Result<Vec<Observed<Spec>>, crate::cloud::CallError> {
                match self { $(Self::$kind => {
                    // Boxed, since this is as large as the largest kind's.
                    let found = Box::pin(<$kind as Kind>::observe(view)).await?;
                    Ok(found.into_iter().map(|one| one.map(Spec::$kind)).collect())
                })+ }
            }

            /// The kind of a name, such as `nat-gateway`.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }

            /// The field of a name.
            #[must_use]
            pub fn field(self, name: &str) -> Option<Field> {
                match self { $(Self::$kind => <$kind as Fields>::Field::named(name).map(Field::$kind),)+ }
            }
        }

        impl Spec {
            /// The kind's name.
            #[must_use]
            pub fn kind(&self) -> KindName {
                match self { $(Self::$kind(_) => KindName::$kind,)+ }
            }

            /// Asks AWS to make it; see [`Kind::create`].
            ///
            /// # Errors
            /// What the call answered.
            pub async fn create(&self, task: &Task<'_>) -> Result<Option<String>, crate::cloud::CallError> {
                match self { $(Self::$kind(spec) => spec.create(task).await,)+ }
            }

            /// Brings a live one a step nearer to this specification; see [`Kind::change`]. A live one of another kind is
            /// left alone.
            ///
            /// # Errors
            /// What the call answered.
            pub async fn update(
                &self,
                live: &Observed<Self>,
                task: &Task<'_>,
            ) -> Result<Option<String>, crate::cloud::CallError> {
                match (self, &live.spec) {
                    $((Self::$kind(spec), Self::$kind(there)) => {
                        spec.change(&live.clone().map(|_| there.clone()), task).await
                    })+
                    _ => Ok(None),
                }
            }

            /// Asks AWS to delete a live one; see [`Kind::remove`].
            ///
            /// # Errors
            /// What the call answered.
            pub async fn delete(
                live: &Observed<Self>,
                task: &Task<'_>,
            ) -> Result<Option<String>, crate::cloud::CallError> {
                match &live.spec { $(Self::$kind(there) => {
                    <$kind as Kind>::remove(&live.clone().map(|_| there.clone()), task).await
                })+ }
            }

            /// The fields that it has, by name.
            #[must_use]
            pub fn fields(&self) -> Vec<Field> {
                let mut all: Vec<Field> = match self {
                    $(Self::$kind(spec) => spec.fields().into_iter().map(Field::$kind).collect(),)+
                };
                all.sort_by(|one, other| one.name().cmp(other.name()));
                all
            }

            /// The fields in which what is there differs, by name: all of them where that is of another kind. References
            /// in both must be of one sort: both addresses where the zone knows the resource.
            #[must_use]
            pub fn differences(&self, there: &Self) -> Vec<Field> {
                let mut found: Vec<Field> = match (self, there) {
                    $((Self::$kind(spec), Self::$kind(there)) => {
                        spec.differences(there).into_iter().map(Field::$kind).collect()
                    })+
                    _ => self.fields(),
                };
                found.sort_by(|one, other| one.name().cmp(other.name()));
                found
            }

            /// What a field holds, for files and reports; none where it is a field of another kind.
            #[must_use]
            pub fn value(&self, field: &Field) -> Option<serde_json::Value> {
                match (self, field) {
                    $((Self::$kind(spec), Field::$kind(field)) => Some(spec.value(field)),)+
                    _ => None,
                }
            }

            /// Shows every reference, with the field that holds it.
            #[allow(unused_variables, reason = "a kind may have no fields")]
            pub fn visit(&self, visitor: &mut dyn FnMut(&Field, &AnyRef)) {
                match self {
                    $(Self::$kind(spec) => spec.visit(&mut |field, one| visitor(&Field::$kind(field.clone()), one)),)+
                }
            }

            /// The same with every reference replaced by what `replacement` gives for it, where it gives something.
            #[must_use]
            pub fn map_references(&self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) -> Self {
                let mut mapped = self.clone();
                match &mut mapped { $(Self::$kind(spec) => spec.map_references(replacement),)+ }
                mapped
            }

            /// Where a person sees a live one in AWS's console, by its id.
            #[must_use]
            pub fn console(&self, id: &str) -> Option<ConsolePage> {
                match self { $(Self::$kind(spec) => spec.console(id),)+ }
            }

            /// True where AWS does not let both be; see [`Specification::excludes`].
            #[must_use]
            pub fn excludes(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$kind(spec), Self::$kind(other)) => spec.excludes(other),)+
                    _ => false,
                }
            }

            /// True where one like the wanted one is that; see [`Specification::is_only`].
            #[must_use]
            pub fn is_only(&self, wanted: &Self) -> bool {
                match (self, wanted) {
                    $((Self::$kind(spec), Self::$kind(wanted)) => spec.is_only(wanted),)+
                    _ => false,
                }
            }

            /// What AWS keeps unique about it; none where its tag tells it.
            #[must_use]
            pub fn key(&self) -> Option<Vec<KeyPart>> {
                match (self, self.kind().identity()) {
                    (_, Identity::Tag) => None,
                    $((Self::$kind(spec), Identity::Key) => Some(spec.key()),)+
                }
            }
        }

        /// A field of a specification of any kind. Files name it as `KIND.FIELD`.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field {
            $(
                #[doc = concat!("A field of [`", stringify!($kind), "`].")]
                $kind(<$kind as Fields>::Field),
            )+
        }

        impl Field {
            /// Whose field it is.
            #[must_use]
            pub fn kind(&self) -> KindName {
                match self { $(Self::$kind(_) => KindName::$kind,)+ }
            }

            /// Its name in files and reports.
            #[must_use]
            pub fn name(&self) -> &str {
                match self { $(Self::$kind(field) => field.name(),)+ }
            }

            fn is(&self, mark: Mark) -> bool {
                match self { $(Self::$kind(field) => field.is(mark),)+ }
            }
        }

        $(impl From<<$kind as Fields>::Field> for Field {
            fn from(field: <$kind as Fields>::Field) -> Self { Self::$kind(field) }
        })+

        $(impl From<$kind> for Spec {
            fn from(spec: $kind) -> Self { Self::$kind(spec) }
        })+
    };
}

kinds! {
    organization::Organization,
    organizational_unit::OrganizationalUnit,
    account::Account,
    ram_organization_sharing::RamOrganizationSharing,
    vpc::Vpc,
    subnet::Subnet,
    internet_gateway::InternetGateway,
    elastic_ip::ElasticIp,
    nat_gateway::NatGateway,
    route_table::RouteTable,
    route_table_association::RouteTableAssociation,
    route::Route,
    default_security_group::DefaultSecurityGroup,
    security_group::SecurityGroup,
    vpc_endpoint::VpcEndpoint,
    flow_log::FlowLog,
    dhcp_options::DhcpOptions,
    dhcp_options::DhcpOptionsAssociation,
    log_group::LogGroup,
    stack_resource::StackResource,
    firewall_rule_group::FirewallRuleGroup,
    firewall_workload_rules::FirewallWorkloadRules,
    firewall_policy::FirewallPolicy,
    firewall::Firewall,
    firewall_endpoint::FirewallEndpoint,
    firewall_logging::FirewallLogging,
    transit_gateway::TransitGateway,
    resource_share::ResourceShare,
    transit_gateway_attachment::TransitGatewayAttachment,
    transit_gateway_attachment_acceptance::TransitGatewayAttachmentAcceptance,
    transit_gateway_route_table::TransitGatewayRouteTable,
    transit_gateway_association::TransitGatewayAssociation,
    transit_gateway_propagation::TransitGatewayPropagation,
    transit_gateway_route::TransitGatewayRoute,
    addition::VpcCidrBlock,
    addition::VpcPeeringConnection,
    addition::VpnGatewayAttachment,
    addition::EgressOnlyInternetGateway,
    addition::NetworkAcl,
    addition::NetworkAclAssociation,
    addition::DefaultNetworkAcl,
    addition::PublicAddress,
    addition::OtherTransitGatewayAttachment,
    addition::OtherTransitGatewayRoute,
    addition::TransitGatewayPolicyTable,
    addition::ForeignTransitGatewayAttachment,
    addition::MainRouteTable,
    addition::VpcEndpointPolicy,
}
