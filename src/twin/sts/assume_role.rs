//! AssumeRole. <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::{ID, Key, Role, SECRET, Session, characters};
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::{Form, Xml};
use crate::twin::world::{Call, Caller};

/// The longest session, in seconds, of a role that was assumed with a role's credentials.
const LONGEST_CHAINED: u64 = 3600;
/// How long expired credentials are remembered, in milliseconds, to be told apart from unknown ones.
const EXPIRED_KEPT: u64 = 36 * 3600 * 1000;

/// The parameters, each of a form that AWS accepts.
struct Parameters<'a> {
    arn: &'a str,
    account: &'a str,
    role: &'a str,
    session: &'a str,
    external_id: Option<&'a str>,
    seconds: u64,
}

pub(super) fn assume_role(call: &mut Call<'_>, form: &Form, client_now: Moment, answer: &mut Xml) -> Answer<()> {
    let parameters = Parameters::of(form)?;
    form.finish()?;
    if call.caller.assumed && parameters.seconds > LONGEST_CHAINED {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if !call.world.organizations.has_region(parameters.account, &call.caller.region) {
        let message = format!(
            "STS is not activated in this region for account:{}. Your account administrator can activate STS in this \
             region using the IAM Console.",
            parameters.account
        );
        return Err(Fault::new("RegionDisabledException", message).with_status(403));
    }
    let role = allowed(call, &parameters)?;
    if parameters.seconds > role.max_session {
        return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    let user_id = format!("{}:{}", role.id, parameters.session);
    let expires = client_now.after(parameters.seconds * 1000);
    let (id, key, session) = issue(call, &parameters, expires);
    answer.element("AssumedRoleUser", |user| {
        user.text("AssumedRoleId", user_id).text("Arn", &key.arn);
    });
    answer.element("Credentials", |credentials| {
        credentials
            .text("AccessKeyId", &id)
            .text("SecretAccessKey", &key.secret)
            .text("SessionToken", &session.token)
            .text("Expiration", expires.iso8601());
    });
    let keys = &mut call.world.sts.keys;
    keys.retain(|_, key| key.session.as_ref().is_none_or(|session| client_now < session.expires.after(EXPIRED_KEPT)));
    keys.insert(id, Key { session: Some(session), ..key });
    Ok(())
}

/// New credentials.
fn issue(call: &mut Call<'_>, parameters: &Parameters<'_>, expires: Moment) -> (String, Key, Session) {
    let Parameters { account, role, session, .. } = parameters;
    let seed = call.world.draw(&format!("session/{account}"));
    let key = Key {
        secret: characters(seed, "secret", 40, SECRET),
        account: (*account).to_owned(),
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
        session: None,
    };
    let session = Session { token: format!("IQoJb3JpZ2luX2VjE{}", characters(seed, "token", 240, SECRET)), expires };
    (format!("ASIA{}", characters(seed, "key", 16, ID)), key, session)
}

/// The role, if it is there, trusts the caller, and asks for no other external id. AWS tells these cases apart for
/// nobody.
fn allowed<'a>(call: &'a Call<'_>, parameters: &Parameters<'_>) -> Answer<&'a Role> {
    call.world
        .sts
        .role(parameters.account, parameters.role, call.now)
        .filter(|role| trusts(role, &call.caller))
        .filter(|_| !is_suspended(call, parameters.account))
        .filter(|role| role.external_id.is_none() || role.external_id.as_deref() == parameters.external_id)
        .ok_or_else(|| {
            let message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                call.caller.arn, parameters.arn
            );
            Fault::new("AccessDenied", message).with_status(403)
        })
}

/// Nobody gets into an account that was closed; the twin answers as where there is no role.
fn is_suspended(call: &Call<'_>, account: &str) -> bool {
    call.world.organizations.account(account, call.now).is_some_and(|account| account.suspended)
}

fn trusts(role: &Role, caller: &Caller) -> bool {
    let root = format!("arn:aws:iam::{}:root", caller.account);
    let assumed = caller.arn.split('/').nth(1).filter(|_| caller.assumed);
    let assumed = assumed.map(|name| format!("arn:aws:iam::{}:role/{name}", caller.account));
    role.trusts.iter().any(|trusted| {
        *trusted == caller.account || *trusted == caller.arn || *trusted == root || Some(trusted) == assumed.as_ref()
    })
}

impl<'a> Parameters<'a> {
    fn of(form: &'a Form) -> Answer<Self> {
        let arn = required(form, "RoleArn", "roleArn")?;
        let session = required(form, "RoleSessionName", "roleSessionName")?;
        constrain("roleSessionName", session, 2..=64, "+=,.@-", "[\\w+=,.@-]*")?;
        let external_id = form.optional("ExternalId");
        if let Some(external_id) = external_id {
            constrain("externalId", external_id, 2..=1224, "+=,.@:/-", "[\\w+=,.@:\\/-]*")?;
        }
        let (account, role) = role_of(arn).ok_or_else(|| invalid(&format!("{arn} is invalid")))?;
        Ok(Self { arn, account, role, session, external_id, seconds: seconds(form)? })
    }
}

fn seconds(form: &Form) -> Answer<u64> {
    let Some(text) = form.optional("DurationSeconds") else { return Ok(3600) };
    let seconds = text.parse().map_err(|_| Fault::new("MalformedInput", format!("{text} is not an integer.")))?;
    match seconds {
        ..900 => Err(violation("durationSeconds", text, "Member must have value greater than or equal to 900")),
        900..=43_200 => Ok(seconds),
        _ => Err(violation("durationSeconds", text, "Member must have value less than or equal to 43200")),
    }
}

/// The account and the name of a role's ARN.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    let (account, path) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    (account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit())).then_some((account, name))
}

fn required<'a>(form: &'a Form, name: &str, member: &str) -> Answer<&'a str> {
    form.optional(name).ok_or_else(|| {
        invalid(&format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// Word characters and those in `also` only, and a length in bounds.
fn constrain(
    member: &str,
    value: &str,
    length: std::ops::RangeInclusive<usize>,
    also: &str,
    pattern: &str,
) -> Answer<()> {
    if !value.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || also.contains(letter)) {
        return Err(violation(member, value, &format!("Member must satisfy regular expression pattern: {pattern}")));
    }
    if value.len() < *length.start() {
        let bound = format!("Member must have length greater than or equal to {}", length.start());
        return Err(violation(member, value, &bound));
    }
    if value.len() > *length.end() {
        let bound = format!("Member must have length less than or equal to {}", length.end());
        return Err(violation(member, value, &bound));
    }
    Ok(())
}

fn violation(member: &str, value: &str, constraint: &str) -> Fault {
    invalid(&format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}

fn invalid(message: &str) -> Fault {
    Fault::new("ValidationError", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::front::Twin;
    use crate::twin::testing::{Client, text};

    /// A management account, and another with a role `deployer` that trusts it for two hours at most.
    fn bench() -> (Client, String) {
        let twin = Twin::new(1);
        let arn = twin.with_world(|world| {
            let account = world.add_account("Workload", "workload@example.com", Moment::EPOCH);
            let trusts = vec![world.management.clone()];
            let mut role = Role::trusting(world.seed, &account, "deployer", trusts, Moment::EPOCH.after(30_000));
            (role.external_id, role.max_session) = (Some("shibboleth".to_owned()), 7200);
            world.sts.add_role(&account, "deployer", role);
            // A role that trusts the first one: the second link of a chain.
            let trusts = vec![format!("arn:aws:iam::{account}:role/deployer")];
            let next = Role::trusting(world.seed, &account, "next", trusts, Moment::EPOCH);
            world.sts.add_role(&account, "next", next);
            format!("arn:aws:iam::{account}:role/")
        });
        (Client::management(&twin), arn)
    }

    fn assume(client: &Client, arn: &str, external_id: &str, seconds: &str) -> Result<Client, String> {
        client.assume(&[
            ("RoleArn", arn),
            ("RoleSessionName", "test"),
            ("ExternalId", external_id),
            ("DurationSeconds", seconds),
        ])
    }

    #[test]
    fn whatever_is_wrong_with_a_role_the_answer_is_access_denied() {
        let (mut client, roles) = bench();
        let deployer = format!("{roles}deployer");
        let denied = |result: Result<Client, String>| result.err() == Some("AccessDenied".to_owned());
        assert!(denied(assume(&client, &deployer, "shibboleth", "900")), "not usable yet");
        client.wait(30);
        assert!(assume(&client, &deployer, "shibboleth", "900").is_ok());
        assert!(denied(assume(&client, &deployer, "sibboleth", "900")), "another external id");
        assert!(denied(assume(&client, &format!("{roles}missing"), "shibboleth", "900")), "no such role");
        assert!(denied(assume(&client, &format!("{roles}next"), "shibboleth", "900")), "it trusts another");
    }

    #[test]
    fn durations_and_names_have_bounds() {
        let (mut client, roles) = bench();
        client.wait(30);
        let deployer = format!("{roles}deployer");
        for seconds in ["899", "43201", "7201"] {
            let refused = assume(&client, &deployer, "shibboleth", seconds).err();
            assert_eq!(refused.as_deref(), Some("ValidationError"), "{seconds} seconds");
        }
        let refused = client.assume(&[("RoleArn", &deployer), ("RoleSessionName", "no spaces")]).err();
        assert_eq!(refused.as_deref(), Some("ValidationError"));
        let chained = assume(&client, &deployer, "shibboleth", "7200").expect("a session");
        let refused = assume(&chained, &format!("{roles}next"), "none", "3601").err();
        assert_eq!(refused.as_deref(), Some("ValidationError"), "a chained session lasts an hour at most");
        assert!(assume(&chained, &format!("{roles}next"), "none", "3600").is_ok());
    }

    #[test]
    fn a_session_is_its_role_until_it_expires() {
        let (mut client, roles) = bench();
        client.wait(30);
        let mut session = assume(&client, &format!("{roles}deployer"), "shibboleth", "900").expect("a session");
        let identity = |session: &Client| session.form("sts", &[("Action", "GetCallerIdentity")]);
        let account = roles.split(':').nth(4).expect("an account").to_owned();
        let reply = identity(&session);
        assert_eq!(text(&reply.body, "Arn"), format!("arn:aws:sts::{account}:assumed-role/deployer/test"));
        assert_eq!(text(&reply.body, "Account"), account);
        let forged = Client { token: Some("forged".to_owned()), ..session.clone() };
        assert_eq!(text(&identity(&forged).body, "Code"), "InvalidClientTokenId");
        session.wait(900);
        assert_eq!(text(&identity(&session).body, "Code"), "ExpiredToken");
        let reply = session.form("ec2", &[("Action", "DescribeVpcs")]);
        assert_eq!(text(&reply.body, "Code"), "RequestExpired");
    }
}
