//! Owns the wire side of erasure. Never a rule.

use creatorscope_domain::{CreatorId, NameError, Platform, PostName};
use creatorscope_kit::{
    fault::{Violation, Violations, status},
    token::Token,
};
use creatorscope_proto::scoring::v1::{self as pb, erase_scores_request::Subject};
use tonic::Status;

use crate::{SERVICE, error::ScoringError, service::Shared, store::Erased};

const MAX_AUTHOR: usize = 300;

pub(super) async fn erase_scores(
    service: &Shared,
    request: pb::EraseScoresRequest,
) -> Result<pb::EraseScoresResponse, Status> {
    let erased = erase(service, request).await.map_err(|fault| status(&fault))?;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(pb::EraseScoresResponse {
        comment_count: count(erased.comments),
        profile_count: 0,
        change_count: count(erased.changes),
        change_token: if erased.position > 0 {
            Token::new(SERVICE, erased.position).to_string()
        } else {
            String::new()
        },
    })
}

async fn erase(service: &Shared, request: pb::EraseScoresRequest) -> Result<Erased, ScoringError> {
    let store = &service.store;
    let wrong =
        |field: &'static str| move |problem: NameError| Violation::new(field, problem.reason(), problem.to_string());
    Ok(match request.subject {
        None => {
            let problem = "exactly one of creator, post and commenter is needed";
            return Err(Violation::new("subject", "REQUIRED", problem).into());
        }
        Some(Subject::Creator(name)) => {
            store.erase_creator(&CreatorId::parse_name(&name).map_err(wrong("creator"))?).await?
        }
        Some(Subject::Post(name)) => store.erase_post(&PostName::parse(&name).map_err(wrong("post"))?).await?,
        Some(Subject::Commenter(commenter)) => {
            let mut problems = Violations::default();
            let platform = Platform::from_number(commenter.platform);
            if platform.is_none() {
                problems.add("commenter.platform", "REQUIRED", "a platform of the list is needed");
            }
            let length = commenter.author.chars().count();
            if commenter.author.trim().is_empty() || length > MAX_AUTHOR {
                let problem = format!("{length} characters; 1 to {MAX_AUTHOR} are accepted");
                problems.add("commenter.author", "OUT_OF_RANGE", problem);
            }
            let Some(platform) = platform.filter(|_| problems.is_empty()) else { return Err(problems.into()) };
            let hashes = store.keys().await?.authors(platform.slug(), &commenter.author);
            store.erase_author(&hashes).await?
        }
    })
}
