//! Keys let in whom they are to let in, and only as long as they are to.

use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::EPOCH;
const HOUR: Duration = Duration::from_secs(3_600);

fn token(key: KeyId) -> KeyToken {
    KeyToken::fresh(key, &mut rand::rng())
}

/// A key with its token, made at the start.
fn made(role: Role, life: Option<Duration>) -> (Key, KeyToken) {
    let token = token(KeyId::fresh());
    let name = "shop".parse().unwrap();
    (Key::new(NewKey { name, role, life }, &token, START), token)
}

#[test]
fn a_key_lets_its_own_token_in_and_no_other() {
    let (key, own) = made(Role::Uploader, None);
    let caller = Caller::Key { id: key.id, role: Role::Uploader };
    assert_eq!(key.check(&own, START), Ok(caller));
    assert_eq!(key.check(&token(key.id), START), Err(Refused::Unknown));
    assert_eq!(key.check(&made(Role::Admin, None).1, START), Err(Refused::Unknown));
}

#[test]
fn a_key_is_good_until_the_moment_in_which_it_expires() {
    let (key, token) = made(Role::Admin, Some(HOUR));
    let end = START.after(HOUR);
    assert!(key.check(&token, end.before(Duration::from_millis(1))).is_ok());
    assert_eq!(key.check(&token, end), Err(Refused::Expired(end)));
}

#[test]
fn what_became_of_a_key_is_told_only_to_who_has_its_token() {
    let (mut key, own) = made(Role::Admin, Some(HOUR));
    key.revoke(START);
    let late = START.after(HOUR * 2);
    assert_eq!(key.check(&own, late), Err(Refused::Revoked(START)));
    assert_eq!(key.check(&token(key.id), late), Err(Refused::Unknown));
}

#[test]
fn a_key_that_is_revoked_twice_keeps_the_first_time() {
    let (mut key, _) = made(Role::Admin, None);
    key.revoke(START);
    key.revoke(START.after(HOUR));
    assert_eq!(key.state, KeyState::Revoked { at: START });
}

#[test]
fn a_rotated_key_takes_the_former_token_for_the_grace_and_no_longer() {
    for grace in [Duration::ZERO, HOUR] {
        let (mut key, former) = made(Role::Uploader, None);
        let new = token(key.id);
        key.rotate(&new, grace, START).unwrap();
        assert!(key.check(&new, START).is_ok());
        assert_eq!(key.check(&former, START).is_ok(), grace > Duration::ZERO);
        assert_eq!(key.check(&former, START.after(grace)), Err(Refused::Unknown));
        let newest = token(key.id);
        key.rotate(&newest, Duration::ZERO, START).unwrap();
        assert_eq!(key.check(&former, START), Err(Refused::Unknown), "two rotations ago");
    }
}

#[test]
fn what_is_over_is_not_rotated() {
    let (mut expired, _) = made(Role::Uploader, Some(HOUR));
    let end = START.after(HOUR);
    let rotated = expired.rotate(&token(expired.id), HOUR, end);
    assert_eq!(rotated, Err(Refused::Expired(end)));
    let (mut revoked, own) = made(Role::Uploader, None);
    revoked.revoke(START);
    assert_eq!(revoked.rotate(&token(revoked.id), HOUR, START), Err(Refused::Revoked(START)));
    assert_eq!(revoked.secret, own.hash());
}

#[test]
fn a_key_is_stored_as_it_is_and_without_its_secret() {
    let (mut key, token) = made(Role::Viewer { of: Some(KeyId::fresh()) }, Some(HOUR));
    key.rotate(&token, HOUR, START).unwrap();
    let bytes = bson::serialize_to_vec(&key).unwrap();
    let read: Key = bson::deserialize_from_slice(&bytes).unwrap();
    assert_eq!(read, key);
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("pxm_") && !text.contains(&token.reveal()[26..60]));
}

#[test]
fn a_name_is_one_line_of_a_sensible_length() {
    for name in ["shop", " shop ", "Große Küche", &"x".repeat(100)] {
        assert!(name.parse::<KeyName>().is_ok(), "{name:?}");
    }
    for name in ["", "  ", "a\nb", "a\u{1b}[31m", &"x".repeat(101)] {
        assert_eq!(name.parse::<KeyName>(), Err(InvalidKeyName), "{name:?}");
    }
}

proptest! {
    #[test]
    fn no_string_passes_but_the_token(text in "\\PC{0,120}", at in 0_usize..76, letter in "[A-Za-z0-9_-]") {
        let (key, own) = made(Role::Admin, None);
        let passes = |text: &str| {
            text.parse::<KeyToken>().is_ok_and(|token| key.check(&token, START).is_ok())
        };
        prop_assert!(!passes(&text));
        let own = own.reveal();
        let mut changed = own.clone();
        changed.replace_range(at..=at, &letter);
        prop_assert_eq!(passes(&changed), changed == own);
    }
}
