//! GetCallerIdentity. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use super::{ID, characters};
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

pub(super) fn get_caller_identity(call: &mut Call<'_>, form: &Form, _: Moment, answer: &mut Xml) -> Answer<()> {
    form.finish()?;
    let caller = &call.caller;
    let user_id = if caller.assumed {
        session_user_id(call).ok_or_else(|| {
            Fault::new("InvalidClientTokenId", "The role of this session does not exist.").with_status(403)
        })?
    } else {
        format!("AIDA{}", characters(call.world.seed, &format!("user/{}", caller.account), 17, ID))
    };
    answer.text("Arn", &caller.arn).text("UserId", user_id).text("Account", &caller.account);
    Ok(())
}

/// The role's id and the session's name.
fn session_user_id(call: &Call<'_>) -> Option<String> {
    let mut parts = call.caller.arn.split('/').skip(1);
    let (role, session) = (parts.next()?, parts.next()?);
    let role = call.world.sts.role(&call.caller.account, role, call.now)?;
    Some(format!("{}:{session}", role.id))
}
