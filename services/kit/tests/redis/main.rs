//! A Redis that is there, and goes: values, scripts, messages; alone, behind Sentinels, as a Cluster, with TLS and a user of few rights.
#![allow(clippy::disallowed_methods, reason = "tests start servers and wait for them")]

mod servers;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use creatorscope_kit::{
    Redis, RedisConfig, Script,
    cache::{Cache, Cached},
    changes::{Bell, ChangeLog},
    clock::Clock,
    db::{Db, Migrations, Secret},
};
use servers::{Server, available};

const NOTHING: Migrations = Migrations { sqlite: &[], postgres: &[] };

struct Greeting;
impl Cached for Greeting {
    const KIND: &'static str = "test:greeting";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(60);
    type Key = u32;
    type Value = String;
}

/// The rights that deploy/README.md names.
const RIGHTS: &str = "+get +set +del +eval +evalsha +publish +subscribe +ping +select";

fn open(url: String) -> Redis {
    RedisConfig::new(Secret::new(url)).open().expect("a url").expect("one")
}

/// Waits until it takes values, and gives them back.
async fn answering(redis: &Redis) {
    let works = async {
        while redis.set("creatorscope:probe", b"1", Duration::from_secs(60)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), works).await.expect("it answers");
    assert_eq!(redis.get("creatorscope:probe").await.expect("answers"), Some(b"1".to_vec()));
}

/// All that is asked of Redis, once.
async fn everything(redis: &Redis) {
    answering(redis).await;
    redis.remove("creatorscope:probe").await.expect("answers");
    assert_eq!(redis.get("creatorscope:probe").await.expect("answers"), None);
    let script = Script::new(
        "redis.call('SET', KEYS[1], ARGV[1]) redis.call('SET', KEYS[2], ARGV[2]) return {ARGV[1] + ARGV[2]}",
    );
    for tenant in ["lumo", "nova", "sole", "vale"] {
        let keys = [format!("creatorscope:bucket:{{{tenant}}}:one"), format!("creatorscope:bucket:{{{tenant}}}")];
        let keys = [keys[0].as_str(), keys[1].as_str()];
        assert_eq!(redis.run(&script, &keys, &[2, 3]).await.expect("answers"), [5], "{tenant}");
    }
    rung(redis).await;
}

/// A log is woken up by what another one, of the same service, has written.
async fn rung(redis: &Redis) {
    let db = Db::temporary(&NOTHING).await.expect("opens");
    let log = || ChangeLog::new(db.clone(), Clock::system()).rung_by(&Bell::new(redis.clone()), "test");
    let (here, elsewhere) = (log(), log());
    let ringing = async {
        while here.told() == 0 {
            let mut tx = db.begin().await.expect("begins");
            let position = elsewhere.append(&mut tx, &[("key", 1)]).await.expect("appends");
            tx.commit().await.expect("commits");
            elsewhere.published(position);
            // The other one may not listen yet; what it did not hear is told by the next.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ringing).await.expect("it is heard");
    assert!(here.told() <= here.head().await.expect("head"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_values_and_each_loads_its_own_when_redis_goes() {
    if !available() {
        return;
    }
    let server = Server::plain(&[]);
    let replica = || Cache::redis(open(server.url()), 1 << 20);
    let (one, two) = (replica(), replica());
    answering(&open(server.url())).await;
    let loads = AtomicU32::new(0);
    let load = || async {
        loads.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>("hello".to_owned())
    };
    assert_eq!(one.get_or_load::<Greeting, _>(&7, load()).await.expect("loads"), "hello");
    assert_eq!(two.get_or_load::<Greeting, _>(&7, load()).await.expect("is there"), "hello");
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    two.put::<Greeting>(&7, &"good morning".to_owned(), Duration::from_secs(60)).await;
    assert_eq!(one.get::<Greeting>(&7).await.as_deref(), Some("good morning"));
    one.invalidate::<Greeting>(&7).await;
    assert_eq!(two.get::<Greeting>(&7).await, None);
    // What is long stays where it was made.
    let long = "a".repeat(300 << 10);
    one.put::<Greeting>(&8, &long, Duration::from_secs(60)).await;
    assert_eq!((one.get::<Greeting>(&8).await, two.get::<Greeting>(&8).await), (Some(long), None));
    drop(server);
    for replica in [&one, &two, &one, &two] {
        assert_eq!(replica.get_or_load::<Greeting, _>(&9, load()).await.expect("loads"), "hello");
    }
    assert_eq!(loads.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_another_prefix_shares_nothing() {
    if !available() {
        return;
    }
    let server = Server::plain(&[]);
    let of = |prefix| {
        let config = RedisConfig::new(Secret::new(server.url())).named(prefix);
        Cache::redis(config.open().expect("a url").expect("one"), 1 << 20)
    };
    answering(&open(server.url())).await;
    let (one, two) = (of("one"), of("two"));
    one.put::<Greeting>(&7, &"hello".to_owned(), Duration::from_secs(60)).await;
    assert_eq!((one.get::<Greeting>(&7).await.as_deref(), two.get::<Greeting>(&7).await), (Some("hello"), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_and_begins_again_is_found_again() {
    if !available() {
        return;
    }
    let mut server = Server::plain(&[]);
    let redis = open(server.url());
    everything(&redis).await;
    server.stop();
    redis.get("a").await.expect_err("nobody is there");
    redis.get("a").await.expect_err("nobody is asked");
    server.start();
    everything(&redis).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_the_rights_that_are_told_can_do_everything_and_nothing_else() {
    if !available() {
        return;
    }
    let server = Server::plain(&[]);
    server.let_in(RIGHTS);
    let redis = open(server.url().replace("redis://", "redis://creatorscope:secret@"));
    everything(&redis).await;
    redis.get("somebody:else").await.expect_err("not its key");
    // Which is no reason to stop asking.
    assert_eq!(redis.get("creatorscope:something").await.expect("its key"), None);
    assert_eq!(server.told("ACL LOG").matches("somebody:else").count(), 1, "{}", server.told("ACL LOG"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_only_a_server_of_a_known_authority_is_asked() {
    if !available() {
        return;
    }
    let server = Server::tls();
    let config = RedisConfig::new(Secret::new(server.url()));
    let redis = config.clone().trusting(server.authority()).open().expect("a url").expect("one");
    everything(&redis).await;
    let stranger = config.open().expect("a url").expect("one");
    stranger.get("a").await.expect_err("the authority is not the system's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_sentinels_name_another_master_it_is_asked() {
    if !available() {
        return;
    }
    let mut primary = Server::plain(&[]);
    let port = primary.port().to_string();
    let replica = Server::plain(&["--replicaof", "127.0.0.1", &port]);
    replica.wait_for("INFO replication", "master_link_status:up");
    let sentinel = Server::sentinel(primary.port());
    sentinel.wait_for("SENTINEL REPLICAS primary", &replica.port().to_string());
    for server in [&primary, &replica] {
        server.let_in(&format!("{RIGHTS} +role"));
    }
    let redis = open(format!("redis-sentinel://creatorscope:secret@127.0.0.1:{}/primary", sentinel.port()));
    everything(&redis).await;
    primary.stop();
    everything(&redis).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_cluster_every_key_is_found_and_a_message_told_at_one_node_is_heard_at_others() {
    if !available() {
        return;
    }
    let nodes = Server::cluster();
    nodes.iter().for_each(|node| node.let_in(&format!("{RIGHTS} +cluster|slots")));
    let (one, two) = (nodes[0].port(), nodes[1].port());
    let redis = open(format!("redis-cluster://creatorscope:secret@127.0.0.1:{one},127.0.0.1:{two}"));
    everything(&redis).await;
    for key in 0..100 {
        let key = format!("creatorscope:v1:{key}");
        redis.set(&key, key.as_bytes(), Duration::from_secs(60)).await.expect("answers");
        assert_eq!(redis.get(&key).await.expect("answers"), Some(key.into_bytes()));
    }
}
