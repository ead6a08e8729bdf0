//! The transit gateway, with whom it is shared, and the attachments to it.

use aws_sdk_ec2::types::builders::ModifyTransitGatewayOptionsBuilder;
use aws_sdk_ec2::types::{
    ApplianceModeSupportValue, AutoAcceptSharedAttachmentsValue, DefaultRouteTableAssociationValue,
    DefaultRouteTablePropagationValue, DnsSupportValue, ModifyTransitGatewayOptions,
    ModifyTransitGatewayVpcAttachmentRequestOptions, VpnEcmpSupportValue,
};
use aws_sdk_ram::types::Tag;
use lz::kinds::TAG_ADDRESS;

use super::case::{ADDRESS_LOST, Entry, GONE, Person, drift, identity, never};
use super::scene::HUB;
use super::vpc::{PAYMENTS, retagged, unaddressed, unzoned};

const GATEWAY: &str = "networking/transit-gateway/self";
const SHARE: &str = "networking/transit-gateway/share";
const EGRESS: &str = "networking/egress/attachment";
const SPOKE: &str = "payments-prod/container/attachment";

async fn modify(
    it: &Person,
    change: impl FnOnce(ModifyTransitGatewayOptionsBuilder) -> ModifyTransitGatewayOptionsBuilder,
) {
    let options = change(ModifyTransitGatewayOptions::builder()).build();
    it.ec2.modify_transit_gateway().transit_gateway_id(it.id(GATEWAY)).options(options).send().await.expect("done");
}

pub fn transit_gateway() -> Vec<Entry> {
    vec![
        // AWS deletes no gateway that anything is attached to.
        drift(
            GONE,
            HUB,
            |it| async move {
                for attachment in [EGRESS, "networking/ingress/attachment"] {
                    delete_attachment(&it, attachment).await;
                }
                it.wait().await;
                for table in ["spokes-prod", "spokes-dev", "egress", "ingress"] {
                    let table = it.id(&format!("networking/transit-gateway/tables/{table}/self"));
                    let delete = it.ec2.delete_transit_gateway_route_table();
                    delete.transit_gateway_route_table_id(table).send().await.expect("done");
                }
                it.wait().await;
                it.ec2.delete_transit_gateway().transit_gateway_id(it.id(GATEWAY)).send().await.expect("done");
            },
            &[
                "medium missing networking/transit-gateway/self",
                "medium missing networking/transit-gateway/tables/*",
                "medium missing networking/transit-gateway/acceptances/*",
                "medium missing */attachment",
                "medium changed networking/transit-gateway/share transit_gateways",
                "medium changed networking/egress/firewall/*/routes/10.32.0.0-11 target state",
                "medium changed networking/ingress/private/*/routes/* target state",
                "medium changed */container/*/routes/* target state",
                "medium violated attachments-cover-zones of networking, orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated no-blackholes of networking, orders-prod, payments-dev, payments-prod",
                "high violated paths-exist of networking, orders-prod, payments-dev, payments-prod",
            ],
        )
        .after(PAYMENTS, |it| async move { delete_attachment(&it, SPOKE).await })
        .after("orders-prod", |it| async move { delete_attachment(&it, "orders-prod/container/attachment").await })
        .after("payments-dev", |it| async move { delete_attachment(&it, "payments-dev/container/attachment").await }),
        drift(
            "description",
            HUB,
            |it| async move {
                let modify = it.ec2.modify_transit_gateway().transit_gateway_id(it.id(GATEWAY));
                modify.description("somebody's").send().await.expect("done");
            },
            &["medium changed networking/transit-gateway/self description"],
        ),
        drift(
            "amazon_side_asn",
            HUB,
            |it| async move { modify(&it, |options| options.amazon_side_asn(64_513)).await },
            &["medium changed networking/transit-gateway/self amazon_side_asn"],
        ),
        drift(
            "auto_accept_shared_attachments",
            HUB,
            |it| async move {
                let on = AutoAcceptSharedAttachmentsValue::Enable;
                modify(&it, |options| options.auto_accept_shared_attachments(on)).await;
            },
            &["high weakened networking/transit-gateway/self auto_accept_shared_attachments"],
        ),
        drift(
            "default_route_table_association",
            HUB,
            |it| async move {
                let table = it.id("networking/transit-gateway/tables/egress/self");
                let on = DefaultRouteTableAssociationValue::Enable;
                let change = |options: ModifyTransitGatewayOptionsBuilder| {
                    options.default_route_table_association(on).association_default_route_table_id(table)
                };
                modify(&it, change).await;
            },
            &["high weakened networking/transit-gateway/self default_route_table_association"],
        ),
        drift(
            "default_route_table_propagation",
            HUB,
            |it| async move {
                let table = it.id("networking/transit-gateway/tables/egress/self");
                let on = DefaultRouteTablePropagationValue::Enable;
                let change = |options: ModifyTransitGatewayOptionsBuilder| {
                    options.default_route_table_propagation(on).propagation_default_route_table_id(table)
                };
                modify(&it, change).await;
            },
            &["high weakened networking/transit-gateway/self default_route_table_propagation"],
        ),
        drift(
            "dns_support",
            HUB,
            |it| async move { modify(&it, |options| options.dns_support(DnsSupportValue::Disable)).await },
            &["medium changed networking/transit-gateway/self dns_support"],
        ),
        drift(
            "vpn_ecmp_support",
            HUB,
            |it| async move { modify(&it, |options| options.vpn_ecmp_support(VpnEcmpSupportValue::Disable)).await },
            &["medium changed networking/transit-gateway/self vpn_ecmp_support"],
        ),
        retagged(HUB, GATEWAY, &["low changed networking/transit-gateway/self tags"]),
        unaddressed(HUB, GATEWAY, &["low changed networking/transit-gateway/self tags"]),
        unzoned(HUB, GATEWAY, &["low changed networking/transit-gateway/self tags"]),
    ]
}

pub fn resource_share() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                it.ram.delete_resource_share().resource_share_arn(it.id(SHARE)).send().await.expect("done");
            },
            &["medium missing networking/transit-gateway/share"],
        ),
        drift(
            "name",
            HUB,
            |it| async move {
                let update = it.ram.update_resource_share().resource_share_arn(it.id(SHARE));
                update.name("theirs").send().await.expect("done");
            },
            &["medium changed networking/transit-gateway/share name"],
        ),
        drift(
            "allow_external_principals",
            HUB,
            |it| async move {
                let update = it.ram.update_resource_share().resource_share_arn(it.id(SHARE));
                update.allow_external_principals(true).send().await.expect("done");
            },
            &["high weakened networking/transit-gateway/share allow_external_principals"],
        ),
        drift(
            "transit_gateways",
            HUB,
            |it| async move {
                let associations = it.ram.get_resource_share_associations().resource_share_arns(it.id(SHARE));
                let resources = aws_sdk_ram::types::ResourceShareAssociationType::Resource;
                let all = associations.association_type(resources).send().await.expect("associations");
                let shared = all.resource_share_associations().first().and_then(|one| one.associated_entity());
                let disassociate = it.ram.disassociate_resource_share().resource_share_arn(it.id(SHARE));
                disassociate.resource_arns(shared.expect("a resource")).send().await.expect("done");
            },
            &["medium changed networking/transit-gateway/share transit_gateways"],
        ),
        drift(
            "principals",
            HUB,
            |it| async move {
                let associations = it.ram.get_resource_share_associations().resource_share_arns(it.id(SHARE));
                let principals = aws_sdk_ram::types::ResourceShareAssociationType::Principal;
                let all = associations.association_type(principals).send().await.expect("associations");
                let principal = all.resource_share_associations().first().and_then(|one| one.associated_entity());
                let disassociate = it.ram.disassociate_resource_share().resource_share_arn(it.id(SHARE));
                disassociate.principals(principal.expect("a principal")).send().await.expect("done");
            },
            &["medium changed networking/transit-gateway/share principals"],
        )
        .of("one less"),
        drift(
            "principals",
            HUB,
            |it| async move {
                let associate = it.ram.associate_resource_share().resource_share_arn(it.id(SHARE));
                associate.principals(it.id("organization/accounts/payments-prod")).send().await.expect("done");
            },
            &["high weakened networking/transit-gateway/share principals"],
        )
        .of("one more"),
        drift(
            "tags",
            HUB,
            |it| async move {
                let owner = Tag::builder().key("owner").value("somebody").build();
                it.ram.tag_resource().resource_share_arn(it.id(SHARE)).tags(owner).send().await.expect("done");
            },
            &["low changed networking/transit-gateway/share tags"],
        ),
        drift(
            "tags",
            HUB,
            |it| async move {
                let untag = it.ram.untag_resource().resource_share_arn(it.id(SHARE));
                untag.tag_keys(TAG_ADDRESS).send().await.expect("done");
            },
            &["low changed networking/transit-gateway/share tags"],
        )
        .of(ADDRESS_LOST),
    ]
}

async fn delete_attachment(it: &Person, attachment: &str) {
    let delete = it.ec2.delete_transit_gateway_vpc_attachment();
    delete.transit_gateway_attachment_id(it.id(attachment)).send().await.expect("done");
}

pub fn attachment() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move { delete_attachment(&it, SPOKE).await },
            &[
                "medium missing networking/transit-gateway/acceptances/payments-prod.container",
                "medium missing networking/transit-gateway/tables/egress/propagations/payments-prod.container",
                "medium missing networking/transit-gateway/tables/ingress/propagations/payments-prod.container",
                "medium missing networking/transit-gateway/tables/spokes-prod/associations/payments-prod.container",
                "medium missing payments-prod/container/attachment",
                "low changed payments-prod/container/data/az1/routes/10.16.0.0-16 state",
                "low changed payments-prod/container/data/az1/routes/10.32.0.0-11 state",
                "low changed payments-prod/container/data/az2/routes/10.16.0.0-16 state",
                "low changed payments-prod/container/data/az2/routes/10.32.0.0-11 state",
                "low changed payments-prod/container/private/*/routes/0.0.0.0-0 state",
                "high violated paths-exist of networking, payments-prod",
                "medium violated attachments-cover-zones of payments-prod",
                "medium violated listed-egress-passes of payments-prod",
                "medium violated no-blackholes of payments-prod",
            ],
        )
        .of("of a workload"),
        drift(
            GONE,
            HUB,
            |it| async move { delete_attachment(&it, EGRESS).await },
            &[
                "medium missing networking/egress/attachment",
                "medium missing networking/transit-gateway/tables/egress/associations/networking.egress",
                "low changed networking/egress/firewall/*/routes/10.32.0.0-11 state",
                "medium changed networking/transit-gateway/tables/spokes-dev/routes/0.0.0.0-0 target state",
                "medium changed networking/transit-gateway/tables/spokes-prod/routes/0.0.0.0-0 target state",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated attachments-cover-zones of networking",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated no-blackholes of networking",
            ],
        )
        .of("of the hub"),
        identity("transit_gateway"),
        identity("vpc"),
        drift(
            "subnets",
            PAYMENTS,
            |it| async move {
                let modify = it.ec2.modify_transit_gateway_vpc_attachment();
                let modify = modify.transit_gateway_attachment_id(it.id(SPOKE));
                let subnet = it.id("payments-prod/container/transit/az1/subnet");
                modify.remove_subnet_ids(subnet).send().await.expect("done");
            },
            &[
                "medium changed payments-prod/container/attachment subnets",
                "high violated paths-exist of networking, payments-prod",
                "medium violated attachments-cover-zones of payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        ),
        drift(
            "appliance_mode",
            HUB,
            |it| async move {
                let off = ApplianceModeSupportValue::Disable;
                let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder().appliance_mode_support(off);
                let modify = it.ec2.modify_transit_gateway_vpc_attachment();
                let modify = modify.transit_gateway_attachment_id(it.id(EGRESS)).options(options.build());
                modify.send().await.expect("done");
            },
            &[
                "critical violated egress-is-inspected of networking",
                "high weakened networking/egress/attachment appliance_mode",
            ],
        ),
        drift(
            "dns_support",
            PAYMENTS,
            |it| async move {
                let off = DnsSupportValue::Disable;
                let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder().dns_support(off);
                let modify = it.ec2.modify_transit_gateway_vpc_attachment();
                let modify = modify.transit_gateway_attachment_id(it.id(SPOKE)).options(options.build());
                modify.send().await.expect("done");
            },
            &["medium changed payments-prod/container/attachment dns_support"],
        ),
        retagged(PAYMENTS, SPOKE, &["low changed payments-prod/container/attachment tags"]),
    ]
}

pub fn acceptance() -> Vec<Entry> {
    vec![
        never(GONE, "AWS takes no acceptance back: it ends with the attachment, which is another case"),
        identity("attachment"),
    ]
}
