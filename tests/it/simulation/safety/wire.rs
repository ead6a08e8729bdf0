//! Which requests take something away, and what.

use super::super::trace::Exchange;

/// What a request takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// The request's action.
    pub action: String,
    /// AWS's ids of what it is about, as lz writes them.
    pub ids: Vec<String>,
    /// True where the thing itself goes; false where it stays, and only something that it is connected to is let go.
    pub whole: bool,
}

/// How the actions begin that take something away.
const VERBS: [&str; 12] = [
    "Delete",
    "Detach",
    "Disassociate",
    "Release",
    "Disable",
    "Replace",
    "Remove",
    "Reject",
    "Close",
    "Terminate",
    "Deregister",
    "Move",
];

/// Actions that begin so and take nothing away, each with the reason.
const HARMLESS: [(&str, &str); 2] = [
    ("DeleteTags", "a tag too many is taken off; the thing stays as it is"),
    ("DeleteRetentionPolicy", "a log group keeps its events for ever then"),
];

/// Actions after which the thing that they are about is still there.
const OF_CONNECTIONS: [&str; 9] = [
    "DetachInternetGateway",
    "DetachVpnGateway",
    "Disassociateresourceshare",
    "DisassociateSubnets",
    "DisassociateAddress",
    "MoveAccount",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    "ReplaceTransitGatewayRoute",
];

/// What a request takes away, where it does.
pub fn taking(exchange: &Exchange) -> Option<Taking> {
    let action = exchange.action.as_str();
    let takes = VERBS.iter().any(|verb| action.starts_with(verb));
    if !takes || HARMLESS.iter().any(|(harmless, _)| *harmless == action) {
        return None;
    }
    let (path, body) = exchange.request.split_once(' ').unwrap_or((&exchange.request, ""));
    let field = |name: &str| {
        let mut pairs = form_urlencoded::parse(body.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let two = |first: &str, second: &str| Some(format!("{}|{}", field(first)?, field(second)?));
    let ids = match action {
        "DeleteRoute" | "ReplaceRoute" => {
            ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"]
                .iter()
                .find_map(|destination| two("RouteTableId", destination))
                .into_iter()
                .collect()
        }
        "DeleteTransitGatewayRoute" | "ReplaceTransitGatewayRoute" => {
            two("TransitGatewayRouteTableId", "DestinationCidrBlock").into_iter().collect()
        }
        "DeleteTransitGatewayPrefixListReference" => {
            two("TransitGatewayRouteTableId", "PrefixListId").into_iter().collect()
        }
        "DisassociateTransitGatewayRouteTable" | "DisableTransitGatewayRouteTablePropagation" => {
            two("TransitGatewayRouteTableId", "TransitGatewayAttachmentId").into_iter().collect()
        }
        "ReleaseAddress" => field("AllocationId").into_iter().collect(),
        "DeleteSecurityGroup" => field("GroupId").into_iter().collect(),
        "DeleteTransitGatewayVpcAttachment" | "RejectTransitGatewayVpcAttachment" => {
            field("TransitGatewayAttachmentId").into_iter().collect()
        }
        "MoveAccount" => members(body, "AccountId"),
        "DisassociateSubnets" => members(body, "FirewallArn"),
        "Disassociateresourceshare" => members(body, "resourceShareArn"),
        _ if serde_json::from_str::<serde_json::Value>(body).is_ok() || path.contains('?') => ids(path, body),
        _ => named(action, body),
    };
    Some(Taking { whole: !OF_CONNECTIONS.contains(&action), action: action.to_owned(), ids })
}

/// The value of a member of a JSON document.
fn members(body: &str, name: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    document.get(name).and_then(|value| value.as_str()).map(str::to_owned).into_iter().collect()
}

/// The values of the parameters that an action is named by, such as `VpcId` of `DeleteVpc`, or else of the association.
fn named(action: &str, body: &str) -> Vec<String> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let of = |is_it: &dyn Fn(&str) -> bool| -> Vec<String> {
        let name = |key: &str| key.split('.').next().and_then(|key| key.strip_suffix("Id")).map(str::to_owned);
        let found = pairs.iter().filter(|(key, _)| name(key).is_some_and(|name| is_it(&name)));
        found.map(|(_, value)| value.clone()).collect()
    };
    let by_name = of(&|name| action.ends_with(name) || action.strip_suffix('s').is_some_and(|one| one.ends_with(name)));
    let by_association = of(&|name| name == "Association");
    let chosen = [by_association, by_name].into_iter().find(|ids| !ids.is_empty());
    chosen.unwrap_or_else(|| ids("", body))
}

/// All values of a request that are not empty: one of them is the id.
fn ids(path: &str, body: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let Some((_, query)) = path.split_once('?') {
        found.extend(form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()));
    }
    match serde_json::from_str(body) {
        Ok(document) => texts(&document, &mut found),
        Err(_) => found.extend(form_urlencoded::parse(body.as_bytes()).map(|(_, value)| value.into_owned())),
    }
    found
}

fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

/// The ids that a request takes away.
fn of(action: &str, request: &str) -> Option<Vec<String>> {
    let exchange = Exchange {
        at: 0,
        key: String::new(),
        action: action.to_owned(),
        request: request.to_owned(),
        error: None,
        answered: true,
    };
    taking(&exchange).map(|taking| taking.ids)
}

#[test]
fn what_a_request_takes_away_is_named_as_lz_names_it() {
    assert_eq!(of("CreateVpc", " Action=CreateVpc"), None);
    assert_eq!(of("DeleteTags", " ResourceId.1=vpc-1"), None);
    assert_eq!(of("DeleteVpc", " Action=DeleteVpc&VpcId=vpc-1"), Some(vec!["vpc-1".to_owned()]));
    let detach = " VpcId=vpc-1&InternetGatewayId=igw-1";
    assert_eq!(of("DetachInternetGateway", detach), Some(vec!["igw-1".to_owned()]));
    assert_eq!(of("DisassociateRouteTable", " AssociationId=a-1"), Some(vec!["a-1".to_owned()]));
    assert_eq!(of("DeleteFlowLogs", " FlowLogId.1=fl-1"), Some(vec!["fl-1".to_owned()]));
    let route = " RouteTableId=rtb-1&DestinationCidrBlock=0.0.0.0%2F0";
    assert_eq!(of("DeleteRoute", route), Some(vec!["rtb-1|0.0.0.0/0".to_owned()]));
    let propagation = " TransitGatewayRouteTableId=tgw-rtb-1&TransitGatewayAttachmentId=tgw-attach-1";
    let ids = of("DisableTransitGatewayRouteTablePropagation", propagation);
    assert_eq!(ids, Some(vec!["tgw-rtb-1|tgw-attach-1".to_owned()]));
    let share = "deleteresourceshare?resourceShareArn=arn%3Aaws%3Aram%3A1 ";
    assert_eq!(of("Deleteresourceshare", share), Some(vec!["arn:aws:ram:1".to_owned()]));
    assert_eq!(of("DeleteFirewall", " {\"FirewallArn\":\"arn:1\"}"), Some(vec!["arn:1".to_owned()]));
}
