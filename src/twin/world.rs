//! Everything that the simulated AWS knows, as one value that can be kept in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::{Duration, Moment};
use super::{cloudcontrol, cloudtrail, ec2, faults, logs, networkfirewall, organizations, ram, sts, throttle};

/// A twelve-digit account id, as it stands in ARNs.
pub type AccountId = String;
/// A region's name, such as `eu-west-1`.
pub type Region = String;

/// The whole state of the simulated AWS.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    /// Decides every delay, id and permutation.
    pub seed: u64,
    /// When the last request was answered; time never runs backwards between commands.
    pub now: Moment,
    /// The account that the world began with.
    pub management: AccountId,
    /// How many values were drawn of each stream, so that one more object of one kind renumbers no other.
    draws: BTreeMap<String, u64>,
    /// Credentials, roles and whom they trust.
    pub sts: sts::State,
    /// The organization and all accounts.
    pub organizations: organizations::State,
    /// Resource shares, by region.
    pub ram: ram::State,
    /// AWS Network Firewall, by account and region.
    #[serde(default)]
    pub network_firewall: networkfirewall::State,
    /// CloudWatch Logs, by account and region.
    #[serde(default)]
    pub logs: logs::State,
    /// Resources of all types that Cloud Control has, by account and region.
    #[serde(default)]
    pub cloud_control: cloudcontrol::State,
    /// What changed something, by account and region.
    #[serde(default)]
    pub cloud_trail: cloudtrail::State,
    /// Service quotas that differ from their defaults, by name; see [`World::quota`].
    pub quotas: BTreeMap<String, u64>,
    /// The request rate limits' token buckets.
    pub throttle: throttle::State,
    /// Faults to be injected.
    pub faults: faults::Faults,
    /// EC2, by account and region.
    ec2: BTreeMap<AccountId, BTreeMap<Region, ec2::State>>,
    /// What EC2 was in the accounts and regions that the current request has reached for, while it may still be undone.
    #[serde(skip)]
    before: Option<BTreeMap<(AccountId, Region), Option<ec2::State>>>,
}

impl World {
    /// A world at `now` that holds one account, not in any organization, with an administrator's access key.
    #[must_use]
    pub fn new(seed: u64, now: Moment) -> Self {
        let mut world = Self {
            seed,
            now,
            management: AccountId::new(),
            draws: BTreeMap::new(),
            sts: sts::State::default(),
            organizations: organizations::State::default(),
            ram: ram::State::default(),
            network_firewall: networkfirewall::State::default(),
            logs: logs::State::default(),
            cloud_control: cloudcontrol::State::default(),
            cloud_trail: cloudtrail::State::default(),
            quotas: BTreeMap::from([(organizations::ACCOUNTS_QUOTA.to_owned(), 10)]),
            throttle: throttle::State::default(),
            faults: faults::Faults::default(),
            ec2: BTreeMap::new(),
            before: None,
        };
        world.management = world.add_account("Management", "management@example.com", now);
        world
    }

    /// Adds an account that belongs to no organization and has an administrator with an access key; tells its id.
    pub fn add_account(&mut self, name: &str, email: &str, now: Moment) -> AccountId {
        let id = self.new_account_id();
        self.organizations.add_account(organizations::Account::standalone(&id, name, email, now));
        self.sts.add_administrator(self.seed, &id);
        id
    }

    /// A twelve-digit account id that no other account has.
    pub fn new_account_id(&mut self) -> AccountId {
        loop {
            let id = format!("{}", 100_000_000_000 + self.draw("account-id") % 900_000_000_000);
            if !self.organizations.is_taken(&id) {
                return id;
            }
        }
    }

    /// A service quota: the value in [`World::quotas`] under `name`, or else `default`.
    #[must_use]
    pub fn quota(&self, name: &str, default: u64) -> u64 {
        self.quotas.get(name).copied().unwrap_or(default)
    }

    /// EC2 in one account and region; a region that nobody has looked at yet is made with what a new account has there.
    pub fn ec2(&mut self, account: &str, region: &str) -> &mut ec2::State {
        if let Some(before) = &mut self.before {
            before
                .entry((account.to_owned(), region.to_owned()))
                .or_insert_with(|| self.ec2.get(account).and_then(|regions| regions.get(region)).cloned());
        }
        if self.ec2_of(account, region).is_none() {
            self.ec2.entry(account.to_owned()).or_default().entry(region.to_owned()).or_default();
            ec2::default_vpc::make(self, account, region);
        }
        self.ec2.entry(account.to_owned()).or_default().entry(region.to_owned()).or_default()
    }

    /// EC2 in one account and region, to be looked at and not changed; none where nobody has looked yet.
    #[must_use]
    pub fn ec2_of(&self, account: &str, region: &str) -> Option<&ec2::State> {
        self.ec2.get(account)?.get(region)
    }

    /// From now on every call sees all that was made for networks. Packets go by what is there; only answers lag behind.
    pub fn settle_news_of_networks(&mut self) {
        self.ec2.values_mut().flat_map(BTreeMap::values_mut).for_each(|state| state.visibility.settle());
        self.network_firewall.settle_news();
    }

    /// EC2 of every account in one region, to be looked through and not changed.
    pub fn ec2_in(&self, region: &str) -> impl Iterator<Item = (&AccountId, &ec2::State)> {
        self.ec2.iter().filter_map(move |(account, regions)| regions.get(region).map(|state| (account, state)))
    }

    /// From here on, every part of EC2 that is reached for to be changed is remembered as it was, until
    /// [`World::keep_ec2`] or [`World::restore_ec2`].
    pub fn remember_ec2(&mut self) {
        self.before = Some(BTreeMap::new());
    }

    /// Keeps the changes since [`World::remember_ec2`].
    pub fn keep_ec2(&mut self) {
        self.before = None;
    }

    /// Undoes the changes to EC2 since [`World::remember_ec2`].
    pub fn restore_ec2(&mut self) {
        for ((account, region), state) in self.before.take().unwrap_or_default() {
            let regions = self.ec2.entry(account).or_default();
            match state {
                Some(state) => regions.insert(region, state),
                None => regions.remove(&region),
            };
        }
    }

    /// The next value of a stream: 64 bits that depend on the seed, the stream's name and how often it was asked.
    pub fn draw(&mut self, stream: &str) -> u64 {
        let count = self.draws.entry(stream.to_owned()).or_insert(0);
        *count += 1;
        mix(self.seed, stream, *count)
    }

    /// A number from 0 (inclusive) to 1 (exclusive) of a stream.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
    pub fn draw_share(&mut self, stream: &str) -> f64 {
        (self.draw(stream) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How long it takes this time, in milliseconds.
    pub fn draw_duration(&mut self, stream: &str, duration: Duration) -> u64 {
        duration.at(self.draw_share(stream))
    }

    /// The next UUID of a stream, such as `0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`.
    pub fn new_uuid(&mut self, stream: &str) -> String {
        let (high, low) = (self.draw(stream), self.draw(stream));
        let digits = format!("{high:016x}{low:016x}");
        let parts =
            [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)].map(|(from, to)| digits.get(from..to).unwrap_or_default());
        parts.join("-")
    }

    /// A new id such as `vpc-0a1b2c3d4e5f67890`: the prefix, a hyphen and seventeen hexadecimal digits.
    pub fn new_id(&mut self, account: &str, prefix: &str) -> String {
        let stream = format!("id/{account}/{prefix}");
        let (high, low) = (self.draw(&stream), self.draw(&stream));
        format!("{prefix}-0{high:08x}{low:016x}").chars().take(prefix.len() + 18).collect()
    }
}

/// A value that depends on the seed, a name and a number only (SplitMix64 over FNV-1a).
#[must_use]
pub fn mix(seed: u64, name: &str, number: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in name.bytes().chain(number.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Who calls, as the request's signature tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account whose credentials signed the request.
    pub account: AccountId,
    /// The principal's ARN, as GetCallerIdentity tells it.
    pub arn: String,
    /// True where the credentials came from AssumeRole: a further AssumeRole is role chaining.
    pub assumed: bool,
    /// The region in the signature's scope.
    pub region: Region,
}

/// One request being answered: the world that it may read and change, who asks, and when.
#[derive(Debug)]
pub struct Call<'a> {
    /// The world.
    pub world: &'a mut World,
    /// Who asks.
    pub caller: Caller,
    /// When.
    pub now: Moment,
}

impl Call<'_> {
    /// EC2 in the caller's account and region.
    pub fn ec2(&mut self) -> &mut ec2::State {
        let Caller { account, region, .. } = &self.caller;
        self.world.ec2(account, region)
    }

    /// The moment at which something that starts now and takes `duration` will be done. The stream is the caller's own
    /// for that name, so that accounts do not disturb each other's delays.
    pub fn done_after(&mut self, name: &str, duration: Duration) -> Moment {
        let stream = format!("{}/{}/{name}", self.caller.account, self.caller.region);
        self.now.after(self.world.draw_duration(&stream, duration))
    }

    /// The code that what the request now begins, after it was found good, fails with later, where somebody asked for that;
    /// see [`faults::codes`].
    pub fn failure(&mut self, action: &str) -> Option<String> {
        self.world.faults.failure(action, &self.caller.account)
    }

    /// A service quota: the world's own value under `name`, or else `default`.
    #[must_use]
    pub fn quota(&self, name: &str, default: u64) -> u64 {
        self.world.quota(name, default)
    }

    /// A new id in the caller's account.
    pub fn new_id(&mut self, prefix: &str) -> String {
        self.world.new_id(&self.caller.account, prefix)
    }
}
