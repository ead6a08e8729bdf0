//! Settings that are wrong, or not for lz, do no harm.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::{Place, Ran};

/// Nobody listens there.
const NOBODY: (&str, &str) = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9");

#[test]
fn nonsense_in_the_environment_is_passed_over_or_told() {
    let place = Place::with_zone();
    let key = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), NOBODY];
    for nonsense in [("AWS_RETRY_MODE", "legacy"), ("AWS_MAX_ATTEMPTS", "abc"), ("AWS_MAX_ATTEMPTS", "0")] {
        let variables: Vec<_> = key.into_iter().chain([nonsense]).collect();
        let ran = place.lz_with(&variables, ["plan"]).with_status(1);
        assert!(ran.stderr.starts_with("error: AWS can't be reached"), "{nonsense:?}: {}", ran.stderr);
    }
    let with =
        |name: &str| Ran::of(place.command(["validate"]).env(name, OsStr::from_bytes(b"x\xff")).output().unwrap());
    let _ = with("FOO").with_status(0);
    assert!(with("AWS_PROFILE").with_status(2).stderr.contains("AWS_PROFILE is `x"));
    assert!(with("LZ_REGION").with_status(2).stderr.contains("must be text in UTF-8"));

    let strange = place.lz_with(&[("LZ_BIN", "x"), ("LZ_ACCOUNTS__NOBODY__EMAIL", "x")], ["validate"]).with_status(0);
    let told = |text: &str| strange.stderr.contains(text);
    assert!(told("warning") && told("LZ_BIN") && told("LZ_ACCOUNTS__NOBODY__EMAIL"), "{}", strange.stderr);
    let known = place.lz_with(&[("LZ_REGION", "nowhere")], ["validate"]).with_status(3);
    assert!(known.stderr.contains("LZ_REGION"), "{}", known.stderr);
}

#[test]
fn what_is_for_a_rehearsal_is_refused_before_the_real_aws_is_called() {
    let place = Place::with_zone();
    let warned = place.lz(["validate"]).with_status(0);
    assert!(warned.stderr.contains("example.com is reserved for examples"), "{}", warned.stderr);
    let rehearsed = place.lz(["--twin", "validate"]).with_status(0);
    assert!(!rehearsed.stderr.contains("reserved"), "{}", rehearsed.stderr);
    for command in [&["plan"][..], &["bootstrap", "--yes"], &["sweep"], &["trace", "payments-prod", "internet"]] {
        let refused = place.lz(command.iter().copied()).with_status(3);
        assert!(refused.stderr.contains("error") && refused.stderr.contains("reserved"), "{}", refused.stderr);
    }
    // A service of its own somewhere else is not on this machine.
    let elsewhere = [NOBODY, ("AWS_ENDPOINT_URL_ORGANIZATIONS", "https://organizations.us-east-1.amazonaws.com")];
    let _ = place.lz_with(&elsewhere, ["plan"]).with_status(3);
    place.use_own_addresses();
    let scaled = [("LZ_TIME_SCALE", "60")];
    for command in [&["plan"][..], &["sweep", "--every", "1m"]] {
        let refused = place.lz_with(&scaled, command.iter().copied()).with_status(2);
        assert!(refused.stderr.contains("LZ_TIME_SCALE"), "{}", refused.stderr);
    }
    let _ = place.lz_with(&scaled, ["--twin", "plan"]).with_status(0);
}

#[test]
fn only_regular_files_are_written() {
    let place = Place::with_zone();
    place.write("kept", "as it was");
    symlink(place.path("kept"), place.path("link")).unwrap();
    symlink(place.path("nothing"), place.path("accounts-link")).unwrap();
    for file in ["/dev/null", "/dev/stdout", "link", "accounts-link", "accounts"] {
        let refused = place.lz(["--twin", "plan", "--out", file]).with_status(1);
        assert!(refused.stderr.contains("lz writes to regular files only"), "{file}: {}", refused.stderr);
        let refused = place.lz(["--twin", "sweep", "--junit", file]).with_status(1);
        assert!(refused.stderr.contains("lz writes to regular files only"), "{file}: {}", refused.stderr);
    }
    assert_eq!(place.read("kept"), "as it was");
    assert!(!place.path("nothing").exists() && place.path("link").is_symlink());
    let other = Place::empty();
    symlink(other.path("elsewhere"), other.path("lz.toml")).unwrap();
    assert!(other.lz(["init"]).with_status(2).stderr.contains("is there already"));
    assert!(!other.path("elsewhere").exists());
    place.lz(["--twin", "plan", "--out", "zone.plan"]).done();
    assert_eq!(place.mode("zone.plan"), 0o600);
}
