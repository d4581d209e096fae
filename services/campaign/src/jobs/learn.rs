//! Owns learning how posts grow from the sample, again and again, and keeping the sample at its size. Never how a curve is found.

use creatorscope_domain::{Platform, PostFormat};
use creatorscope_kit::{role::BoxError, runs, task};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    curve::{Growth, Reading, Series, learn, prior},
    error::CampaignError,
    progress::{Curves, usual_format},
    service::Shared,
    store::PostReadings,
};

const PLATFORMS: [Platform; 3] = [Platform::Youtube, Platform::Tiktok, Platform::Instagram];

/// Learns when it begins, and then after each `curve_seconds`, until it is stopped. A database that is away is asked again the next time.
pub async fn learn_curves(
    service: Shared,
    curves: watch::Sender<Curves>,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    let every = service.config.curve_every();
    loop {
        match runs::run(once(&service)).await {
            Ok(learned) => {
                let posts: u32 = learned.iter().map(|growth| growth.posts).sum();
                if posts > 0 {
                    info!(posts, "the growth of posts was learned");
                }
                curves.send_replace(Curves::new(learned));
            }
            Err(error) => warn!(%error, "the growth of posts stays as it was learned before"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Learns all curves as of now. Errors: the database's.
pub(crate) async fn once(service: &Shared) -> Result<Vec<Growth>, CampaignError> {
    let (store, size, now) = (&service.store, service.sample.size(), service.clock.now());
    let mut all = Vec::new();
    for platform in PLATFORMS {
        if let Some(edge) = store.sample_edge(platform.number(), size).await? {
            service.sample.close(platform, edge);
            let mut work = store.begin("").await?;
            work.shrink_sample(platform.number(), edge).await?;
            work.commit().await?;
        }
        let posts = store.sample(platform.number(), size, now).await?;
        all.extend(task::blocking(move || learned(platform, &posts, now)).await?);
    }
    Ok(all)
}

/// The growth of each form of post of a platform that the sample has.
fn learned(platform: Platform, posts: &[PostReadings], now: Timestamp) -> Vec<Growth> {
    let format = |post: &PostReadings| PostFormat::from_number(post.format).unwrap_or_else(|| usual_format(platform));
    let mut formats: Vec<PostFormat> = posts.iter().map(format).collect();
    formats.sort_unstable();
    formats.dedup();
    let growth = |wanted: PostFormat| {
        let series: Vec<Series> =
            posts.iter().filter(|post| format(post) == wanted).filter_map(|post| series(post, now)).collect();
        learn::learn(&prior::growth(platform, wanted), &series, now)
    };
    formats.into_iter().map(growth).collect()
}

fn series(post: &PostReadings, now: Timestamp) -> Option<Series> {
    let reading = |counts: &crate::store::Counts| Reading {
        at: counts.at,
        views: counts.views.and_then(|views| u64::try_from(views).ok()),
    };
    let readings: Vec<Reading> = post.counts.iter().map(reading).collect();
    Some(Series::new(post.published?, &readings, now))
}
