//! The rules of RAM, seen from both sides of a share.

use serde_json::{Value, json};

use super::shared_with;
use crate::twin::front::Twin;
use crate::twin::organizations::ACCOUNTS_QUOTA;
use crate::twin::testing::{Client, text};

/// An organization with a workload account in a unit, and a transit gateway of the management account.
struct Bench {
    management: Client,
    workload: Client,
    account: String,
    unit_arn: String,
    gateway: String,
}

fn string(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn bench() -> Bench {
    let twin = Twin::new(1);
    twin.with_world(|world| world.quotas.insert(ACCOUNTS_QUOTA.to_owned(), 50));
    let mut management = Client::management(&twin);
    let ask = |client: &mut Client, action: &str, members: Value| {
        client.wait(3600).organizations(action, &members).unwrap_or_else(|code| panic!("{action}: {code}"))
    };
    ask(&mut management, "CreateOrganization", json!({}));
    let root = string(&management.wait(3600).all("ListRoots", "Roots", json!({}))[0]["Id"]);
    let unit = ask(&mut management, "CreateOrganizationalUnit", json!({"ParentId": root, "Name": "Workloads"}));
    let request = ask(
        &mut management,
        "CreateAccount",
        json!({"Email": "a@example.com", "AccountName": "A", "RoleName": "admin"}),
    );
    let members = json!({"CreateAccountRequestId": request["CreateAccountStatus"]["Id"]});
    let status = ask(&mut management, "DescribeCreateAccountStatus", members);
    let account = string(&status["CreateAccountStatus"]["AccountId"]);
    let unit_id = &unit["OrganizationalUnit"]["Id"];
    let members = json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": unit_id});
    ask(&mut management, "MoveAccount", members);
    let role = format!("arn:aws:iam::{account}:role/admin");
    management.wait(3600);
    let workload =
        management.assume(&[("RoleArn", &role), ("RoleSessionName", "test")]).expect("the new account's role");
    let reply = management.form("ec2", &[("Action", "CreateTransitGateway")]);
    let gateway = text(&reply.body, "transitGatewayArn");
    Bench { management, workload, account, unit_arn: string(&unit["OrganizationalUnit"]["Arn"]), gateway }
}

impl Bench {
    fn share(&self, principal: &str, members: Value) -> Result<Value, String> {
        let mut request = json!({"name": "hub", "resourceArns": [self.gateway], "principals": [principal]});
        if let (Some(request), Value::Object(members)) = (request.as_object_mut(), members) {
            request.extend(members);
        }
        self.management.ram("CreateResourceShare", &request).map(|answer| answer["resourceShare"].clone())
    }

    /// Lets time pass for both sides, in seconds.
    fn wait(&mut self, seconds: u64) {
        self.management.wait(seconds);
        self.workload.now = self.management.now;
    }

    fn statuses(&self, share: &Value) -> Vec<String> {
        let list = |kind: &str| {
            let members = json!({"associationType": kind, "resourceShareArns": [share["resourceShareArn"]]});
            self.management.ram("GetResourceShareAssociations", &members).expect("associations")
        };
        [list("RESOURCE"), list("PRINCIPAL")]
            .iter()
            .flat_map(|answer| answer["resourceShareAssociations"].as_array().cloned().unwrap_or_default())
            .map(|association| string(&association["status"]))
            .collect()
    }

    fn visible(&self) -> bool {
        let now = self.management.now;
        self.management.twin.with_world(|world| shared_with(world, &self.gateway, &self.account, now))
    }
}

#[test]
fn only_rams_own_switch_lets_it_share_with_a_unit() {
    let mut bench = bench();
    let unit = bench.unit_arn.clone();
    assert_eq!(bench.share(&unit, json!({})), Err("UnknownResourceException".to_owned()));
    let trusted = json!({"ServicePrincipal": "ram.amazonaws.com"});
    bench.management.organizations("EnableAWSServiceAccess", &trusted).expect("trusted access");
    assert_eq!(bench.share(&unit, json!({})), Err("UnknownResourceException".to_owned()));
    let refused = bench.workload.ram("EnableSharingWithAwsOrganization", &json!({}));
    assert_eq!(refused, Err("OperationNotPermittedException".to_owned()));
    bench.management.ram("EnableSharingWithAwsOrganization", &json!({})).expect("enabled");
    assert!(bench.share(&unit, json!({})).is_ok());
    bench.wait(240);
    assert!(bench.visible());
    bench.management.organizations("DisableAWSServiceAccess", &trusted).expect("withdrawn");
    assert!(!bench.visible());
    assert_eq!(bench.share(&unit, json!({})), Err("UnknownResourceException".to_owned()));
}

#[test]
fn a_share_comes_through_after_it_is_associated_and_ends_with_its_removal() {
    let mut bench = bench();
    bench.management.ram("EnableSharingWithAwsOrganization", &json!({})).expect("enabled");
    let share = bench.share(&bench.unit_arn, json!({})).expect("a share");
    assert_eq!((share["status"].as_str(), bench.visible()), (Some("PENDING"), false));
    assert_eq!(bench.statuses(&share), ["ASSOCIATING", "ASSOCIATING"]);

    let associated = (0..120).find(|_| {
        bench.wait(1);
        bench.statuses(&share) == ["ASSOCIATED", "ASSOCIATED"]
    });
    assert!(associated.is_some() && !bench.visible(), "associated is not yet visible");
    bench.wait(240);
    assert!(bench.visible());
    let seen = bench.workload.ram("ListResources", &json!({"resourceOwner": "OTHER-ACCOUNTS"})).expect("resources");
    assert_eq!(seen["resources"][0]["arn"], bench.gateway);

    let members = json!({"resourceShareArn": share["resourceShareArn"], "principals": [bench.unit_arn]});
    bench.management.ram("DisassociateResourceShare", &members).expect("disassociated");
    assert!(!bench.visible());
    assert_eq!(bench.statuses(&share), ["ASSOCIATED", "DISASSOCIATING"]);
    let refused = bench.management.ram("AssociateResourceShare", &members);
    assert_eq!(refused, Err("InvalidStateTransitionException".to_owned()));
    bench.wait(120);
    assert!(bench.management.ram("AssociateResourceShare", &members).is_ok());
}

#[test]
fn a_client_token_makes_one_share() {
    let bench = bench();
    bench.management.ram("EnableSharingWithAwsOrganization", &json!({})).expect("enabled");
    let first = bench.share(&bench.account, json!({"clientToken": "t"})).expect("a share");
    assert_eq!(bench.share(&bench.account, json!({"clientToken": "t"})), Ok(first));
    let refused = bench.share(&bench.account, json!({"clientToken": "t", "name": "other"}));
    assert_eq!(refused, Err("IdempotentParameterMismatchException".to_owned()));
    let shares = bench.management.ram("GetResourceShares", &json!({"resourceOwner": "SELF"})).expect("shares");
    assert_eq!(shares["resourceShares"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_not_there_or_not_ones_own_cannot_be_shared() {
    let bench = bench();
    bench.management.ram("EnableSharingWithAwsOrganization", &json!({})).expect("enabled");
    let share = |arn: String, client: &Client| {
        let members = json!({"name": "hub", "resourceArns": [arn], "allowExternalPrincipals": false});
        client.ram("CreateResourceShare", &members).map(|_| ())
    };
    let missing = format!("{}0", bench.gateway);
    assert_eq!(share(missing, &bench.management), Err("UnknownResourceException".to_owned()));
    assert_eq!(share("tgw-1".to_owned(), &bench.management), Err("MalformedArnException".to_owned()));
    assert_eq!(share(bench.gateway.clone(), &bench.workload), Err("OperationNotPermittedException".to_owned()));
    let outsider = bench.share("123456789012", json!({"allowExternalPrincipals": false}));
    assert_eq!(outsider, Err("InvalidParameterException".to_owned()));
}

#[test]
fn a_deleted_share_is_shown_as_deleted_for_a_while() {
    let mut bench = bench();
    bench.management.ram("EnableSharingWithAwsOrganization", &json!({})).expect("enabled");
    let share = bench.share(&bench.account, json!({})).expect("a share");
    bench.wait(300);
    assert!(bench.visible());
    let arn = string(&share["resourceShareArn"]);
    bench.management.delete_share(&arn).expect("deleted");
    assert!(!bench.visible());
    assert_eq!(bench.management.delete_share(&arn), Err("UnknownResourceException".to_owned()));
    bench.wait(120);
    let shares = |bench: &Bench| {
        let answer = bench.management.ram("GetResourceShares", &json!({"resourceOwner": "SELF"})).expect("shares");
        answer["resourceShares"].as_array().cloned().unwrap_or_default()
    };
    assert_eq!(shares(&bench)[0]["status"], "DELETED");
    bench.wait(2 * 3600);
    assert_eq!(shares(&bench), Vec::<Value>::new());
}
