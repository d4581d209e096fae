//! Owns the tests of keys over their table. Never a call.

use creatorscope_kit::db::Db;

use super::*;
use crate::store::{Grant, KeyStoreError, MIGRATIONS};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const REMEMBERED: i64 = 10;

struct Desk {
    clock: Clock,
    store: KeyStore,
    keys: Keys,
}

async fn desk() -> Desk {
    let clock = Clock::fixed(Timestamp::from_second(1_800_000_000).expect("a time"));
    let store = KeyStore::new(Db::temporary(&MIGRATIONS).await.expect("a database"), clock.clone());
    let remember = SignedDuration::from_secs(REMEMBERED);
    let keys = Keys::new(store.clone(), Environment::Live, clock.clone(), remember);
    Desk { clock, store, keys }
}

impl Desk {
    async fn make(&self, lifetime: Option<SignedDuration>) -> ApiKey {
        let key = ApiKey::generate(Environment::Live).expect("randomness");
        self.store.add(&key, &grant(lifetime)).await.expect("kept");
        key
    }

    fn wait(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    async fn accepts(&self, key: &ApiKey) -> bool {
        match self.keys.accept(key).await {
            Ok(_) => true,
            Err(Refused::NotAccepted) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn grant(lifetime: Option<SignedDuration>) -> Grant {
    let scopes = vec!["discovery.read".to_owned(), "metrics.*".to_owned()];
    Grant { name: "reports".to_owned(), tenant: "lumo".to_owned(), scopes, lifetime, monthly_quota: None }
}

#[tokio::test]
async fn a_key_is_accepted_with_what_it_was_given_until_it_expires() {
    let desk = desk().await;
    let (bounded, unbounded) = (desk.make(Some(DAY)).await, desk.make(None).await);
    let stored = desk.keys.accept(&bounded).await.expect("accepted");
    assert_eq!((stored.tenant.as_str(), stored.scopes.len(), stored.name.as_str()), ("lumo", 2, "reports"));
    desk.wait(DAY - SignedDuration::from_secs(1));
    assert!(desk.accepts(&bounded).await);
    desk.wait(SignedDuration::from_secs(1));
    assert!(!desk.accepts(&bounded).await, "although it is remembered");
    desk.wait(DAY * 10_000);
    assert!(desk.accepts(&unbounded).await);
}

#[tokio::test]
async fn a_revoked_key_is_refused_once_it_is_no_longer_remembered() {
    let desk = desk().await;
    let (key, other) = (desk.make(None).await, desk.make(None).await);
    assert!(desk.accepts(&key).await);
    let revoked = desk.store.revoke(key.id()).await.expect("revoked");
    assert_eq!(revoked.state(desk.clock.now()), "revoked");
    desk.wait(SignedDuration::from_secs(REMEMBERED));
    assert!(!desk.accepts(&key).await);
    assert!(desk.accepts(&other).await);
    assert!(matches!(desk.store.revoke("nobody").await, Err(KeyStoreError::Unknown(_))));
}

#[tokio::test]
async fn unknown_keys_and_those_of_another_environment_or_secret_are_refused() {
    let desk = desk().await;
    let never_made = ApiKey::generate(Environment::Live).expect("randomness");
    assert!(!desk.accepts(&never_made).await);
    let trial = ApiKey::generate(Environment::Test).expect("randomness");
    desk.store.add(&trial, &grant(None)).await.expect("kept");
    assert!(matches!(desk.keys.accept(&trial).await, Err(Refused::OtherEnvironment(Environment::Live))));
    let key = desk.make(None).await;
    // The same id with another secret, as if somebody had guessed.
    let other_secret = never_made.named(key.id());
    assert_eq!(other_secret.id(), key.id());
    assert!(!desk.accepts(&other_secret).await);
    assert!(desk.accepts(&key).await);
}

#[tokio::test]
async fn a_rotated_key_holds_for_the_overlap_and_its_successor_as_long_as_it_did() {
    let desk = desk().await;
    let old = desk.make(Some(DAY * 90)).await;
    desk.wait(DAY * 30);
    let new = ApiKey::generate(Environment::Live).expect("randomness");
    let stored = desk.store.rotate(old.id(), &new, DAY, None).await.expect("rotated");
    assert_eq!((stored.replaces.as_str(), stored.name.as_str(), stored.tenant.as_str()), (old.id(), "reports", "lumo"));
    assert_eq!(stored.expires_at, Some(desk.clock.now() + DAY * 90));
    assert!(desk.accepts(&old).await && desk.accepts(&new).await);
    desk.wait(DAY);
    assert!(!desk.accepts(&old).await && desk.accepts(&new).await);
    let again = ApiKey::generate(Environment::Live).expect("randomness");
    let ended = desk.store.rotate(old.id(), &again, DAY, None).await.expect_err("it has ended");
    assert!(matches!(ended, KeyStoreError::Ended(_, "expired")), "{ended}");
    let states: Vec<_> =
        desk.store.list().await.expect("listed").iter().map(|key| key.state(desk.clock.now())).collect();
    assert_eq!(states, ["active", "expired"]);
}
