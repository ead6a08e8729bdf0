//! Somebody who changes a rule group between lz's reading of it and lz's writing.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_networkfirewall::types::{RuleGroup, RuleGroupType, RulesSource};
use lz::twin::Twin;
use lz::twin::connector::Connector;
use lz::twin::sts::administrator_key;

/// Somebody who adds a rule to a rule group whenever lz is about to, at every second time.
#[derive(Debug, Clone)]
pub struct Intruder {
    /// The account with the firewall, and the seed of its access key.
    account: String,
    seed: u64,
    /// The group's name.
    group: String,
    /// How often lz has begun to write, and the rules that were added.
    seen: Arc<Mutex<(usize, Vec<String>)>>,
}

impl Intruder {
    pub fn new(twin: &Twin, account: &str, group: &str) -> Self {
        let seed = twin.with_world(|aws| {
            aws.sts.add_administrator(aws.seed, account);
            aws.seed
        });
        Self { account: account.to_owned(), seed, group: group.to_owned(), seen: Arc::default() }
    }

    /// The rules that were added.
    pub fn rules(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").1.clone()
    }

    /// The rule to add, if it is time for one.
    fn next(&self) -> Option<String> {
        let mut seen = self.seen.lock().expect("no panic");
        seen.0 += 1;
        let sid = 900_000_000 + seen.0;
        let rule = format!(r"pass tcp 10.9.0.0/16 any -> 198.51.100.0/24 443 (metadata:lz legacy.one; sid:{sid};)");
        seen.0.is_multiple_of(2).then(|| {
            seen.1.push(rule.clone());
            rule
        })
    }

    /// Adds a rule, while lz's request is on its way.
    pub async fn come(&self, connector: &Connector) {
        let Some(rule) = self.next() else { return };
        let (id, secret) = administrator_key(self.seed, &self.account);
        let credentials = SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "an intruder"));
        let sdk = connector.sdk_config("eu-west-1").into_builder().credentials_provider(credentials).build();
        let client = aws_sdk_networkfirewall::Client::new(&sdk);
        let describe = client.describe_rule_group().rule_group_name(&self.group).r#type(RuleGroupType::Stateful);
        let read = describe.send().await.expect("a group");
        let former = read.rule_group.as_ref().and_then(|group| group.rules_source.as_ref()?.rules_string.clone());
        let text = format!("{}\n{rule}", former.unwrap_or_default());
        let options = read.rule_group.and_then(|group| group.stateful_rule_options);
        let group = RuleGroup::builder()
            .rules_source(RulesSource::builder().rules_string(text).build())
            .set_stateful_rule_options(options)
            .build();
        let update = client.update_rule_group().rule_group_name(&self.group).r#type(RuleGroupType::Stateful);
        update.update_token(read.update_token).rule_group(group).send().await.expect("nobody else is quicker");
    }
}
