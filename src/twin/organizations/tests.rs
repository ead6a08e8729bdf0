//! The rules of Organizations, seen from outside.

use serde_json::{Value, json};

use super::ACCOUNTS_QUOTA;
use crate::twin::front::Twin;
use crate::twin::testing::{Client, text};

/// Longer than an organization takes to be finalized.
const HOUR: u64 = 3601;

/// A client of the management account of an organization, and the root's id.
fn bench() -> (Client, String) {
    let mut client = Client::management(&Twin::new(1));
    client.organizations("CreateOrganization", &json!({})).expect("an organization");
    let roots = client.wait(HOUR).all("ListRoots", "Roots", json!({}));
    let root = string(&roots[0]["Id"]);
    (client, root)
}

fn string(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn unit(client: &mut Client, parent: &str, name: &str) -> Result<String, String> {
    let members = json!({"ParentId": parent, "Name": name});
    let answer = client.wait(2).organizations("CreateOrganizationalUnit", &members)?;
    Ok(string(&answer["OrganizationalUnit"]["Id"]))
}

fn create(client: &mut Client, email: &str) -> Result<Value, String> {
    let members = json!({"Email": email, "AccountName": "Workload"});
    let answer = client.wait(10).organizations("CreateAccount", &members)?;
    Ok(answer["CreateAccountStatus"].clone())
}

fn status(client: &Client, request: &Value) -> Value {
    let members = json!({"CreateAccountRequestId": request["Id"]});
    client.organizations("DescribeCreateAccountStatus", &members).expect("a status")["CreateAccountStatus"].clone()
}

#[test]
fn an_account_is_created_then_its_role_and_then_ec2() {
    let mut client = Client::management(&Twin::new(1));
    client.organizations("CreateOrganization", &json!({})).expect("an organization");
    assert_eq!(create(&mut client, "a@example.com"), Err("FinalizingOrganizationException".to_owned()));
    client.wait(HOUR);
    let request = create(&mut client, "a@example.com").expect("a request");
    assert_eq!((&request["State"], &request["AccountId"]), (&json!("IN_PROGRESS"), &Value::Null));
    assert!(client.all("ListAccounts", "Accounts", json!({})).len() == 1, "nobody sees it yet");

    let done = (0..900).map(|_| status(client.wait(1), &request)).find(|status| status["State"] == "SUCCEEDED");
    let account = string(&done.expect("it succeeds within fifteen minutes")["AccountId"]);
    let described = client.organizations("DescribeAccount", &json!({"AccountId": account})).expect("the account");
    assert_eq!((&described["Account"]["State"], &described["Account"]["Status"]), (&json!("ACTIVE"), &json!("ACTIVE")));

    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let assume = |client: &Client| client.assume(&[("RoleArn", &role), ("RoleSessionName", "test")]);
    assert_eq!(assume(&client).err().as_deref(), Some("AccessDenied"), "the role is not there at once");
    assert!(assume(client.wait(420)).is_ok());

    client.wait(60);
    assert_eq!(client.all("ListAccounts", "Accounts", json!({})).len(), 2);
}

#[test]
fn ec2_is_not_there_at_once_in_a_new_account() {
    let (mut client, _) = bench();
    let request = create(&mut client, "a@example.com").expect("a request");
    let account = string(&status(client.wait(900), &request)["AccountId"]);
    client.wait(420);
    // The role may be usable long before EC2 is: put EC2 off to see the time between.
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let session = client.assume(&[("RoleArn", &role), ("RoleSessionName", "test")]).expect("a session");
    let until = session.now.after(1000);
    client.twin.with_world(|world| {
        if let Some(account) = world.organizations.accounts.get_mut(&account) {
            account.ec2_from = until;
        }
    });
    let describe = |client: &Client| client.form("ec2", &[("Action", "DescribeVpcs")]);
    assert_eq!(text(&describe(&session).body, "Code"), "OptInRequired");
    assert_eq!(describe(session.clone().wait(1)).status, 200);
}

#[test]
fn an_email_serves_one_account_and_the_quota_holds() {
    let (mut client, _) = bench();
    let first = create(&mut client, "a@example.com").expect("a request");
    let second = create(&mut client, "a@example.com").expect("a request that will fail");
    client.wait(900);
    assert_eq!(status(&client, &first)["State"], "SUCCEEDED");
    let failed = status(client.wait(1), &second);
    assert_eq!((&failed["State"], &failed["FailureReason"]), (&json!("FAILED"), &json!("EMAIL_ALREADY_EXISTS")));

    client.twin.with_world(|world| world.quotas.insert(ACCOUNTS_QUOTA.to_owned(), 2));
    let refused = create(&mut client, "b@example.com");
    assert_eq!(refused, Err("ConstraintViolationException:ACCOUNT_NUMBER_LIMIT_EXCEEDED".to_owned()));
    client.twin.with_world(|world| world.quotas.insert(ACCOUNTS_QUOTA.to_owned(), 50));
    assert!(create(&mut client, "b@example.com").is_ok());
}

#[test]
fn five_accounts_are_created_at_a_time() {
    let (mut client, _) = bench();
    let made: Vec<_> = (0..6).map(|number| create(&mut client, &format!("{number}@example.com"))).collect();
    assert!(made[..5].iter().all(Result::is_ok), "{made:?}");
    assert_eq!(made[5], Err("TooManyRequestsException".to_owned()));
    client.wait(900);
    assert!(create(&mut client, "5@example.com").is_ok());
}

#[test]
fn units_have_distinct_names_five_levels_and_no_members_when_deleted() {
    let (mut client, root) = bench();
    let top = unit(&mut client, &root, "Workloads").expect("a unit");
    assert_eq!(unit(&mut client, &root, "Workloads"), Err("DuplicateOrganizationalUnitException".to_owned()));
    let mut parent = top.clone();
    for level in 2..=5 {
        parent = unit(&mut client, &parent, &format!("Level {level}")).expect("a unit");
    }
    let refused = unit(&mut client, &parent, "Level 6");
    assert_eq!(refused, Err("ConstraintViolationException:OU_DEPTH_LIMIT_EXCEEDED".to_owned()));

    let delete = |client: &mut Client, id: &str| {
        client.wait(2).organizations("DeleteOrganizationalUnit", &json!({"OrganizationalUnitId": id}))
    };
    assert_eq!(delete(&mut client, &top), Err("OrganizationalUnitNotEmptyException".to_owned()));
    assert_eq!(delete(&mut client, &parent), Ok(json!({})));
    let refused = client.organizations("DescribeOrganizationalUnit", &json!({"OrganizationalUnitId": parent}));
    assert_eq!(refused, Err("OrganizationalUnitNotFoundException".to_owned()));
}

#[test]
fn a_move_needs_the_true_source_and_comes_through_later() {
    let (mut client, root) = bench();
    let request = create(&mut client, "a@example.com").expect("a request");
    let account = string(&status(client.wait(900), &request)["AccountId"]);
    let unit = unit(client.wait(60), &root, "Workloads").expect("a unit");
    let r#move = |client: &mut Client, source: &str, destination: &str| {
        let members = json!({"AccountId": account, "SourceParentId": source, "DestinationParentId": destination});
        client.wait(1).organizations("MoveAccount", &members)
    };
    assert_eq!(r#move(&mut client, &unit, &root), Err("DuplicateAccountException".to_owned()));
    assert_eq!(r#move(&mut client, &root, &unit), Ok(json!({})));
    assert_eq!(r#move(&mut client, &root, &unit), Err("DuplicateAccountException".to_owned()));
    client.wait(60);
    let parents = client.all("ListParents", "Parents", json!({"ChildId": account}));
    assert_eq!(parents, [json!({"Id": unit, "Type": "ORGANIZATIONAL_UNIT"})]);
    let accounts = client.all("ListAccountsForParent", "Accounts", json!({"ParentId": unit}));
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["Paths"][0], format!("{}{account}/", path(&mut client, &unit)));
}

fn path(client: &mut Client, unit: &str) -> String {
    let members = json!({"OrganizationalUnitId": unit});
    let answer = client.wait(2).organizations("DescribeOrganizationalUnit", &members).expect("the unit");
    string(&answer["OrganizationalUnit"]["Path"])
}

#[test]
fn lists_come_in_pages_of_at_most_twenty_whose_tokens_fit_no_other_list() {
    let (mut client, root) = bench();
    for number in 0..23 {
        unit(&mut client, &root, &format!("Unit {number}")).expect("a unit");
    }
    client.wait(60);
    let members = json!({"ParentId": root});
    let units = client.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", members.clone());
    assert_eq!(units.len(), 23);
    let first = client.wait(9).organizations("ListOrganizationalUnitsForParent", &members).expect("a page");
    assert!(first["OrganizationalUnits"].as_array().is_some_and(|units| units.len() <= 20));
    let refused = client.organizations("ListAccounts", &json!({"NextToken": first["NextToken"]}));
    assert_eq!(refused, Err("InvalidInputException:INVALID_NEXT_TOKEN".to_owned()));
}

#[test]
fn tags_are_kept_on_accounts_units_and_the_root() {
    let (mut client, root) = bench();
    let unit = unit(&mut client, &root, "Workloads").expect("a unit");
    for resource in [root, unit, client.twin.management_credentials().account] {
        let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
        let members = json!({"ResourceId": resource, "Tags": tags});
        client.wait(1).organizations("TagResource", &members).expect("tagged");
        let members = json!({"ResourceId": resource, "TagKeys": ["a"]});
        client.wait(1).organizations("UntagResource", &members).expect("untagged");
        let tags = client.all("ListTagsForResource", "Tags", json!({"ResourceId": resource}));
        assert_eq!(tags, [json!({"Key": "b", "Value": "2"})], "{resource}");
    }
    let refused = client.organizations("ListTagsForResource", &json!({"ResourceId": "ou-none-00000000"}));
    assert_eq!(refused, Err("TargetNotFoundException".to_owned()));
}
