//! Who did it: the principal and the time of the changes that a sweep has found, as AWS CloudTrail tells them.
//!
//! A finding becomes a [`Question`], with the names of the calls that may have done it and the ids that such a
//! call must be about; [`ask`] looks the calls up in the finding's account. CloudTrail tells of 90 days, and of a call up to
//! 15 minutes after it was made, so that there may be no answer.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>

mod event;
mod lookup;
mod question;

pub use lookup::{Answers, ask};
pub use question::{Question, questions};
