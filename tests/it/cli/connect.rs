//! AWS that isn't there, or doesn't want the caller.

use super::{Place, Served, assert_text};

#[test]
fn without_credentials_or_an_answer_it_ends_soon_and_says_what_to_do() {
    let place = Place::with_zone();
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
