//! People at AWS's console, who do what lz does not know of.

use lz::cloud::Clock;
use lz::twin::connector::Connector;
use lz::twin::sts::administrator_key;

use super::world::{World, virtual_time};

/// One account's clients.
pub struct Console {
    pub clock: Clock,
    pub ec2: aws_sdk_ec2::Client,
    pub firewall: aws_sdk_networkfirewall::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub organizations: aws_sdk_organizations::Client,
    pub ram: aws_sdk_ram::Client,
}

impl World {
    /// Does something in an account with AWS's own SDK, as a person at a console would.
    pub fn by_hand<T>(&self, account: &str, work: impl AsyncFnOnce(Console) -> T) -> T {
        self.before_hands();
        let done = self.at_console(account, work);
        self.after_hands();
        done
    }

    fn at_console<T>(&self, account: &str, work: impl AsyncFnOnce(Console) -> T) -> T {
        let seed = self.twin.with_world(|aws| {
            aws.sts.add_administrator(aws.seed, account);
            aws.seed
        });
        let region = self.read().declared.loaded.zone.region.clone();
        virtual_time().block_on(async {
            let connector = Connector::new(self.twin.clone());
            let (id, secret) = administrator_key(seed, account);
            let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "a person");
            let sdk = connector.sdk_config(region.as_str()).into_builder();
            let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
            let sdk = sdk.credentials_provider(provider).build();
            let clock = Clock::new(1);
            let done = work(Console {
                clock,
                ec2: aws_sdk_ec2::Client::new(&sdk),
                firewall: aws_sdk_networkfirewall::Client::new(&sdk),
                logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
                organizations: aws_sdk_organizations::Client::new(&sdk),
                ram: aws_sdk_ram::Client::new(&sdk),
            })
            .await;
            // What was changed by hand has settled before lz looks.
            clock.sleep(std::time::Duration::from_secs(600)).await;
            connector.settle();
            done
        })
    }
}
