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
    /// The request, for whoever reads of it.
    pub request: String,
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
        "DisassociateTransitGatewayRouteTable" | "DisableTransitGatewayRouteTablePropagation" => {
            two("TransitGatewayRouteTableId", "TransitGatewayAttachmentId").into_iter().collect()
        }
        "DisassociateRouteTable" | "ReplaceRouteTableAssociation" => field("AssociationId").into_iter().collect(),
        "DetachInternetGateway" => field("InternetGatewayId").into_iter().collect(),
        "MoveAccount" => members(body, "AccountId"),
        "DisassociateSubnets" => members(body, "FirewallArn"),
        _ => ids(path, body),
    };
    let (action, request) = (exchange.action.clone(), exchange.request.clone());
    Some(Taking { whole: !OF_CONNECTIONS.contains(&action.as_str()), action, ids, request })
}

/// The value of a member of a JSON document.
fn members(body: &str, name: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    document.get(name).and_then(|value| value.as_str()).map(str::to_owned).into_iter().collect()
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
    assert!(of("DeleteVpc", " Action=DeleteVpc&VpcId=vpc-1").is_some_and(|ids| ids.contains(&"vpc-1".to_owned())));
    let route = " RouteTableId=rtb-1&DestinationCidrBlock=0.0.0.0%2F0";
    assert_eq!(of("DeleteRoute", route), Some(vec!["rtb-1|0.0.0.0/0".to_owned()]));
    let propagation = " TransitGatewayRouteTableId=tgw-rtb-1&TransitGatewayAttachmentId=tgw-attach-1";
    let ids = of("DisableTransitGatewayRouteTablePropagation", propagation);
    assert_eq!(ids, Some(vec!["tgw-rtb-1|tgw-attach-1".to_owned()]));
    let share = "deleteresourceshare?resourceShareArn=arn%3Aaws%3Aram%3A1 ";
    assert_eq!(of("Deleteresourceshare", share), Some(vec!["arn:aws:ram:1".to_owned()]));
    assert_eq!(of("DeleteFirewall", " {\"FirewallArn\":\"arn:1\"}"), Some(vec!["arn:1".to_owned()]));
}
