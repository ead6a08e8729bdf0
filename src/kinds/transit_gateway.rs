//! Transit gateways.

use aws_sdk_ec2::types::{
    AutoAcceptSharedAttachmentsValue, DefaultRouteTableAssociationValue, DefaultRouteTablePropagationValue,
    DnsSupportValue, ModifyTransitGatewayOptions, ResourceType, TransitGatewayRequestOptions, VpnEcmpSupportValue,
};

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, Realm, SecurityHubType, Specification, Tagging, Task,
    Timing, View, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::values::Severity;

with_fields! {
    /// A transit gateway.
    pub struct TransitGateway with TransitGatewayField {
        /// What people read.
        pub description: String,
        /// Its autonomous system number on Amazon's side.
        pub amazon_side_asn: i64,
        /// True where attachments from other accounts need no acceptance.
        pub auto_accept_shared_attachments: bool,
        /// True where new attachments are associated with a default route table.
        pub default_route_table_association: bool,
        /// True where new attachments propagate to a default route table.
        pub default_route_table_propagation: bool,
        /// True where DNS names of instances in other attached VPCs resolve to private addresses.
        pub dns_support: bool,
        /// True where equal-cost VPN tunnels share the load.
        pub vpn_ecmp_support: bool,
    }
}

impl Specification for TransitGateway {
    const NAME: &'static str = "transit-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(120, 60, 60);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateTransitGateway"], &["ModifyTransitGateway"], &["DeleteTransitGateway"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, MODIFY, DELETE];
    const ALSO_NEEDS: &'static [&'static str] = &["iam:CreateServiceLinkedRole"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2TransitGateway").in_ec2("transit-gateway");
    const FINDINGS: &'static [FindingRule<TransitGatewayField>] = &[
        FindingRule::weakened(TransitGatewayField::auto_accept_shared_attachments, When::TurnedOn, Severity::High)
            .fsbp(&["EC2.23"])
            .nist(&["AC-4", "CM-2"]),
        FindingRule::weakened(TransitGatewayField::default_route_table_association, When::TurnedOn, Severity::High)
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(TransitGatewayField::default_route_table_propagation, When::TurnedOn, Severity::High)
            .nist(&["AC-4", "SC-7"]),
    ];
    const COSTLY: bool = true;
    const SHARED: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayDetails:transitGatewayId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGateways");
const CREATE: Operation = Service::Ec2.create("CreateTransitGateway");
const MODIFY: Operation = Service::Ec2.idempotent("ModifyTransitGateway");
const DELETE: Operation = Service::Ec2.delete("DeleteTransitGateway");

impl Kind for TransitGateway {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.transit_gateways().await?.iter().filter_map(|gateway| observed(answer, gateway).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let options = TransitGatewayRequestOptions::builder()
            .amazon_side_asn(self.amazon_side_asn)
            .auto_accept_shared_attachments(word(self.auto_accept_shared_attachments))
            .default_route_table_association(word(self.default_route_table_association))
            .default_route_table_propagation(word(self.default_route_table_propagation))
            .dns_support(word(self.dns_support))
            .vpn_ecmp_support(word(self.vpn_ecmp_support))
            .build();
        let send = || {
            let request = task.cloud.ec2().create_transit_gateway().description(&self.description);
            request
                .options(options.clone())
                .tag_specifications(specification(ResourceType::TransitGateway, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.transit_gateway.and_then(|gateway| gateway.transit_gateway_id))
    }

    /// Only what differs is sent: AWS refuses some of the options while anything is attached.
    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        if self == there {
            return Ok(());
        }
        let options = ModifyTransitGatewayOptions::builder()
            .set_amazon_side_asn((self.amazon_side_asn != there.amazon_side_asn).then_some(self.amazon_side_asn))
            .set_auto_accept_shared_attachments(changed(
                self.auto_accept_shared_attachments,
                there.auto_accept_shared_attachments,
            ))
            .set_default_route_table_association(changed(
                self.default_route_table_association,
                there.default_route_table_association,
            ))
            .set_default_route_table_propagation(changed(
                self.default_route_table_propagation,
                there.default_route_table_propagation,
            ))
            .set_dns_support(changed(self.dns_support, there.dns_support))
            .set_vpn_ecmp_support(changed(self.vpn_ecmp_support, there.vpn_ecmp_support))
            .build();
        let unchanged = ModifyTransitGatewayOptions::builder().build();
        let options = (options != unchanged).then_some(options);
        let description = (self.description != there.description).then(|| self.description.clone());
        let send = || {
            let request = task.cloud.ec2().modify_transit_gateway().transit_gateway_id(&live.id);
            request.set_description(description.clone()).set_options(options.clone()).send()
        };
        task.cloud.call(MODIFY, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_transit_gateway().transit_gateway_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

/// AWS's word for a switch, as the type that a switch has.
pub(super) fn word<Switch: From<&'static str>>(on: bool) -> Switch {
    Switch::from(if on { "enable" } else { "disable" })
}

/// The switch, where it has to be turned.
pub(super) fn changed<Switch: From<&'static str>>(wanted: bool, there: bool) -> Option<Switch> {
    (wanted != there).then(|| word(wanted))
}

fn observed(
    answer: Answer<'_>,
    gateway: &aws_sdk_ec2::types::TransitGateway,
) -> Result<Option<Observed<TransitGateway>>, CallError> {
    let Some(state) = state(answer.part(gateway.state(), "state")?.as_str(), None) else { return Ok(None) };
    let options = answer.part(gateway.options(), "options")?;
    Ok(Some(Observed {
        id: answer.part(gateway.transit_gateway_id.clone(), "transitGatewayId")?,
        aliases: Vec::new(),
        tags: tags_of(gateway.tags.as_ref()),
        state,
        spec: TransitGateway {
            description: gateway.description().unwrap_or_default().to_owned(),
            amazon_side_asn: answer.part(options.amazon_side_asn, "amazonSideAsn")?,
            auto_accept_shared_attachments: options.auto_accept_shared_attachments()
                == Some(&AutoAcceptSharedAttachmentsValue::Enable),
            default_route_table_association: options.default_route_table_association()
                == Some(&DefaultRouteTableAssociationValue::Enable),
            default_route_table_propagation: options.default_route_table_propagation()
                == Some(&DefaultRouteTablePropagationValue::Enable),
            dns_support: options.dns_support() == Some(&DnsSupportValue::Enable),
            vpn_ecmp_support: options.vpn_ecmp_support() == Some(&VpnEcmpSupportValue::Enable),
        },
    }))
}
