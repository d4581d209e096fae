//! Owns the grpcurl lines that the demo offers for copying. Never a call of its own.

use serde::Serialize;

const DISCOVERY: &str = "creatorscope.discovery.v1.DiscoveryService";
const SCORING: &str = "creatorscope.scoring.v1.ScoringService";
const METRICS: &str = "creatorscope.metrics.v1.MetricsService";

/// A line to copy into a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Command {
    /// What it shows.
    pub(super) shows: &'static str,
    /// The line.
    pub(super) line: String,
}

/// The lines for a suite at `address` (host and port) with `creator` as the example. Of `faces` the first is loved, the second hated, and
/// the third's topic is quarrelled about.
pub(super) fn all(address: &str, creator: &str, faces: &[String]) -> Vec<Command> {
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    let plain = |shows, what: &str| Command { shows, line: format!("grpcurl -plaintext {address} {what}") };
    let call = |shows, request: &str, method: &str| Command {
        shows,
        line: format!("grpcurl -plaintext -d '{}' {address} {method}", request.replace("CREATOR", creator)),
    };
    let face = |place: usize| faces.get(place).map_or(creator, String::as_str);
    let judge = |shows, request: &str, method: &str| {
        let request = request.replace("LOVED", face(0)).replace("HATED", face(1)).replace("QUARREL", face(2));
        call(shows, &request, &format!("{SCORING}/{method}"))
    };
    vec![
        Command {
            shows: "get grpcurl, once (needs Go)",
            line: "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest".to_owned(),
        },
        plain("which services there are", "list"),
        plain("what a service offers", &format!("describe {DISCOVERY}")),
        call(
            "search with filter, order and facets",
            r#"{"filter": "platform = TIKTOK AND tier = MICRO AND er.views > 0.08", "orderBy": "er.views desc", "facets": ["country", "niche"], "pageSize": 3, "readMask": {"paths": ["name", "display_name", "country", "niches", "followers"]}}"#,
            &format!("{DISCOVERY}/SearchCreators"),
        ),
        call(
            "numbers that say what they mean",
            r#"{"name": "CREATOR", "selection": {"definitions": ["er.views", "posts_per_week", "views.mean"]}}"#,
            &format!("{METRICS}/GetCreatorMetrics"),
        ),
        call(
            "a stream of one creator's metrics; leave it open and run the next line elsewhere",
            r#"{"creators": ["CREATOR"], "selection": {"definitions": ["followers"]}, "heartbeatInterval": "5s"}"#,
            &format!("{METRICS}/WatchMetrics"),
        ),
        call(
            "a new count, which the stream shows at once",
            r#"{"observations": [{"subject": "CREATOR", "observeTime": "2026-08-25T00:00:00Z", "account": {"followers": "50000"}, "source": "SOURCE_SYNTHETIC"}]}"#,
            &format!("{METRICS}/IngestObservations"),
        ),
        call(
            "what a bad filter answers",
            r#"{"filter": "platform = TIKTOK AND folowers > 10000"}"#,
            &format!("{DISCOVERY}/SearchCreators"),
        ),
        judge(
            "what texts say: language, sentiment, whom they are about",
            r#"{"texts": [{"text": "I love your videos"}, {"text": "o liquidificador quebrou em uma semana"}]}"#,
            "AnalyzeText",
        ),
        judge(
            "how the audience of a loved creator feels, by language (its comments are invented)",
            r#"{"name": "LOVED", "byLanguage": true, "withStanding": true}"#,
            "GetCreatorSentiment",
        ),
        judge(
            "how a creator whose comments are hostile is received, with evidence for and against",
            r#"{"name": "HATED"}"#,
            "GetReception",
        ),
        judge(
            "the same of one whose comments quarrel about a topic: what is missing for a verdict is said",
            r#"{"name": "QUARREL"}"#,
            "GetReception",
        ),
        judge(
            "whom a brand should work with, from its brief",
            r#"{"brand": {"brief": "gentle skin care for people in their twenties", "niches": ["beauty"], "languages": ["en"]}, "creators": ["LOVED", "HATED", "QUARREL"]}"#,
            "ScoreFit",
        ),
        judge("everything about one creator, for vetting", r#"{"name": "LOVED"}"#, "ExportDossier"),
        Command {
            shows: "the same as a page to open in a browser",
            line: format!("creatorscope dossier {} --endpoint http://{address} -o dossier.html", face(0)),
        },
    ]
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn every_request_is_json_without_quotes_that_a_shell_would_eat() {
        let faces = ["a", "b", "c"].map(|name| format!("creators/tiktok:{name}"));
        let commands = all("http://127.0.0.1:8642", "creators/tiktok:demo-7-000001", &faces);
        let mut requests = 0;
        for command in &commands {
            let Some((_, rest)) = command.line.split_once("-d '") else { continue };
            let (request, method) = rest.split_once("' 127.0.0.1:8642 ").expect("one pair of quotes");
            assert!(!request.contains('\''));
            serde_json::from_str::<serde_json::Value>(request).expect("json");
            assert!(method.starts_with("creatorscope."));
            requests += 1;
        }
        assert_eq!(requests, 11);
        let lines: String = commands.iter().map(|command| command.line.as_str()).collect();
        assert!(["LOVED", "HATED", "QUARREL", "CREATOR"].iter().all(|word| !lines.contains(word)), "{lines}");
    }

    #[test]
    fn every_method_stands_in_the_contracts() {
        let set = prost_types::FileDescriptorSet::decode(creatorscope_proto::DESCRIPTORS).expect("descriptors");
        let mut methods = Vec::new();
        for file in &set.file {
            for service in &file.service {
                methods.extend(
                    service
                        .method
                        .iter()
                        .map(|method| format!("{}.{}/{}", file.package(), service.name(), method.name())),
                );
            }
        }
        for command in all("127.0.0.1:1", "creators/tiktok:demo", &[]) {
            let method = command.line.rsplit(' ').next().expect("a last word");
            assert!(
                !method.contains(".v1.") || !method.contains('/') || methods.iter().any(|known| known == method),
                "{method}"
            );
        }
    }
}
