//! Owns how long a watcher of campaigns waits for what was ingested: from the sending of an observation to the update that has it, with
//! many campaigns that run. Never what a campaign is told.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use creatorscope_kit::{
    clock::{Clock, to_wire_time},
    transport::Transport,
};
use creatorscope_proto::{
    campaign::v1::{self as pb, campaign_service_client::CampaignServiceClient, watch_campaign_response::Event},
    common::v1::{Source, Unit, metric_value},
    metrics::v1::{Observation, Post, PostCounts, PostRecord, observation},
};
use creatorscope_tests::{Mode, Suite};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

/// Campaigns that run.
const CAMPAIGNS: usize = 1_000;
/// Every such campaign has ten posts, the others one.
const EVERY: usize = 10;
/// Observations that are sent one after the other, each waited for.
const ONE_BY_ONE: usize = 500;
/// Observations that are sent without waiting, and how many a second.
const STEADY: (usize, u32) = (1_000, 50);
/// Calls at once while campaigns are made.
const AT_ONCE: usize = 8;

/// A view count that was sent, by campaign: when.
type Sent = BTreeMap<(String, i64), Instant>;

fn posts_of(campaign: usize) -> usize {
    if campaign.is_multiple_of(EVERY) { 10 } else { 1 }
}

fn post_name(campaign: usize, post: usize) -> String {
    format!("creators/tiktok:c{campaign}/posts/{:018}", 700_000_000_000_000_000_usize + campaign * 100 + post)
}

fn ago(hours: i64) -> Timestamp {
    Clock::system().now() - SignedDuration::from_hours(hours)
}

pub(crate) async fn run() {
    let suite = Suite::start(Mode::Embedded).await;
    let begun = Instant::now();
    let records = (0..CAMPAIGNS).flat_map(|campaign| (0..posts_of(campaign)).map(move |post| record(campaign, post)));
    let records: Vec<PostRecord> = records.collect();
    suite.ingest_posts(records.chunks(1_000).map(<[PostRecord]>::to_vec).collect()).await.expect("taken");
    let brand = pb::Brand { display_name: "Lumo".to_owned(), country: "DE".to_owned(), ..Default::default() };
    let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    suite.campaign().create_brand(request).await.expect("made");
    let mut making = tokio::task::JoinSet::new();
    for first in 0..AT_ONCE {
        let client = suite.campaign();
        making.spawn(async move {
            for campaign in (first..CAMPAIGNS).step_by(AT_ONCE) {
                make(client.clone(), campaign).await;
            }
        });
    }
    while let Some(made) = making.join_next().await {
        made.expect("made");
    }
    println!("{CAMPAIGNS} campaigns with {} posts made in {:.1} s", records.len(), begun.elapsed().as_secs_f64());

    let (told, mut arrivals) = mpsc::channel(100_000);
    let request = pb::WatchCampaignRequest { skip_snapshot: true, ..Default::default() };
    let mut stream = suite.campaign().watch_campaign(request).await.expect("watching").into_inner();
    stream.message().await.expect("alive").expect("one");
    let watching = tokio::spawn(async move {
        while let Ok(Some(message)) = stream.message().await {
            let arrived = Instant::now();
            if let Some(Event::Update(update)) = message.event
                && let Some((campaign, views)) = first_views(&update)
                && told.send((campaign, views, arrived)).await.is_err()
            {
                break;
            }
        }
    });
    let mut views: Vec<i64> = vec![1_000; CAMPAIGNS];
    let mut dice = fastrand::Rng::with_seed(7);

    let mut sent = Sent::new();
    let mut delays = Vec::new();
    for _ in 0..ONE_BY_ONE {
        send(&suite, &[dice.usize(..CAMPAIGNS)], &mut views, &mut sent).await;
        receive(&mut arrivals, &mut sent, &mut delays).await;
    }
    report("one observation at a time", delays);

    let mut delays = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / STEADY.1);
    for _ in 0..STEADY.0 {
        ticks.tick().await;
        send(&suite, &[dice.usize(..CAMPAIGNS)], &mut views, &mut sent).await;
        while let Ok(arrival) = arrivals.try_recv() {
            settle(&mut sent, &mut delays, &arrival);
        }
    }
    receive(&mut arrivals, &mut sent, &mut delays).await;
    report(&format!("{} observations a second", STEADY.1), delays);

    let mut delays = Vec::new();
    let all: Vec<usize> = (0..CAMPAIGNS).collect();
    send(&suite, &all, &mut views, &mut sent).await;
    receive(&mut arrivals, &mut sent, &mut delays).await;
    report("an observation of every campaign at once", delays);
    println!("the suite has {} MB", suite.resident_kilobytes() / 1_024);
    watching.abort();
    tokio::time::timeout(Duration::from_secs(30), suite.stop()).await.expect("stops");
}

fn record(campaign: usize, post: usize) -> PostRecord {
    PostRecord {
        post: Some(Post {
            name: post_name(campaign, post),
            publish_time: Some(to_wire_time(ago(5))),
            caption: "Anzeige: a lamp that makes the evenings warm #lumo".to_owned(),
            ..Post::default()
        }),
        observe_time: Some(to_wire_time(ago(4))),
        counts: Some(PostCounts { views: Some(1_000), likes: Some(100), ..PostCounts::default() }),
        source: Source::Given.into(),
    }
}

async fn make(mut client: CampaignServiceClient<Transport>, number: usize) {
    let end = Some(to_wire_time(ago(-24 * 30)));
    let objective = pb::Objective {
        metric: pb::ObjectiveMetric::Views.into(),
        target: 100_000.0 * posts_of(number) as f64,
        unit: Unit::Count.into(),
        deadline_time: end,
        ..Default::default()
    };
    let campaign = pb::Campaign {
        brand: "brands/lumo".to_owned(),
        display_name: "Warm evenings".to_owned(),
        start_time: Some(to_wire_time(ago(24))),
        end_time: end,
        markets: vec!["DE".to_owned()],
        objectives: vec![objective],
        ..Default::default()
    };
    let request =
        pb::CreateCampaignRequest { campaign: Some(campaign), campaign_id: format!("c{number}"), ..Default::default() };
    let made = client.create_campaign(request).await.expect("made").into_inner().campaign.expect("one");
    let request = pb::ActivateCampaignRequest { name: made.name.clone(), etag: made.etag, ..Default::default() };
    client.activate_campaign(request).await.expect("active");
    let participant = pb::Participant {
        creator: format!("creators/tiktok:c{number}"),
        relations: vec![pb::DisclosureRelation::Paid.into()],
        ..Default::default()
    };
    let request = pb::CreateParticipantRequest {
        parent: made.name.clone(),
        participant: Some(participant),
        ..Default::default()
    };
    let invited = client.create_participant(request).await.expect("made").into_inner().participant.expect("one");
    let request = pb::AcceptInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
    client.accept_invitation(request).await.expect("accepted");
    for post in 0..posts_of(number) {
        let deliverable = pb::Deliverable { participant: invited.name.clone(), ..Default::default() };
        let request = pb::CreateDeliverableRequest {
            parent: made.name.clone(),
            deliverable: Some(deliverable),
            ..Default::default()
        };
        let owed = client.create_deliverable(request).await.expect("made").into_inner().deliverable.expect("one");
        let request = pb::MarkPublishedRequest {
            name: owed.name,
            etag: owed.etag,
            post: post_name(number, post),
            ..Default::default()
        };
        client.mark_published(request).await.expect("reported");
    }
}

/// Sends one more reading of the first post of each of these campaigns.
async fn send(suite: &Suite, campaigns: &[usize], views: &mut [i64], sent: &mut Sent) {
    let now = Clock::system().now();
    let mut observations = Vec::with_capacity(campaigns.len());
    for campaign in campaigns {
        views[*campaign] += 1;
        observations.push(Observation {
            subject: post_name(*campaign, 0),
            observe_time: Some(to_wire_time(now)),
            counts: Some(observation::Counts::Post(PostCounts {
                views: Some(views[*campaign]),
                likes: Some(100),
                ..PostCounts::default()
            })),
            source: Source::Given.into(),
        });
    }
    let at = Instant::now();
    sent.extend(campaigns.iter().map(|campaign| ((format!("campaigns/c{campaign}"), views[*campaign]), at)));
    let answer = suite.ingest_observations(observations).await.expect("taken");
    assert!(answer.rejections.is_empty(), "{:?}", answer.rejections.first());
}

/// Takes arrivals until nothing that was sent is missing.
async fn receive(arrivals: &mut mpsc::Receiver<(String, i64, Instant)>, sent: &mut Sent, delays: &mut Vec<Duration>) {
    while !sent.is_empty() {
        let arrival = tokio::time::timeout(Duration::from_secs(120), arrivals.recv()).await.expect("in time");
        settle(sent, delays, &arrival.expect("the watcher lives"));
    }
}

/// What was sent of a campaign up to the count that arrived has arrived: updates tell the newest state.
fn settle(sent: &mut Sent, delays: &mut Vec<Duration>, (campaign, views, arrived): &(String, i64, Instant)) {
    let through: Vec<(String, i64)> =
        sent.range((campaign.clone(), 0)..=(campaign.clone(), *views)).map(|(key, _)| key.clone()).collect();
    for key in through {
        if let Some(at) = sent.remove(&key) {
            delays.push(arrived.saturating_duration_since(at));
        }
    }
}

/// The campaign of an update and the views of its first post.
fn first_views(update: &pb::watch_campaign_response::CampaignUpdate) -> Option<(String, i64)> {
    let progress = update.progress.as_ref()?;
    let number = progress.campaign.strip_prefix("campaigns/c")?.parse().ok()?;
    let wanted = post_name(number, 0);
    let mut posts = progress.participants.iter().flat_map(|one| &one.posts);
    let views =
        posts.find(|post| post.post == wanted)?.values.iter().find(|value| value.definition.contains("views@"))?;
    match views.result {
        Some(metric_value::Result::Value(number)) => Some((progress.campaign.clone(), number as i64)),
        _ => None,
    }
}

fn report(what: &str, mut delays: Vec<Duration>) {
    delays.sort();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: {} updates, ingest to update median {:.1} ms, 99th percentile {:.1} ms, longest {:.1} ms",
        delays.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
