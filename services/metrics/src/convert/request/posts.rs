//! Owns reading requests about posts and records. Never an answer.

use creatorscope_domain::{CreatorId, Platform, PostName};
use creatorscope_kit::{
    fault::Violations,
    page,
    watch::{self, WatchOptions},
};
use creatorscope_proto::metrics::v1 as pb;

use super::{MAX_PAGE, MAX_WATCHED, creator, creators, numbers};
use crate::{
    SERVICE,
    error::MetricsError,
    query::{ExportQuery, PostsQuery},
    store::CreatorFilter,
};

const POSTS_PAGE: usize = 100;

/// Reads the name of a post. Errors: violations.
pub fn get(request: &pb::GetPostRequest) -> Result<PostName, MetricsError> {
    let mut problems = Violations::default();
    let name = PostName::parse(&request.name);
    let name = name.map_err(|error| problems.add("name", error.reason(), error.to_string()));
    name.map_err(|()| MetricsError::Invalid(problems))
}

/// Reads a request for a page of posts. Errors: violations.
pub fn list(request: pb::ListPostsRequest) -> Result<PostsQuery, MetricsError> {
    let mut problems = Violations::default();
    let creator = creator(&request.parent, "parent".into(), &mut problems);
    let page_size = problems.take(page::size(request.page_size, POSTS_PAGE, MAX_PAGE));
    match (creator, page_size) {
        (Some(creator), Some(page_size)) if problems.is_empty() => {
            Ok(PostsQuery { creator, page_size, page_token: request.page_token })
        }
        _ => Err(problems.into()),
    }
}

/// Reads a request to watch posts. Errors: violations.
pub fn watch(request: &pb::WatchPostsRequest) -> Result<(CreatorFilter, WatchOptions), MetricsError> {
    let mut problems = Violations::default();
    let filter = filter(&request.creators, &request.platforms, &mut problems);
    let options = problems.take(watch::options(
        SERVICE,
        &request.resume_token,
        request.skip_snapshot,
        request.heartbeat_interval,
    ));
    match options {
        Some(options) if problems.is_empty() => Ok((filter, options.telling_progress(request.tell_progress))),
        _ => Err(problems.into()),
    }
}

/// Reads a request for everything that is stored. Errors: violations.
pub fn export(request: &pb::ExportRecordsRequest) -> Result<ExportQuery, MetricsError> {
    let mut problems = Violations::default();
    let filter = filter(&request.creators, &request.platforms, &mut problems);
    let after = match request.after_creator.as_str() {
        "" => None,
        name => creator(name, "after_creator".into(), &mut problems),
    };
    problems.check()?;
    Ok(ExportQuery { filter, after })
}

fn filter(names: &[String], platforms: &[i32], problems: &mut Violations) -> CreatorFilter {
    if names.len() > MAX_WATCHED {
        let description = format!("{} names; up to {MAX_WATCHED} are accepted", names.len());
        problems.add("creators", "TOO_MANY", description);
    }
    let creators: Vec<CreatorId> = creators(names, "creators", MAX_WATCHED, problems);
    let platforms = numbers(platforms, Platform::from_number, "platforms", problems);
    CreatorFilter { creators, platforms, tiers: Vec::new() }
}
