//! Everything that the simulated AWS knows, as one value that can be kept in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::{Duration, Moment};
use super::{ec2, organizations, ram, sts};

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
    /// How many values were drawn of each stream, so that one more object of one kind renumbers no other.
    draws: BTreeMap<String, u64>,
    /// Credentials, roles and whom they trust.
    pub sts: sts::State,
    /// The organization and all accounts.
    pub organizations: organizations::State,
    /// Resource shares, by region.
    pub ram: ram::State,
    /// EC2, by account and region.
    ec2: BTreeMap<AccountId, BTreeMap<Region, ec2::State>>,
}

impl World {
    /// A world that holds one account, not in any organization, at `now`.
    #[must_use]
    pub fn new(seed: u64, now: Moment) -> Self {
        Self {
            seed,
            now,
            draws: BTreeMap::new(),
            sts: sts::State::default(),
            organizations: organizations::State::default(),
            ram: ram::State::default(),
            ec2: BTreeMap::new(),
        }
    }

    /// EC2 in one account and region; a region that nobody has looked at yet is made with what a new account has there.
    pub fn ec2(&mut self, account: &str, region: &str) -> &mut ec2::State {
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

    /// EC2 of every account in one region, to be looked through and not changed.
    pub fn ec2_in(&self, region: &str) -> impl Iterator<Item = (&AccountId, &ec2::State)> {
        self.ec2.iter().filter_map(move |(account, regions)| regions.get(region).map(|state| (account, state)))
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

    /// A new id in the caller's account.
    pub fn new_id(&mut self, prefix: &str) -> String {
        self.world.new_id(&self.caller.account, prefix)
    }
}
