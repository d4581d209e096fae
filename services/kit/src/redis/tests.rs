//! Owns the tests of settings, and of a Redis that is not there. Never a Redis that is.

use super::*;

fn problems(config: &RedisConfig) -> Option<String> {
    let mut problems = Problems::default();
    config.check(&mut problems);
    problems.check().err().map(|problems| problems.to_string())
}

#[test]
fn a_url_names_a_server_sentinels_or_a_cluster_with_or_without_tls_and_user() {
    for good in [
        "",
        "redis://localhost",
        "rediss://gate:secret@cache.example:6380/2",
        "redis-sentinel://one,two:26380/primary",
        "rediss-sentinel://gate:secret@one,[::1],[::2]:26380/primary/3",
        "redis-cluster://gate:secret@one:7000,two:7001",
        "rediss-cluster://one",
    ] {
        assert_eq!(problems(&RedisConfig::new(Secret::new(good))), None, "{good}");
    }
    for wrong in [
        "localhost:6379",
        "http://localhost",
        "redis://:x:y:z@/a",
        "redis://one,two",
        "redis-sentinel://one,two",
        "redis-sentinel://one/primary/number",
        "redis-cluster://one,,two",
        "redis-cluster://one/2",
        "redis-something://one",
    ] {
        let told = problems(&RedisConfig::new(Secret::new(wrong))).unwrap_or_default();
        assert!(told.contains("redis.url") && !told.contains(wrong), "{wrong}: {told}");
    }
    let odd = RedisConfig::new(Secret::new("")).named("a:b");
    assert!(problems(&odd).unwrap_or_default().contains("redis.prefix"));
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_asked_for_by_no_call_twice() {
    // Nobody listens on the port of a listener that is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port").port();
    for url in ["redis://127.0.0.1", "redis-sentinel://127.0.0.1", "redis-cluster://127.0.0.1"] {
        let path = if url.contains("sentinel") { "/primary" } else { "" };
        let redis = RedisConfig::new(Secret::new(format!("{url}:{port}{path}"))).open().expect("a url").expect("one");
        let script = Script::new("return {1}");
        redis.run(&script, &[], &[]).await.expect_err("nobody is there");
        let told = redis.get("a").await.expect_err("nobody is asked").to_string();
        assert!(told.contains("a moment ago"), "{told}");
    }
}
