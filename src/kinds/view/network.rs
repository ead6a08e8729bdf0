//! VPCs and what is inside them.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use aws_sdk_ec2::types::{
    Address, AttributeBooleanValue, DhcpOptions, Filter, FlowLog, InternetGateway, NatGateway, RouteTable,
    SecurityGroup, Subnet, Tag, TransitGatewayVpcAttachment, Vpc, VpcAttributeName, VpcEndpoint,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::try_join_all;

use super::{FILTER_VALUES, Once, View};
use crate::cloud::{CallError, Operation, Service, pages};
use crate::kinds::{TAG_ADDRESS, TAG_ZONE};

const DESCRIBE_VPCS: Operation = Service::Ec2.read("DescribeVpcs");
const DESCRIBE_VPC_ATTRIBUTE: Operation = Service::Ec2.read("DescribeVpcAttribute");
const DESCRIBE_SUBNETS: Operation = Service::Ec2.read("DescribeSubnets");
const DESCRIBE_ROUTE_TABLES: Operation = Service::Ec2.read("DescribeRouteTables");
const DESCRIBE_INTERNET_GATEWAYS: Operation = Service::Ec2.read("DescribeInternetGateways");
const DESCRIBE_ADDRESSES: Operation = Service::Ec2.read("DescribeAddresses");
const DESCRIBE_NAT_GATEWAYS: Operation = Service::Ec2.read("DescribeNatGateways");
const DESCRIBE_SECURITY_GROUPS: Operation = Service::Ec2.read("DescribeSecurityGroups");
const DESCRIBE_VPC_ENDPOINTS: Operation = Service::Ec2.read("DescribeVpcEndpoints");
const DESCRIBE_DHCP_OPTIONS: Operation = Service::Ec2.read("DescribeDhcpOptions");
const DESCRIBE_FLOW_LOGS: Operation = Service::Ec2.read("DescribeFlowLogs");
pub(super) const DESCRIBE_ATTACHMENTS: Operation = Service::Ec2.read("DescribeTransitGatewayVpcAttachments");

#[derive(Debug, Default)]
pub(super) struct Cells {
    vpcs: Once<Vec<Vpc>>,
    vpc_ids: Once<Vec<String>>,
    dns: Once<BTreeMap<String, DnsAttributes>>,
    subnets: Once<Vec<Subnet>>,
    route_tables: Once<Vec<RouteTable>>,
    internet_gateways: Once<Vec<InternetGateway>>,
    addresses: Once<Vec<Address>>,
    nat_gateways: Once<Vec<NatGateway>>,
    security_groups: Once<Vec<SecurityGroup>>,
    vpc_endpoints: Once<Vec<VpcEndpoint>>,
    flow_logs: Once<Vec<FlowLog>>,
    dhcp_options: Once<Vec<DhcpOptions>>,
    attachments: Once<Vec<TransitGatewayVpcAttachment>>,
}

/// What a VPC's description leaves out.
#[derive(Debug, Clone, Copy)]
pub(in crate::kinds) struct DnsAttributes {
    /// The attribute `enableDnsSupport`.
    pub support: bool,
    /// The attribute `enableDnsHostnames`.
    pub hostnames: bool,
}

/// A filter of a describe call.
pub(super) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The filter for what carries the tag of any zone, or any address.
pub(super) fn of_zones() -> Filter {
    filter("tag-key", [TAG_ZONE, TAG_ADDRESS])
}

impl View {
    /// True for what the lock pins; for what carries the zone's tag, in whatever case; and for what carries an address only:
    /// somebody has taken the other tag away.
    pub(in crate::kinds) fn is_of_zone(&self, id: Option<&str>, tags: &[Tag]) -> bool {
        let value = |key| tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value);
        let is_pinned = id.is_some_and(|id| self.subject.known.pinned.contains(id));
        is_pinned
            || match value(TAG_ZONE) {
                Some(zone) => zone.eq_ignore_ascii_case(self.subject.zone.as_str()),
                None => value(TAG_ADDRESS).is_some(),
            }
    }

    /// The pinned ids of a kind, by how AWS's ids of it begin, that are not among those found.
    pub(super) fn pinned_besides(&self, prefix: &str, found: &BTreeSet<&str>) -> Vec<String> {
        let pinned = self.subject.known.pinned.iter().filter(|id| id.starts_with(prefix));
        pinned.filter(|id| !found.contains(id.as_str())).cloned().collect()
    }

    /// Everything that a describe call finds by ids in a filter. No ids: no call.
    pub(super) async fn by_ids<Item, Page, E, Sent>(
        &self,
        operation: Operation,
        filter_name: &str,
        ids: &[String],
        send: impl Fn(Filter, Option<String>) -> Sent,
        split: impl Fn(Page) -> (Option<Vec<Item>>, Option<String>),
    ) -> Result<Vec<Item>, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        Sent: Future<Output = Result<Page, SdkError<E, Response>>>,
    {
        let mut all = Vec::new();
        for some in ids.chunks(FILTER_VALUES) {
            let filter = filter(filter_name, some);
            all.extend(pages(&self.cloud, operation, |token| send(filter.clone(), token), &split).await?);
        }
        Ok(all)
    }

    /// The zone's VPCs: those with its tag, and those known to be its own. Where none is known, those in which a subnet
    /// carries the zone's tag, too: a VPC may have lost its own.
    pub(in crate::kinds) async fn vpcs(&self) -> Result<&[Vpc], CallError> {
        let fetch = || async {
            let send = |filter: Filter, token| {
                self.cloud.ec2().describe_vpcs().filters(filter).max_results(1000).set_next_token(token).send()
            };
            let mut all =
                pages(&self.cloud, DESCRIBE_VPCS, |token| send(of_zones(), token), |page| (page.vpcs, page.next_token))
                    .await?;
            all.retain(|vpc| self.is_of_zone(vpc.vpc_id(), vpc.tags()));
            let found: BTreeSet<&str> = all.iter().filter_map(Vpc::vpc_id).collect();
            let known = self.subject.known.vpcs.iter().flatten();
            let known = known.filter(|id| !found.contains(id.as_str())).cloned();
            let mut others: BTreeSet<String> = known.chain(self.pinned_besides("vpc-", &found)).collect();
            if !self.knows_its("vpc-") {
                let tagged = self.tagged_subnets().await?;
                let around = tagged.iter().filter_map(Subnet::vpc_id).filter(|id| !found.contains(id));
                others.extend(around.map(str::to_owned));
            }
            let others: Vec<String> = others.into_iter().collect();
            all.extend(self.by_ids(DESCRIBE_VPCS, "vpc-id", &others, send, |page| (page.vpcs, page.next_token)).await?);
            Ok(all)
        };
        self.network.vpcs.get(fetch).await.map(Vec::as_slice)
    }

    /// True where the lock pins something whose id begins so, and where a run waits for what it does.
    pub(super) fn knows_its(&self, prefix: &str) -> bool {
        self.subject.known.waits || self.subject.known.pinned.iter().any(|id| id.starts_with(prefix))
    }

    /// The subnets that carry the zone's tag, wherever they are.
    async fn tagged_subnets(&self) -> Result<Vec<Subnet>, CallError> {
        let send = |token| {
            let request = self.cloud.ec2().describe_subnets().filters(of_zones());
            request.max_results(1000).set_next_token(token).send()
        };
        let mut all = pages(&self.cloud, DESCRIBE_SUBNETS, send, |page| (page.subnets, page.next_token)).await?;
        all.retain(|subnet| self.is_of_zone(subnet.subnet_id(), subnet.tags()));
        Ok(all)
    }

    /// The ids of the zone's VPCs, without a call where they are known.
    pub(in crate::kinds) async fn vpc_ids(&self) -> Result<&[String], CallError> {
        if let Some(known) = &self.subject.known.vpcs {
            return Ok(known);
        }
        let fetch = || async {
            let answer = self.answer(DESCRIBE_VPCS);
            self.vpcs().await?.iter().map(|vpc| answer.part(vpc.vpc_id.clone(), "vpcId")).collect()
        };
        self.network.vpc_ids.get(fetch).await.map(Vec::as_slice)
    }

    /// The DNS attributes of the zone's VPCs, by VPC. AWS tells one attribute of one VPC per call.
    pub(in crate::kinds) async fn dns_attributes(&self) -> Result<&BTreeMap<String, DnsAttributes>, CallError> {
        let fetch = || async {
            let answer = self.answer(DESCRIBE_VPCS);
            let each = self.vpcs().await?.iter().map(|vpc| async move {
                let id = answer.part(vpc.vpc_id(), "vpcId")?;
                let attributes = self.listed(self.dns_attributes_of(id).await)?;
                Ok::<_, CallError>(attributes.map(|attributes| (id.to_owned(), attributes)))
            });
            Ok(try_join_all(each).await?.into_iter().flatten().collect())
        };
        self.network.dns.get(fetch).await
    }

    async fn dns_attributes_of(&self, vpc: &str) -> Result<DnsAttributes, CallError> {
        let ask = |attribute: VpcAttributeName| async move {
            let client = self.cloud.ec2();
            let send = || client.describe_vpc_attribute().vpc_id(vpc).attribute(attribute.clone()).send();
            self.cloud.call(DESCRIBE_VPC_ATTRIBUTE, send).await
        };
        let (support, hostnames) =
            futures::try_join!(ask(VpcAttributeName::EnableDnsSupport), ask(VpcAttributeName::EnableDnsHostnames),)?;
        let answer = self.answer(DESCRIBE_VPC_ATTRIBUTE);
        let value = |attribute: Option<AttributeBooleanValue>, name| {
            answer.part(attribute.and_then(|attribute| attribute.value), name)
        };
        Ok(DnsAttributes {
            support: value(support.enable_dns_support, "enableDnsSupport")?,
            hostnames: value(hostnames.enable_dns_hostnames, "enableDnsHostnames")?,
        })
    }

    /// The subnets of the zone's VPCs.
    pub(in crate::kinds) async fn subnets(&self) -> Result<&[Subnet], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_subnets().filters(filter).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_SUBNETS, "vpc-id", vpcs, send, |page| (page.subnets, page.next_token)).await
        };
        self.network.subnets.get(fetch).await.map(Vec::as_slice)
    }

    /// The route tables of the zone's VPCs, main ones included.
    pub(in crate::kinds) async fn route_tables(&self) -> Result<&[RouteTable], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_route_tables().filters(filter).max_results(100).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_ROUTE_TABLES, "vpc-id", vpcs, send, |page| (page.route_tables, page.next_token)).await
        };
        self.network.route_tables.get(fetch).await.map(Vec::as_slice)
    }

    /// The internet gateways that carry the zone's tag or are attached to its VPCs. AWS joins filters by "and" only, so
    /// that all are asked for, of which an account has a handful.
    pub(in crate::kinds) async fn internet_gateways(&self) -> Result<&[InternetGateway], CallError> {
        let fetch = || async {
            let send =
                |token| self.cloud.ec2().describe_internet_gateways().max_results(1000).set_next_token(token).send();
            let all =
                pages(&self.cloud, DESCRIBE_INTERNET_GATEWAYS, send, |page| (page.internet_gateways, page.next_token))
                    .await?;
            let vpcs = self.vpc_ids().await?;
            let concerns = |gateway: &InternetGateway| {
                let attached = gateway.attachments().iter().filter_map(|one| one.vpc_id());
                self.is_of_zone(gateway.internet_gateway_id(), gateway.tags())
                    || attached.into_iter().any(|vpc| vpcs.iter().any(|id| id == vpc))
            };
            Ok(all.into_iter().filter(concerns).collect())
        };
        self.network.internet_gateways.get(fetch).await.map(Vec::as_slice)
    }

    /// The Elastic IP addresses that carry the zone's tag, and those that NAT gateways in its VPCs use: their tags may be
    /// lost. AWS answers in one page.
    pub(in crate::kinds) async fn addresses(&self) -> Result<&[Address], CallError> {
        let fetch = || async {
            let send = |filter: Filter| self.cloud.ec2().describe_addresses().filters(filter).send();
            let tagged = self.cloud.call(DESCRIBE_ADDRESSES, || send(of_zones())).await?.addresses.unwrap_or_default();
            let is_own = |address: &Address| self.is_of_zone(address.allocation_id(), address.tags());
            let mut all: Vec<Address> = tagged.into_iter().filter(is_own).collect();
            let found: BTreeSet<&str> = all.iter().filter_map(Address::allocation_id).collect();
            let gateways = self.nat_gateways().await?.iter().flat_map(NatGateway::nat_gateway_addresses);
            let used = gateways.filter_map(|address| address.allocation_id()).filter(|id| !found.contains(id));
            let pinned = self.pinned_besides("eipalloc-", &found);
            let others: BTreeSet<String> = used.map(str::to_owned).chain(pinned).collect();
            let others: Vec<String> = others.into_iter().collect();
            for ids in others.chunks(FILTER_VALUES) {
                let of_ids = filter("allocation-id", ids);
                let pinned = self.cloud.call(DESCRIBE_ADDRESSES, || send(of_ids.clone())).await?;
                all.extend(pinned.addresses.unwrap_or_default());
            }
            Ok(all)
        };
        self.network.addresses.get(fetch).await.map(Vec::as_slice)
    }

    /// The NAT gateways of the zone's VPCs.
    pub(in crate::kinds) async fn nat_gateways(&self) -> Result<&[NatGateway], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_nat_gateways().filter(filter).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_NAT_GATEWAYS, "vpc-id", vpcs, send, |page| (page.nat_gateways, page.next_token)).await
        };
        self.network.nat_gateways.get(fetch).await.map(Vec::as_slice)
    }

    /// The security groups of the zone's VPCs, default ones included.
    pub(in crate::kinds) async fn security_groups(&self) -> Result<&[SecurityGroup], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                let request = self.cloud.ec2().describe_security_groups().filters(filter);
                request.max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_SECURITY_GROUPS, "vpc-id", vpcs, send, |page| (page.security_groups, page.next_token))
                .await
        };
        self.network.security_groups.get(fetch).await.map(Vec::as_slice)
    }

    /// The endpoints of the zone's VPCs, those that a firewall manages included.
    pub(in crate::kinds) async fn vpc_endpoints(&self) -> Result<&[VpcEndpoint], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_vpc_endpoints().filters(filter).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_VPC_ENDPOINTS, "vpc-id", vpcs, send, |page| (page.vpc_endpoints, page.next_token))
                .await
        };
        self.network.vpc_endpoints.get(fetch).await.map(Vec::as_slice)
    }

    /// The flow logs of the zone's VPCs; those of single subnets and interfaces are not among them.
    pub(in crate::kinds) async fn flow_logs(&self) -> Result<&[FlowLog], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_flow_logs().filter(filter).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_FLOW_LOGS, "resource-id", vpcs, send, |page| (page.flow_logs, page.next_token)).await
        };
        self.network.flow_logs.get(fetch).await.map(Vec::as_slice)
    }

    /// All DHCP option sets of the account: a VPC names its own by an id that says nothing of what the set says.
    pub(in crate::kinds) async fn dhcp_options(&self) -> Result<&[DhcpOptions], CallError> {
        let fetch = || async {
            let send = |token| self.cloud.ec2().describe_dhcp_options().max_results(1000).set_next_token(token).send();
            pages(&self.cloud, DESCRIBE_DHCP_OPTIONS, send, |page| (page.dhcp_options, page.next_token)).await
        };
        self.network.dhcp_options.get(fetch).await.map(Vec::as_slice)
    }

    /// The transit gateway attachments of the zone's VPCs.
    pub(in crate::kinds) async fn attachments(&self) -> Result<&[TransitGatewayVpcAttachment], CallError> {
        let fetch = || async {
            let vpcs = self.vpc_ids().await?;
            self.attachments_by("vpc-id", vpcs).await
        };
        self.network.attachments.get(fetch).await.map(Vec::as_slice)
    }

    /// VPC attachments by a filter of ids.
    pub(super) async fn attachments_by(
        &self,
        filter_name: &str,
        ids: &[String],
    ) -> Result<Vec<TransitGatewayVpcAttachment>, CallError> {
        let send = |filter, token| {
            let request = self.cloud.ec2().describe_transit_gateway_vpc_attachments().filters(filter);
            request.max_results(1000).set_next_token(token).send()
        };
        self.by_ids(DESCRIBE_ATTACHMENTS, filter_name, ids, send, |page| {
            (page.transit_gateway_vpc_attachments, page.next_token)
        })
        .await
    }
}
