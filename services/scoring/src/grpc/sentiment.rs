//! Owns the wire side of sentiment. Never a rule.

use creatorscope_domain::{CreatorId, PostName, Window};
use creatorscope_kit::fault::{Violation, Violations, status};
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::{error::ScoringError, service::Shared};

/// Windows of one request.
const MAX_WINDOWS: usize = 6;

pub(super) async fn get_creator_sentiment(
    service: &Shared,
    request: pb::GetCreatorSentimentRequest,
) -> Result<pb::GetCreatorSentimentResponse, Status> {
    let answer = async {
        let (creator, windows) = read(&request)?;
        let found = service.sentiment(&creator, &windows, request.by_language, request.with_standing).await?;
        found.ok_or(ScoringError::NoComments(creator))
    };
    let sentiment = answer.await.map_err(|fault| status(&fault))?;
    Ok(pb::GetCreatorSentimentResponse { sentiment: Some(sentiment) })
}

fn read(request: &pb::GetCreatorSentimentRequest) -> Result<(CreatorId, Vec<Window>), ScoringError> {
    let mut problems = Violations::default();
    let creator = CreatorId::parse_name(&request.name);
    let creator = creator.map_err(|problem| Violation::new("name", problem.reason(), problem.to_string()));
    let creator = problems.take(creator);
    if request.windows.len() > MAX_WINDOWS {
        let found = format!("{} windows; up to {MAX_WINDOWS} are accepted", request.windows.len());
        problems.add("windows", "TOO_MANY", found);
    }
    let mut windows = Vec::new();
    for (place, number) in request.windows.iter().take(MAX_WINDOWS).enumerate() {
        match Window::from_number(*number) {
            Some(window) => windows.push(window),
            None if *number == 0 => windows.push(crate::service::sentiment::DEFAULT_WINDOW),
            None => {
                let found = format!("{number} is not a value of this list");
                problems.add(format!("windows[{place}]"), "UNKNOWN_VALUE", found);
            }
        }
    }
    match creator {
        Some(creator) if problems.is_empty() => Ok((creator, windows)),
        _ => Err(problems.into()),
    }
}

pub(super) async fn get_post_sentiment(
    service: &Shared,
    request: pb::GetPostSentimentRequest,
) -> Result<pb::GetPostSentimentResponse, Status> {
    let answer = async {
        let post = PostName::parse(&request.name)
            .map_err(|problem| Violation::new("name", problem.reason(), problem.to_string()))?;
        service.post_sentiment(&post).await
    };
    let sentiment = answer.await.map_err(|fault: ScoringError| status(&fault))?;
    Ok(pb::GetPostSentimentResponse { sentiment: Some(sentiment) })
}
