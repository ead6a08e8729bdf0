//! Who did what a sweep has found, as CloudTrail tells.

use aws_sdk_ec2::types::{ApplianceModeSupportValue, ModifyTransitGatewayVpcAttachmentRequestOptions, Tag};
use lz::operate::SweepRequest;
use lz::twin::faults::Kind;

use super::drift::{HUB, Scene};
use super::world::{Console, World};

const P: &str = "payments-prod/container";

impl World {
    /// What a sweep finds, each with the call and the principal that CloudTrail tells; and what else it says.
    fn done_by(&mut self) -> (Vec<String>, Vec<String>) {
        let swept = self.try_sweep(&SweepRequest { only: &[], authors: true }).expect("a sweep");
        let tell = |finding: &lz::sweep::Finding| {
            let what = finding.address.as_ref().map_or(finding.kind?.as_str().to_owned(), ToString::to_string);
            let author = finding.by.as_ref();
            let author =
                author.map(|one| format!("{} by {}", one.call, one.principal.rsplit(':').next().unwrap_or("")));
            Some(format!("{what}: {}", author.unwrap_or_else(|| "nobody".to_owned())))
        };
        let about_resources = swept.sweep.findings.iter().filter(|one| one.violation.is_none());
        (about_resources.filter_map(tell).collect(), swept.notes)
    }

    /// Until CloudTrail shows what was done.
    fn wait_for_events(&self, account: &str) {
        self.by_hand(account, async |by: Console| by.clock.sleep(std::time::Duration::from_secs(900)).await);
    }
}

#[test]
fn whoever_changed_added_or_took_away_something_is_named() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let (workload, hub) = (world.account("payments-prod"), world.account(HUB));
    let table = scene.id(&format!("{P}/private/az1/route-table"));
    let (endpoint, vpc) = (scene.id(&format!("{P}/endpoints/logs")), scene.id(&format!("{P}/vpc")));
    world.by_hand(&workload, async |by: Console| {
        let delete = by.ec2.delete_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0");
        delete.send().await.expect("done");
        by.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&endpoint).send().await.expect("done");
        by.ec2.associate_vpc_cidr_block().vpc_id(&vpc).cidr_block("192.168.0.0/16").send().await.expect("done");
        let owner = Tag::builder().key("owner").value("somebody").build();
        by.ec2.create_tags().resources(&vpc).tags(owner).send().await.expect("done");
    });
    let attachment = scene.id("networking/egress/attachment");
    world.by_hand(&hub, async |by: Console| {
        let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder();
        let options = options.appliance_mode_support(ApplianceModeSupportValue::Disable).build();
        let modify = by.ec2.modify_transit_gateway_vpc_attachment().transit_gateway_attachment_id(&attachment);
        modify.options(options).send().await.expect("done");
    });
    world.wait_for_events(&hub);
    let (told, notes) = world.done_by();
    let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
    told.sort_unstable();
    let person = "user/administrator";
    let expected = [
        format!("networking/egress/attachment: ModifyTransitGatewayVpcAttachment by {person}"),
        format!("payments-prod/container/endpoints/logs: DeleteVpcEndpoints by {person}"),
        format!("payments-prod/container/private/az1/routes/0.0.0.0-0: DeleteRoute by {person}"),
        format!("payments-prod/container/vpc: CreateTags by {person}"),
        format!("vpc-cidr-block: AssociateVpcCidrBlock by {person}"),
    ];
    assert_eq!(told, expected);
    assert_eq!(notes, [""; 0]);
}

#[test]
fn what_cloudtrail_does_not_show_yet_and_whom_it_refuses_is_nobody_s_failure() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let workload = world.account("payments-prod");
    let subnet = scene.id(&format!("{P}/private/az1/subnet"));
    world.by_hand(&workload, async |by: Console| {
        let untag = by.ec2.delete_tags().resources(&subnet).tags(Tag::builder().key("owner").build());
        untag.send().await.expect("done");
    });
    world.wait_for_events(&workload);
    world.fault(Kind::Denied, Some(&workload), "LookupEvents", 1, u64::MAX);
    let (told, notes) = world.done_by();
    assert_eq!(told, ["payments-prod/container/private/az1/subnet: nobody"]);
    let refused = format!("CloudTrail can't be asked in {workload}: ");
    assert!(
        matches!(notes.as_slice(), [note] if note.starts_with(&refused) && note.contains("AccessDenied")),
        "{notes:?}"
    );
}
