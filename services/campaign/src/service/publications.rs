//! Owns posts that are published for deliverables: reported by hand, seen by metrics, drifted, accepted. Never their numbers.

use std::time::Duration;

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::{cache::Cached, clock::to_wire_time, fault::Violations};
use creatorscope_proto::{campaign::v1 as pb, metrics::v1::PostState};
use tracing::debug;

use super::{
    Mutation, Service,
    campaigns::open,
    deliverables::{facts as move_facts, held_with_campaign, owner, step},
    disclosure::Facts,
    resources::{check_mutation, entry, present},
};
use crate::{
    error::CampaignError,
    machine::{self, DeliverableAction, context::Call},
    model::{Caller, Kind, campaign_of},
    publication::{comparison, content_of, has_text, state_after},
    store::{Entry, Listing, Work},
    validate,
};

/// Deliverables of one participant among which a post's is looked for.
const MOST_OWED: usize = 1_000;

/// Who acts when the service does something by itself.
pub(crate) const ITSELF: &str = "creatorscope";

/// A post as it is reported by hand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Its name.
    pub post: String,
    /// When it was published; none to take metrics' word.
    pub publish_time: Option<prost_types::Timestamp>,
    /// What was published; none to take metrics' word.
    pub content: Option<pb::DisclosureContent>,
    /// Whether a post without the approval that it needed is recorded.
    pub allow_unapproved: bool,
}

impl Service {
    /// Records the post of a deliverable. Errors: what is wrong with the report, a post of another creator or deliverable, the deliverable
    /// is not known, was changed since, cannot be published now or lacks its approval; metrics is away and the report has no text; the
    /// database's.
    pub async fn mark_published(
        &self,
        caller: &Caller,
        mutation: &Mutation,
        report: Report,
    ) -> Result<pb::Deliverable, CampaignError> {
        let mut problems = Violations::default();
        problems.take(check_mutation(Kind::Deliverable, mutation));
        let post = match PostName::parse(&report.post) {
            Ok(post) => Some(post),
            Err(problem) => {
                problems.add("post", problem.reason(), problem.to_string());
                None
            }
        };
        validate::time::optional(&mut problems, "publish_time", report.publish_time.as_ref());
        if let Some(content) = &report.content {
            validate::content::check(&mut problems, "content", content);
        }
        problems.check()?;
        let Some(post) = post else { return Err(Violations::default().into()) };
        let seen = match self.metrics.post(&report.post).await {
            Ok(seen) => seen,
            // The follower looks again when metrics is back.
            Err(error) if error.is_away() && report.content.is_some() => None,
            Err(error) => return Err(error.into()),
        };
        // What was counted before somebody told that the post belongs here.
        let history = match &seen {
            Some(_) => self.metrics.history(&post).await.unwrap_or_else(|error| {
                debug!(%error, "a post begins with its last reading");
                Vec::new()
            }),
            None => Vec::new(),
        };
        let facts = self.disclosure_facts(caller, &mutation.name).await?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, mutation).await?;
        let participant = owner(&mut work, &before.participant).await?;
        open(Call::MarkPublished, &campaign, Some(&participant))?;
        if post.creator.name() != participant.creator {
            let mut problems = Violations::default();
            let description =
                format!("{} is a post of {}, not of {}", report.post, post.creator.name(), participant.creator);
            problems.add("post", "OTHER_CREATOR", description);
            return Err(problems.into());
        }
        if let Some(other) = work.tracked_by(&campaign.name, &post).await?.filter(|other| *other != before.name) {
            let message = format!("{} is the post of {other} already", report.post);
            return Err(CampaignError::Exists { kind: Kind::Deliverable, name: other, message });
        }
        let moves = machine::Facts { allow_unapproved: report.allow_unapproved, ..move_facts(&campaign) };
        let state = step(&before, DeliverableAction::MarkPublished, &moves)?;
        let mut publication = pb::Publication {
            post: report.post.clone(),
            publish_time: report.publish_time,
            report_time: Some(to_wire_time(work.now())),
            content: report.content,
            ..Default::default()
        };
        if let Some(seen) = &seen {
            see(&mut publication, seen);
        }
        let entry = entry(caller, &mutation.actor, "MarkPublished");
        let of = Of { facts: &facts, campaign: &campaign, participant: &participant };
        let after = self.publish(&mut work, of, before, state, publication, seen.as_ref(), &entry).await?;
        work.track(&campaign.name, &after.name, &post).await?;
        if let Some(seen) = &seen {
            work.take_post(&post, seen).await?;
            for reading in &history {
                work.take_reading(&post, reading).await?;
            }
        }
        work.commit().await?;
        self.look_after(&caller.tenant, &campaign.name).await;
        Ok(after)
    }

    /// Compares and checks the post of a deliverable, and moves it on from `state`. Errors: the database's.
    #[allow(clippy::too_many_arguments, reason = "each is a part of one decision, read in one place")]
    async fn publish(
        &self,
        work: &mut Work,
        of: Of<'_>,
        before: pb::Deliverable,
        state: pb::DeliverableState,
        mut publication: pb::Publication,
        seen: Option<&PostState>,
        entry: &Entry,
    ) -> Result<pb::Deliverable, CampaignError> {
        let content = judged_content(&publication, seen, platform_of(&of.participant.creator));
        publication.comparison = comparison(of.campaign, &before, content.as_ref().filter(|content| has_text(content)));
        if let Some(content) = &content {
            let context = of.facts.context(of.campaign, of.participant, publication.publish_time);
            publication.disclosure = Some(self.check_with(content, &context, work.now()));
        }
        let mut after = before.clone();
        after.set_state(state_after(&before, state, &publication));
        after.publication = Some(publication);
        after.review_due_time = None;
        if after == before {
            return Ok(before);
        }
        Ok(work.replace(&before, after, entry).await?)
    }

    /// Takes a drift as it is. Errors: the deliverable is not known, was changed since or has not drifted; the database's.
    pub async fn accept_drift(&self, caller: &Caller, mutation: &Mutation) -> Result<pb::Deliverable, CampaignError> {
        check_mutation(Kind::Deliverable, mutation)?;
        let mut work = self.store.begin(&caller.tenant).await?;
        let (campaign, before) = held_with_campaign(&mut work, mutation).await?;
        let seen_by_metrics = before.publication.as_ref().is_some_and(|publication| publication.seen_by_metrics);
        let moves = machine::Facts { seen_by_metrics, ..machine::Facts::default() };
        let state = step(&before, DeliverableAction::AcceptDrift, &moves)?;
        let mut after = before.clone();
        after.publication.get_or_insert_default().drift_accepted = true;
        after.set_state(state);
        let entry = entry(caller, &mutation.actor, "AcceptDrift").because(&mutation.note);
        let after = work.replace(&before, after, &entry).await?;
        work.commit().await?;
        self.look_after(&caller.tenant, &campaign.name).await;
        Ok(after)
    }

    /// Takes what metrics now tells of a tracked post: verifies it, or finds that it drifted. Nothing happens when nothing changed.
    /// Errors: the database's.
    pub(crate) async fn see_post(
        &self,
        tenant: &str,
        deliverable: &str,
        seen: &PostState,
    ) -> Result<(), CampaignError> {
        // Most news are counts, which need neither a check nor a transaction.
        let Some(known) = self.store.get::<pb::Deliverable>(tenant, deliverable).await? else { return Ok(()) };
        let judged = JudgedText::of(tenant, &known, seen);
        if !judged.is_new(&known, seen) || self.cache.get::<JudgedText>(&judged.key).await == Some(judged.text.clone())
        {
            return Ok(());
        }
        let caller = Caller { tenant: tenant.to_owned(), name: ITSELF.to_owned() };
        let facts = match self.disclosure_facts(&caller, deliverable).await {
            Ok(facts) => facts,
            // Removed meanwhile.
            Err(CampaignError::NotKnown { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut work = self.store.begin(tenant).await?;
        let Ok(campaign) = present::<pb::Campaign>(&mut work, campaign_of(deliverable)).await else { return Ok(()) };
        let Some(before) = work.lock::<pb::Deliverable>(deliverable).await? else { return Ok(()) };
        let Some(mut publication) = before.publication.clone() else { return Ok(()) };
        let participant = owner(&mut work, &before.participant).await?;
        let hash_before = publication.comparison.as_ref().map(|found| found.published_hash.clone());
        see(&mut publication, seen);
        let content = judged_content(&publication, Some(seen), platform_of(&participant.creator));
        let hash = content.as_ref().filter(|content| has_text(content)).map(crate::compare::text_hash);
        if hash.is_some() && hash != hash_before {
            // Another text than the one that somebody took as it was.
            publication.drift_accepted = false;
        } else if before.publication.as_ref() == Some(&publication) {
            return Ok(());
        }
        let entry = Entry { actor: ITSELF.to_owned(), action: "SeePost", ..Entry::default() };
        let of = Of { facts: &facts, campaign: &campaign, participant: &participant };
        let state = before.state();
        let after = self.publish(&mut work, of, before, state, publication, Some(seen), &entry).await?;
        work.commit().await?;
        let judged = JudgedText::of(tenant, &after, seen);
        self.cache.put::<JudgedText>(&judged.key, &judged.text, JudgedText::TTL).await;
        Ok(())
    }
}

/// What was judged last of a deliverable's post: known to this process where no comparison keeps it.
struct JudgedText {
    /// Tenant, deliverable and its version.
    key: String,
    /// The hash of the text and the platform's own mark; empty without a text.
    text: String,
}

impl Cached for JudgedText {
    const KIND: &'static str = "campaign:judged";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(600);
    type Key = String;
    type Value = String;
}

impl JudgedText {
    fn of(tenant: &str, known: &pb::Deliverable, seen: &PostState) -> Self {
        let publication = known.publication.clone().unwrap_or_default();
        // The platform plays no part in the hash.
        let content = judged_content(&publication, Some(seen), 0).filter(has_text);
        let text = |content: &pb::DisclosureContent| {
            format!("{}|{:?}", crate::compare::text_hash(content), content.platform_flag)
        };
        Self {
            key: format!("{tenant}|{}|{}", known.name, known.etag),
            text: content.as_ref().map(text).unwrap_or_default(),
        }
    }

    /// Whether these news may change what is said of the post: it was not seen before, or the text is not the one that was compared.
    fn is_new(&self, known: &pb::Deliverable, seen: &PostState) -> bool {
        let Some(publication) = &known.publication else { return false };
        let mut after = publication.clone();
        see(&mut after, seen);
        let compared = publication.comparison.as_ref().map(|comparison| comparison.published_hash.as_str());
        let hash = self.text.split('|').next().filter(|hash| !hash.is_empty());
        after != *publication || (hash.is_some() && hash != compared)
    }
}

impl Service {
    /// Finds the deliverable of a participant whose approved text a post has that nobody reported, and records the post for it. Nothing
    /// happens when none fits. Errors: the database's.
    pub(crate) async fn find_post(
        &self,
        tenant: &str,
        participant: &str,
        post: &PostName,
        seen: &PostState,
    ) -> Result<Option<String>, CampaignError> {
        let campaign = campaign_of(participant);
        let content = content_of(seen, post.creator.platform().number());
        if !has_text(&content) {
            return Ok(None);
        }
        let Some(running) = self.store.get::<pb::Campaign>(tenant, campaign).await? else { return Ok(None) };
        if !matches!(running.state(), pb::CampaignState::Active | pb::CampaignState::Paused) {
            return Ok(None);
        }
        let published = seen.post.as_ref().and_then(|post| post.publish_time);
        let is_early = published.zip(running.start_time).is_some_and(|(at, start)| at.seconds < start.seconds);
        let listing =
            Listing { parent: Some(campaign.to_owned()), participant: participant.to_owned(), ..Listing::default() };
        let owed: Vec<pb::Deliverable> = self.store.list(tenant, &listing, MOST_OWED).await?;
        let fits = |one: &&pb::Deliverable| {
            let found = comparison(&running, one, Some(&content));
            let found = found.as_ref().map(pb::TextComparison::r#match);
            one.state() == pb::DeliverableState::Approved
                && matches!(found, Some(pb::TextMatch::Identical | pb::TextMatch::Acceptable))
        };
        let Some(found) = owed.iter().filter(|_| !is_early).find(fits) else { return Ok(None) };
        let mutation = Mutation { name: found.name.clone(), etag: found.etag.clone(), ..Mutation::default() };
        let caller = Caller { tenant: tenant.to_owned(), name: ITSELF.to_owned() };
        let report = Report { post: post.to_string(), publish_time: published, ..Report::default() };
        match self.mark_published(&caller, &mutation, report).await {
            Ok(marked) => Ok(Some(marked.name)),
            // Somebody reported it, or changed the deliverable, meanwhile.
            Err(CampaignError::Changed { .. } | CampaignError::Exists { .. } | CampaignError::Closed { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// What a post is judged by.
#[derive(Clone, Copy)]
struct Of<'a> {
    facts: &'a Facts,
    campaign: &'a pb::Campaign,
    participant: &'a pb::Participant,
}

/// Notes in a publication that metrics has seen the post.
fn see(publication: &mut pb::Publication, seen: &PostState) {
    let Some(post) = &seen.post else { return };
    publication.seen_by_metrics = true;
    if publication.publish_time.is_none() {
        publication.publish_time = post.publish_time;
    }
}

/// The text that counts: metrics' word where it has one, else what was reported. What a report knows beyond metrics (transcript, text in
/// the picture, first comment) is added.
fn judged_content(
    publication: &pb::Publication,
    seen: Option<&PostState>,
    platform: i32,
) -> Option<pb::DisclosureContent> {
    let seen = seen.map(|seen| content_of(seen, platform));
    match (seen, publication.content.clone()) {
        (Some(seen), Some(reported)) if has_text(&seen) => Some(pb::DisclosureContent {
            first_comment: reported.first_comment,
            transcript: reported.transcript,
            on_screen_text: reported.on_screen_text,
            profile_text: reported.profile_text,
            platform_flag_text: reported.platform_flag_text,
            platform_flag: seen.platform_flag.or(reported.platform_flag),
            ..seen
        }),
        (Some(seen), Some(mut reported)) => {
            reported.platform_flag = seen.platform_flag.or(reported.platform_flag);
            Some(reported)
        }
        (seen, reported) => seen.or(reported),
    }
}

/// The platform's number of a creator's name; 0 when the name is none.
fn platform_of(creator: &str) -> i32 {
    CreatorId::parse_name(creator).map_or(0, |id| id.platform().number())
}
