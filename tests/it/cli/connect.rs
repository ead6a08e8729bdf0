//! AWS that isn't there, or doesn't want the caller.

use aws_credential_types::Credentials;

use super::{Place, Served, assert_text};

#[test]
fn without_credentials_or_an_answer_it_ends_soon_and_says_what_to_do() {
    let place = Place::with_zone();
    place.use_own_addresses();
    let none = place.lz(["plan"]).with_status(1);
    let served = Served::start(&place, "60");
    let endpoint = format!("http://127.0.0.1:{}", served.port);
    let strangers = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let refused = place.lz_with(&strangers, ["plan"]).with_status(1);
    assert_text!("connect", [none.stderr, refused.stderr].join("\n"));
}

/// A session of the role that AWS makes in every account of an organization.
fn session_in(served: &Served, account: &str) -> aws_sdk_sts::types::Credentials {
    let key = Credentials::new(
        served.variable("AWS_ACCESS_KEY_ID"),
        served.variable("AWS_SECRET_ACCESS_KEY"),
        None,
        None,
        "test",
    );
    let configuration = aws_sdk_sts::Config::builder()
        .behavior_version_latest()
        .endpoint_url(served.variable("AWS_ENDPOINT_URL"))
        .region(aws_sdk_sts::config::Region::new("eu-west-1"))
        .credentials_provider(key)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = aws_sdk_sts::Client::from_conf(configuration);
    let answer = runtime.block_on(client.assume_role().role_arn(role).role_session_name("test").send()).unwrap();
    answer.credentials.unwrap()
}

#[test]
fn a_member_account_is_told_that_it_is_not_the_management_account() {
    let place = Place::with_hub();
    let plan = place.lz(["--twin", "plan", "--output", "json"]).with_status(0).document();
    let changes = plan["changes"].as_array().unwrap();
    let networking = changes.iter().find(|change| change["account"] == "networking").unwrap();
    let served = Served::continued(&place);
    let session = session_in(&served, networking["account_id"].as_str().unwrap());
    let mut variables = served.variables();
    variables.extend([
        ("AWS_ACCESS_KEY_ID", session.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", session.secret_access_key()),
        ("AWS_SESSION_TOKEN", session.session_token()),
    ]);
    assert_text!("not-management", place.lz_with(&variables, ["plan"]).text());
}
