use super::*;
use crate::cloud::CallError;
macro_rules! s { ($($k:ident)*) => { $(impl Kind for $k {
 async fn observe(_: &View) -> Result<Vec<Observed<Self>>, CallError> { todo!() }
 async fn create(&self, _: &Task<'_>) -> Result<Option<String>, CallError> { todo!() }
 async fn update(&self, _: &Observed<Self>, _: &Task<'_>) -> Result<(), CallError> { todo!() }
 async fn delete(_: &Observed<Self>, _: &Task<'_>) -> Result<(), CallError> { todo!() }
})* } }
s!(Organization OrganizationalUnit Account RamOrganizationSharing Vpc Subnet InternetGateway ElasticIp NatGateway RouteTable RouteTableAssociation Route DefaultSecurityGroup SecurityGroup VpcEndpoint FlowLog TransitGateway ResourceShare TransitGatewayAttachment TransitGatewayAttachmentAcceptance TransitGatewayRouteTable TransitGatewayAssociation TransitGatewayPropagation TransitGatewayRoute);
/// tag
pub async fn tag(
    _: KindName,
    _: &str,
    _: &std::collections::BTreeMap<String, String>,
    _: &crate::cloud::AccountCloud,
) -> Result<(), CallError> {
    todo!()
}
/// ids
pub async fn organization_ids(_: &View) -> Result<Option<OrganizationIds>, CallError> {
    todo!()
}
