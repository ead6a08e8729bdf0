//! Transit gateways and what belongs to them, as moments from which every state is judged.
//!
//! Everything here lives in the gateway owner's account and region; an attachment names the VPC owner's account too.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::twin::ec2::zonal::ZonalSubnets;
use crate::twin::time::Moment;
use crate::twin::world::AccountId;

/// How long deleted and rejected things are still shown, in milliseconds.
///
/// <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>
pub(super) const SHOWN_AFTER_END: u64 = 2 * 60 * 60 * 1000;

/// Transit gateways that one account owns in one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Gateways by id.
    pub(super) gateways: BTreeMap<String, Gateway>,
    /// Attachments to those gateways by id, whichever account owns the VPC.
    pub(super) attachments: BTreeMap<String, Attachment>,
    /// Route tables of those gateways by id.
    pub(super) route_tables: BTreeMap<String, RouteTable>,
    /// Attachments of this account's VPCs to gateways of other accounts, where they are kept.
    pub(super) elsewhere: BTreeMap<String, Elsewhere>,
    /// Attachments of those gateways to gateways of others by id.
    #[serde(default)]
    pub(super) peerings: BTreeMap<String, Peering>,
    /// Policy tables of those gateways by id.
    #[serde(default)]
    pub(super) policy_tables: BTreeMap<String, PolicyTable>,
}

/// A gateway's attachment to another gateway, which has not been accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Peering {
    pub(super) gateway_id: String,
    pub(super) peer_id: String,
    pub(super) peer_owner: AccountId,
    pub(super) peer_region: String,
    pub(super) created: Moment,
    pub(super) progress: Progress,
}

impl Peering {
    /// It is never accepted: nobody in the twin owns the other gateway.
    pub(super) fn state(&self, now: Moment) -> &'static str {
        match self.progress.stage(now) {
            Stage::Pending => "initiatingRequest",
            Stage::Available | Stage::Modifying => "pendingAcceptance",
            stage => stage.name(),
        }
    }
}

/// A policy table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PolicyTable {
    pub(super) gateway_id: String,
    pub(super) created: Moment,
    pub(super) progress: Progress,
}

/// What the owner of a VPC knows of its attachment to another account's gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    pub(super) vpc_id: String,
    /// When it ends or has ended, once that is settled.
    pub(super) ends_at: Option<Moment>,
}

impl Elsewhere {
    pub(super) fn shown(&self, now: Moment) -> bool {
        self.ends_at.is_none_or(|end| now.since(end) <= SHOWN_AFTER_END)
    }
}

impl State {
    /// Forgets what is no longer shown.
    pub(super) fn forget_ended(&mut self, now: Moment) {
        self.gateways.retain(|_, gateway| gateway.progress.shown(now));
        self.attachments.retain(|_, attachment| attachment.shown(now));
        self.route_tables.retain(|_, table| table.progress.shown(now));
        self.elsewhere.retain(|_, attachment| attachment.shown(now));
        self.peerings.retain(|_, peering| peering.progress.shown(now));
        self.policy_tables.retain(|_, table| table.progress.shown(now));
    }

    /// True where a VPC of this account has an attachment, to whosever gateway, that has not ended.
    #[must_use]
    pub fn any_in_vpc(&self, vpc_id: &str, now: Moment) -> bool {
        let own = self.attachments.values().any(|one| one.vpc_id == vpc_id && !one.stage(now).ended());
        own || self.elsewhere.values().any(|one| one.vpc_id == vpc_id && one.ends_at.is_none_or(|end| now < end))
    }
}

/// Where something with a beginning, changes and an end stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// Being made, there from that moment on.
    Pending(Moment),
    /// Being changed until that moment, and there.
    Modifying(Moment),
    /// Being deleted, gone from that moment on.
    Deleting(Moment),
}

/// What AWS calls the state of a gateway or a route table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Pending,
    Available,
    Modifying,
    Deleting,
    Deleted,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Modifying => "modifying",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}

impl Progress {
    pub(super) fn stage(self, now: Moment) -> Stage {
        match self {
            Self::Pending(until) if now < until => Stage::Pending,
            Self::Modifying(until) if now < until => Stage::Modifying,
            Self::Pending(_) | Self::Modifying(_) => Stage::Available,
            Self::Deleting(until) if now < until => Stage::Deleting,
            Self::Deleting(_) => Stage::Deleted,
        }
    }

    /// Deleted things stay visible for a while, then it is as if they had never been.
    pub(super) fn shown(self, now: Moment) -> bool {
        !matches!(self, Self::Deleting(until) if now.since(until) > SHOWN_AFTER_END)
    }
}

/// A transit gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Gateway {
    pub(super) id: String,
    pub(super) owner: AccountId,
    pub(super) description: Option<String>,
    pub(super) created: Moment,
    pub(super) progress: Progress,
    pub(super) options: GatewayOptions,
}

impl Gateway {
    /// True for the table that new attachments are associated with or propagate to.
    pub(super) fn is_default_table(&self, route_table_id: &str) -> bool {
        let GatewayOptions { association_default_route_table_id, propagation_default_route_table_id, .. } =
            &self.options;
        [association_default_route_table_id, propagation_default_route_table_id]
            .into_iter()
            .any(|id| id.as_deref() == Some(route_table_id))
    }
}

/// A transit gateway's options; `true` is `enable`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GatewayOptions {
    pub(super) amazon_side_asn: i64,
    pub(super) auto_accept_shared_attachments: bool,
    pub(super) default_route_table_association: bool,
    pub(super) association_default_route_table_id: Option<String>,
    pub(super) default_route_table_propagation: bool,
    pub(super) propagation_default_route_table_id: Option<String>,
    pub(super) vpn_ecmp_support: bool,
    pub(super) dns_support: bool,
    pub(super) security_group_referencing_support: bool,
    pub(super) multicast_support: bool,
}

/// A VPC's attachment to a transit gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attachment {
    pub(super) id: String,
    pub(super) gateway_id: String,
    pub(super) gateway_owner: AccountId,
    pub(super) vpc_id: String,
    pub(super) vpc_owner: AccountId,
    /// The subnets; their interfaces are there once the attachment was accepted.
    pub(super) subnets: ZonalSubnets,
    pub(super) options: AttachmentOptions,
    pub(super) created: Moment,
    pub(super) progress: AttachmentProgress,
    pub(super) association: Option<Association>,
}

/// A VPC attachment's options; `true` is `enable`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct AttachmentOptions {
    pub(super) dns_support: bool,
    pub(super) security_group_referencing_support: bool,
    pub(super) ipv6_support: bool,
    pub(super) appliance_mode_support: bool,
}

/// Where an attachment stands: as other things, and before that it may have to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AttachmentProgress {
    /// Waits for the gateway's owner.
    AwaitingAcceptance,
    /// Turned down by the gateway's owner at the first moment, rejected from the second on.
    Rejecting(Moment, Moment),
    /// Accepted, or in need of no acceptance, but its interfaces could not be made; failed from that moment on.
    Failing(Moment),
    /// Accepted, or in need of no acceptance.
    Open(Progress),
}

/// What AWS calls the state of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttachmentStage {
    PendingAcceptance,
    Rejecting,
    Rejected,
    Failing,
    Failed,
    Open(Stage),
}

impl AttachmentStage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PendingAcceptance => "pendingAcceptance",
            Self::Rejecting => "rejecting",
            Self::Rejected => "rejected",
            Self::Failing => "failing",
            Self::Failed => "failed",
            Self::Open(stage) => stage.name(),
        }
    }

    /// True in the states in which nothing of the attachment is left to be used or deleted.
    pub(super) fn ended(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed | Self::Open(Stage::Deleted))
    }

    /// True in the states in which packets pass.
    pub(super) fn forwards(self) -> bool {
        matches!(self, Self::Open(Stage::Available | Stage::Modifying))
    }
}

impl Attachment {
    pub(super) fn stage(&self, now: Moment) -> AttachmentStage {
        match self.progress {
            AttachmentProgress::AwaitingAcceptance => AttachmentStage::PendingAcceptance,
            AttachmentProgress::Rejecting(asked, _) if now < asked => AttachmentStage::PendingAcceptance,
            AttachmentProgress::Rejecting(_, until) if now < until => AttachmentStage::Rejecting,
            AttachmentProgress::Rejecting(..) => AttachmentStage::Rejected,
            AttachmentProgress::Failing(until) if now < until => AttachmentStage::Failing,
            AttachmentProgress::Failing(_) => AttachmentStage::Failed,
            AttachmentProgress::Open(progress) => AttachmentStage::Open(progress.stage(now)),
        }
    }

    pub(super) fn shown(&self, now: Moment) -> bool {
        match self.progress {
            AttachmentProgress::AwaitingAcceptance => true,
            AttachmentProgress::Rejecting(_, until) | AttachmentProgress::Failing(until) => {
                now.since(until) <= SHOWN_AFTER_END
            }
            AttachmentProgress::Open(progress) => progress.shown(now),
        }
    }

    /// True for the owner of the gateway and for the owner of the VPC.
    pub(super) fn belongs_to(&self, account: &str) -> bool {
        self.gateway_owner == account || self.vpc_owner == account
    }

    /// The route table and the state of the association, which goes away with its attachment.
    pub(super) fn association(&self, now: Moment) -> Option<(&str, AssociationStage)> {
        let association = self.association.as_ref()?;
        let stage = association.stage(now)?;
        let stage = match self.stage(now) {
            stage if stage.ended() => return None,
            AttachmentStage::Open(Stage::Deleting) => AssociationStage::Disassociating,
            _ => stage,
        };
        Some((&association.route_table_id, stage))
    }

    /// True where a route table is, or will be, associated.
    pub(super) fn needs_route_table(&self, id: &str, now: Moment) -> bool {
        !self.stage(now).ended()
            && self.association.as_ref().is_some_and(|association| {
                association.route_table_id == id && association.ends_at.is_none_or(|end| now < end)
            })
    }

    /// The association as an account sees it: route tables are the business of the gateway's owner alone.
    pub(super) fn association_seen_by(&self, account: &str, now: Moment) -> Option<(&str, AssociationStage)> {
        self.association(now).filter(|_| self.gateway_owner == account)
    }
}

/// The route table in which packets from an attachment are looked up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Association {
    pub(super) route_table_id: String,
    /// When it begins: later than the request where a default association waits for its attachment.
    pub(super) from: Moment,
    pub(super) associated_at: Moment,
    /// When it is gone, once somebody asked for that.
    pub(super) ends_at: Option<Moment>,
}

/// What AWS calls the state of an association, as long as there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssociationStage {
    Associating,
    Associated,
    Disassociating,
}

impl AssociationStage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Associating => "associating",
            Self::Associated => "associated",
            Self::Disassociating => "disassociating",
        }
    }
}

impl Association {
    fn stage(&self, now: Moment) -> Option<AssociationStage> {
        match self.ends_at {
            _ if now < self.from => None,
            Some(end) if now < end => Some(AssociationStage::Disassociating),
            Some(_) => None,
            None if now < self.associated_at => Some(AssociationStage::Associating),
            None => Some(AssociationStage::Associated),
        }
    }
}

/// A transit gateway's route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RouteTable {
    pub(super) id: String,
    pub(super) gateway_id: String,
    pub(super) created: Moment,
    pub(super) progress: Progress,
    /// Propagations by attachment.
    pub(super) propagations: BTreeMap<String, Propagation>,
    /// Static routes by destination.
    pub(super) static_routes: BTreeMap<Ipv4Net, StaticRoute>,
}

/// An attachment's routes being installed in a route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Propagation {
    /// When it begins: later than the request where a default propagation waits for its attachment.
    pub(super) from: Moment,
    pub(super) enabled_at: Moment,
    /// When it is gone, once somebody asked for that.
    pub(super) ends_at: Option<Moment>,
}

/// What AWS calls the state of a propagation, as long as there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PropagationStage {
    Enabling,
    Enabled,
    Disabling,
}

impl PropagationStage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabling => "enabling",
            Self::Enabled => "enabled",
            Self::Disabling => "disabling",
        }
    }
}

impl Propagation {
    fn stage(&self, now: Moment) -> Option<PropagationStage> {
        match self.ends_at {
            _ if now < self.from => None,
            Some(end) if now < end => Some(PropagationStage::Disabling),
            Some(_) => None,
            None if now < self.enabled_at => Some(PropagationStage::Enabling),
            None => Some(PropagationStage::Enabled),
        }
    }
}

impl RouteTable {
    /// The state of an attachment's propagation to this table, which goes away with its attachment.
    pub(super) fn propagation(&self, attachment: &Attachment, now: Moment) -> Option<PropagationStage> {
        let stage = self.propagations.get(&attachment.id)?.stage(now)?;
        match attachment.stage(now) {
            stage if stage.ended() => None,
            AttachmentStage::Open(Stage::Deleting) => Some(PropagationStage::Disabling),
            _ => Some(stage),
        }
    }
}

/// A route that somebody created, as opposed to one that an attachment propagates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StaticRoute {
    /// Where packets go; without one they are dropped.
    pub(super) attachment_id: Option<String>,
    /// When the route, or its latest change, takes effect.
    pub(super) effective_at: Moment,
    /// When it is gone, once somebody asked for that.
    pub(super) ends_at: Option<Moment>,
    /// The prefix list that brings it, where it is referred to.
    #[serde(default)]
    pub(super) prefix_list_id: Option<String>,
}

impl StaticRoute {
    /// To an attachment, or to nowhere.
    pub(super) fn new(attachment_id: Option<&str>, effective_at: Moment) -> Self {
        let attachment_id = attachment_id.map(str::to_owned);
        Self { attachment_id, effective_at, ends_at: None, prefix_list_id: None }
    }

    pub(super) fn gone(&self, now: Moment) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}
