//! Transit gateways.

use std::collections::BTreeSet;

use super::super::documents;
use super::{Assembly, UnusableAnswer, ids, is_gone};
use crate::reach::network::{
    AttachedResource, Attachment, AttachmentState, ObjectId, RouteDestination, RouteOrigin, TransitGateway,
    TransitGatewayRoute, TransitGatewayRouteTable, TransitGatewayTarget,
};

const ROUTES: &str = "search-transit-gateway-routes";
const ASSOCIATIONS: &str = "get-transit-gateway-route-table-associations";
const PROPAGATIONS: &str = "get-transit-gateway-route-table-propagations";

impl Assembly<'_> {
    /// Gateways and attachments: a shared gateway is shown in several accounts, its attachments in two.
    pub(super) fn transit_gateways(&mut self) -> Result<(), UnusableAnswer> {
        let gateways: documents::TransitGateways = self.place.answer("describe-transit-gateways")?.unwrap_or_default();
        for gateway in gateways.transit_gateways.iter().filter(|one| !is_gone(one.state.as_deref())) {
            let id = ObjectId::from(gateway.transit_gateway_id.as_str());
            let account = gateway.owner_id.clone().unwrap_or_else(|| self.place.account.to_string());
            self.name(&gateway.transit_gateway_id, &gateway.tags);
            self.network.transit_gateways.insert(id.clone(), TransitGateway { id, account });
        }
        let attachments: documents::TransitGatewayVpcAttachments =
            self.place.answer("describe-transit-gateway-vpc-attachments")?.unwrap_or_default();
        for attachment in &attachments.transit_gateway_vpc_attachments {
            let options = attachment.options.as_ref();
            let appliance_mode = options.and_then(|one| one.appliance_mode_support.as_deref()) == Some("enable");
            let vpc = attachment.vpc_id.as_str().into();
            let subnets = ids(&attachment.subnet_ids);
            self.name(&attachment.transit_gateway_attachment_id, &attachment.tags);
            self.attachment(
                &attachment.transit_gateway_attachment_id,
                &attachment.transit_gateway_id,
                &attachment.state,
                AttachedResource::Vpc { vpc, subnets, appliance_mode },
            );
        }
        let attachments: documents::TransitGatewayAttachments =
            self.place.answer("describe-transit-gateway-attachments")?.unwrap_or_default();
        for attachment in &attachments.transit_gateway_attachments {
            let id = ObjectId::from(attachment.transit_gateway_attachment_id.as_str());
            if attachment.resource_type != "vpc" {
                let kind = attachment.resource_type.clone();
                let resource = AttachedResource::Other { kind, id: attachment.resource_id.clone().unwrap_or_default() };
                self.name(&attachment.transit_gateway_attachment_id, &attachment.tags);
                self.attachment(id.as_str(), &attachment.transit_gateway_id, &attachment.state, resource);
            }
            let associated = attachment.association.as_ref().filter(|one| one.state.as_deref() == Some("associated"));
            let table = associated.and_then(|one| one.transit_gateway_route_table_id.as_deref());
            self.associate(&id, table);
        }
        self.policy_tables()
    }

    fn attachment(&mut self, id: &str, gateway: &str, state: &str, resource: AttachedResource) {
        if is_gone(Some(state)) {
            return;
        }
        let state = match state {
            "available" | "modifying" => AttachmentState::Available,
            other => AttachmentState::Other(other.to_owned()),
        };
        let id = ObjectId::from(id);
        let new = Attachment { id: id.clone(), transit_gateway: gateway.into(), resource, state, association: None };
        self.network.attachments.entry(id).or_insert(new);
    }

    fn associate(&mut self, attachment: &ObjectId, table: Option<&str>) {
        if let (Some(attachment), Some(table)) = (self.network.attachments.get_mut(attachment), table) {
            attachment.association = Some(table.into());
        }
    }

    fn policy_tables(&mut self) -> Result<(), UnusableAnswer> {
        let tables: documents::TransitGatewayPolicyTables =
            self.place.answer("describe-transit-gateway-policy-tables")?.unwrap_or_default();
        for table in tables.transit_gateway_policy_tables.iter().filter(|one| !is_gone(one.state.as_deref())) {
            let caveat =
                format!("the transit gateway policy table {} is not modelled", table.transit_gateway_policy_table_id);
            self.network.caveats.insert(caveat);
        }
        Ok(())
    }

    /// Route tables: they are shown to the gateway's owner alone.
    pub(super) fn transit_gateway_tables(&mut self) -> Result<(), UnusableAnswer> {
        let place = self.place;
        let tables: documents::TransitGatewayRouteTables =
            place.answer("describe-transit-gateway-route-tables")?.unwrap_or_default();
        for table in tables.transit_gateway_route_tables.iter().filter(|one| !is_gone(one.state.as_deref())) {
            let id = ObjectId::from(table.transit_gateway_route_table_id.as_str());
            let transit_gateway = table.transit_gateway_id.as_str().into();
            self.name(&table.transit_gateway_route_table_id, &table.tags);
            let propagations = BTreeSet::new();
            let new = TransitGatewayRouteTable {
                id: id.clone(),
                transit_gateway,
                routes: Vec::new(),
                propagations,
                known: false,
            };
            self.network.transit_gateway_route_tables.insert(id, new);
        }
        for (table, associations) in place.answers::<documents::TransitGatewayAssociations>(ASSOCIATIONS)? {
            let is_there = |one: &&documents::TransitGatewayAssociation| one.state.as_deref() == Some("associated");
            for association in associations.associations.iter().filter(is_there) {
                self.associate(&association.transit_gateway_attachment_id.as_str().into(), Some(table));
            }
        }
        for (table, propagations) in place.answers::<documents::TransitGatewayPropagations>(PROPAGATIONS)? {
            let is_there = |one: &&documents::TransitGatewayPropagation| one.state.as_deref() == Some("enabled");
            let all = propagations.transit_gateway_route_table_propagations.iter().filter(is_there);
            let all = ids(all.map(|one| &one.transit_gateway_attachment_id));
            if let Some(table) = self.network.transit_gateway_route_tables.get_mut(&table.into()) {
                table.propagations = all;
            }
        }
        for (table, answer) in place.answers::<documents::TransitGatewayRoutes>(ROUTES)? {
            self.routes(table, &answer)?;
        }
        Ok(())
    }

    fn routes(&mut self, table: &str, answer: &documents::TransitGatewayRoutes) -> Result<(), UnusableAnswer> {
        if answer.additional_routes_available == Some(true) {
            let caveat =
                format!("{table} has more routes than one search shows: those that are left out are not modelled");
            self.network.caveats.insert(caveat);
        }
        let mut routes = Vec::new();
        for route in &answer.routes {
            routes.extend(self.transit_gateway_route(&format!("{ROUTES}.{table}"), route)?);
        }
        if let Some(table) = self.network.transit_gateway_route_tables.get_mut(&table.into()) {
            table.routes = routes;
            table.known = true;
        }
        Ok(())
    }

    fn transit_gateway_route(
        &self,
        command: &str,
        route: &documents::TransitGatewayRoute,
    ) -> Result<Option<TransitGatewayRoute>, UnusableAnswer> {
        if matches!(route.state.as_deref(), Some("deleting" | "deleted" | "pending")) {
            return Ok(None);
        }
        let destination = match (&route.destination_cidr_block, &route.prefix_list_id) {
            // IPv6 is not modelled.
            (Some(range), _) if range.contains(':') => return Ok(None),
            (Some(range), _) => RouteDestination::Range(self.value(command, range)?),
            (None, Some(list)) => RouteDestination::PrefixList(list.as_str().into()),
            (None, None) => return Ok(None),
        };
        let is_blackhole = route.state.as_deref() == Some("blackhole");
        let via = route.transit_gateway_attachments.first().filter(|_| !is_blackhole);
        let target = via.map_or(TransitGatewayTarget::Blackhole, |via| {
            TransitGatewayTarget::Attachment(via.transit_gateway_attachment_id.as_str().into())
        });
        let resource = via.and_then(|via| via.resource_type.as_deref());
        let origin = match (route.route_type.as_deref(), resource) {
            (Some("propagated"), Some("direct-connect-gateway")) => RouteOrigin::DirectConnect,
            (Some("propagated"), Some("connect")) => RouteOrigin::Connect,
            (Some("propagated"), Some("vpn")) => RouteOrigin::Vpn,
            (Some("propagated"), _) => RouteOrigin::Vpc,
            _ if route.prefix_list_id.is_some() => RouteOrigin::PrefixList,
            _ => RouteOrigin::Static,
        };
        Ok(Some(TransitGatewayRoute { destination, target, origin }))
    }
}
