//! Client tokens: a create request that is sent again answers with the resource that the first one made.
//!
//! <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::visibility;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form};
use crate::twin::world::Call;

/// The tokens of one account and region, by action and token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    used: BTreeMap<String, Used>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Used {
    parameters: String,
    ids: Vec<String>,
}

/// The token of one request, that no request before it had.
#[derive(Debug)]
pub struct ClientToken {
    /// The action and the token; none where the request has no token.
    key: Option<String>,
    parameters: String,
}

/// What a request's token says.
#[derive(Debug)]
pub enum Replay {
    /// The request is new: make the resource, then [`ClientToken::keep`] it.
    New(ClientToken),
    /// The request was answered before, and made these resources.
    Old(Vec<String>),
}

/// Reads `ClientToken`, and looks whether the same account sent it before in this region with this action. Counts as
/// reading the token alone; all other parameters must still be read.
///
/// # Errors
/// `InvalidParameterValue` for a token that is not of 1 to 64 ASCII characters, `IdempotentParameterMismatch` for one that
/// came with other parameters before.
pub fn read(call: &mut Call<'_>, form: &Form) -> Answer<Replay> {
    let parameters = form.canonical(&["ClientToken"]);
    let Some(token) = form.optional("ClientToken") else {
        return Ok(Replay::New(ClientToken { key: None, parameters }));
    };
    if token.is_empty() || token.len() > 64 || !token.is_ascii() {
        let text = format!("Value ({token}) for parameter ClientToken is invalid. Expecting 1 to 64 ASCII characters.");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let key = format!("{}/{token}", form.optional("Action").unwrap_or_default());
    match call.ec2().client_tokens.used.get(&key) {
        None => Ok(Replay::New(ClientToken { key: Some(key), parameters })),
        Some(used) if used.parameters == parameters => Ok(Replay::Old(used.ids.clone())),
        Some(_) => {
            let text = format!(
                "The request uses the same client token ({token}) as a previous, but non-identical request. Do not \
                 reuse a client token with different requests, unless the requests are identical"
            );
            Err(Fault::new("IdempotentParameterMismatch", text))
        }
    }
}

impl Replay {
    /// The id of the one resource that the request makes, or has made before: `make` makes it. It gets its tags, and is seen
    /// after a while.
    ///
    /// # Errors
    /// What `make` refuses with.
    pub fn one(
        self,
        call: &mut Call<'_>,
        tags: BTreeMap<String, String>,
        make: impl FnOnce(&mut Call<'_>) -> Answer<String>,
    ) -> Answer<String> {
        match self {
            Self::Old(ids) => Ok(ids.concat()),
            Self::New(client_token) => {
                let id = make(call)?;
                visibility::created(call, &id);
                call.ec2().tags.set(&id, tags);
                client_token.keep(call, vec![id.clone()]);
                Ok(id)
            }
        }
    }
}

impl ClientToken {
    /// Keeps what the request made, for requests that come again with its token.
    pub fn keep(self, call: &mut Call<'_>, ids: Vec<String>) {
        if let Some(key) = self.key {
            call.ec2().client_tokens.used.insert(key, Used { parameters: self.parameters, ids });
        }
    }
}
