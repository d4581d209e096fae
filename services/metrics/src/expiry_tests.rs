//! Owns what callers see of expiry before and after a purge, in one process with a clock that stands still. Never a store's rows.

use std::{sync::Arc, time::Duration};

use creatorscope_domain::{CreatorId, Source};
use creatorscope_kit::{cache::Cache, changes::ChangeLog, clock::Clock, db::Db, page::Sealer};
use creatorscope_proto::common::v1::{self as common, metric_value::Result as Outcome};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    MIGRATIONS, Retention,
    convert::to_wire_time,
    jobs,
    model::{Observation, Reading},
    progress::Progress,
    query::MetricsQuery,
    selection::Selection,
    service::{Cohorts, Service},
    store::{Item, Store},
    testing::{account, day},
};

async fn service(clock: &Clock) -> Arc<Service> {
    let db = Db::temporary(&MIGRATIONS).await.expect("opens");
    let sealer = Sealer::open(&db).await.expect("opens");
    let limits = Retention::unlimited().with(Source::YoutubeApi, 30);
    let store = Store::new(db.clone(), ChangeLog::new(db, clock.clone())).kept(limits, clock.clone());
    let cache = Cache::memory(1 << 20);
    let second = Duration::from_secs(1);
    let cohorts = Cohorts::new(store.clone(), clock.clone(), cache.clone(), Progress::new(), second, second);
    Arc::new(Service::new(store, clock.clone(), cache, sealer, cohorts, Arc::new(Notify::new())))
}

fn creator() -> CreatorId {
    CreatorId::parse("youtube:UCa").expect("valid")
}

fn followers(read: f64, count: i64, source: Source) -> Item {
    let reading = Reading::Account(creator(), account(read, count, -1).counts);
    Item::Observation(Box::new(Observation { reading, observe_time: day(read), source }))
}

/// The followers as the default selection, which is cached, tells them; none when nothing is known of the creator.
async fn told(service: &Service) -> Option<common::MetricValue> {
    let query = MetricsQuery {
        creators: vec![creator()],
        selection: Selection::everything(),
        until: None,
        with_standing: false,
    };
    let metrics = service.metrics(query).await.expect("answers").pop().expect("one entry")?;
    metrics.values.into_iter().find(|value| value.definition == "followers@1")
}

#[tokio::test]
async fn a_cached_value_is_not_shown_past_its_expiry() {
    let clock = Clock::fixed(day(10.0));
    let service = service(&clock).await;
    let items = vec![followers(9.0, 50, Source::YoutubeApi), followers(5.0, 40, Source::File)];
    service.ingest(vec![items]).await.expect("stores");
    for _ in 0..2 {
        let value = told(&service).await.expect("known");
        assert_eq!((value.result, value.expires_at), (Some(Outcome::Value(50.0)), Some(to_wire_time(day(39.0)))));
    }
    clock.set(day(39.0));
    let value = told(&service).await.expect("known");
    assert_eq!((value.result, value.expires_at), (Some(Outcome::Value(40.0)), None), "before any purge");
    jobs::purge(service.store(), &clock, &CancellationToken::new()).await.expect("purges");
    assert_eq!(told(&service).await, Some(value));
}

#[tokio::test]
async fn a_creator_of_whom_all_expired_is_not_known() {
    let clock = Clock::fixed(day(10.0));
    let service = service(&clock).await;
    service.ingest(vec![vec![followers(9.0, 50, Source::YoutubeApi)]]).await.expect("stores");
    assert!(told(&service).await.is_some());
    clock.set(day(39.0));
    assert_eq!(told(&service).await, None, "before any purge");
    jobs::purge(service.store(), &clock, &CancellationToken::new()).await.expect("purges");
    assert_eq!(told(&service).await, None);
}

#[tokio::test]
async fn a_purge_that_is_to_stop_begins_nothing() {
    let clock = Clock::fixed(day(10.0));
    let service = service(&clock).await;
    service.ingest(vec![vec![followers(9.0, 50, Source::YoutubeApi)]]).await.expect("stores");
    clock.set(day(90.0));
    let stop = CancellationToken::new();
    stop.cancel();
    let purged = jobs::purge(service.store(), &clock, &stop).await.expect("answers");
    assert_eq!(purged.creators, 0);
}
