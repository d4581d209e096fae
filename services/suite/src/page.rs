//! Owns reading the pages of a node's admin port: whether it serves, and its figures. Never what they mean.

use std::time::Duration;

use creatorscope_kit::task;
use ureq::Agent;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// No page is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// A number on the page of figures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    /// The number.
    pub(crate) value: f64,
}

impl Sample {
    /// A label; empty when it has none of this name.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

/// The figures of a node at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Figures(Vec<Sample>);

impl Figures {
    /// Reads a page in the text format of Prometheus. Lines that are no samples are left out.
    pub(crate) fn parse(page: &str) -> Self {
        Self(page.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// All samples of a figure.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.0.iter().filter(move |sample| sample.name == name)
    }

    /// The sum of all samples of a figure.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.all(name).map(|sample| sample.value).sum()
    }

    /// The sample with the labels of another one.
    pub(crate) fn same(&self, other: &Sample) -> Option<&Sample> {
        self.0.iter().find(|sample| sample.name == other.name && sample.labels == other.labels)
    }
}

/// `name{label="value",…} number`
fn sample(line: &str) -> Option<Sample> {
    let (head, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, rest)) = head.split_once('{') else {
        return Some(Sample { name: head.to_owned(), labels: Vec::new(), value });
    };
    Some(Sample { name: name.to_owned(), labels: labels(rest.strip_suffix('}')?)?, value })
}

fn labels(text: &str) -> Option<Vec<(String, String)>> {
    let mut labels = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, behind) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut letters = behind.char_indices();
        let end = loop {
            match letters.next()? {
                (place, '"') => break place,
                (_, '\\') => value.push(match letters.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                (_, letter) => value.push(letter),
            }
        };
        labels.push((name.to_owned(), value));
        rest = behind[end + 1..].trim_start_matches(',');
    }
    Some(labels)
}

/// The address of a node's admin port as commands on its machine reach it: where it listens everywhere, on loopback.
pub(crate) fn of_setting(listen: &str) -> Option<String> {
    let (host, port) = listen.rsplit_once(':')?;
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    Some(format!("http://{host}:{port}"))
}

/// The status and text of a page. Errors: nobody answers there.
pub(crate) async fn get(admin: &str, path: &str) -> anyhow::Result<(u16, String)> {
    let address = format!("{}{path}", admin.trim_end_matches('/'));
    task::blocking(move || {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        let mut response = Agent::new_with_config(config).get(&address).call()?;
        let text = response.body_mut().with_config().limit(LONGEST).read_to_string()?;
        Ok((response.status().as_u16(), text))
    })
    .await?
}

/// The figures of a node. Errors: nobody answers, or with something else.
pub(crate) async fn figures(admin: &str) -> anyhow::Result<Figures> {
    match get(admin, "/metrics").await? {
        (200, page) => Ok(Figures::parse(&page)),
        (status, _) => anyhow::bail!("/metrics is answered with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_with_their_labels_and_other_lines_left_out() {
        let page = "# TYPE a_total counter\na_total{kind=\"one, \\\"two\\\"\",code=\"Ok\"} 3\na_total{kind=\"x\"} 4\n\nb 1.5e3\nbroken{\n";
        let figures = Figures::parse(page);
        let first = figures.all("a_total").next().expect("a sample");
        assert_eq!((first.label("kind"), first.label("code"), first.label("none")), ("one, \"two\"", "Ok", ""));
        assert_eq!(figures.sum("a_total"), 7.0);
        assert_eq!(figures.sum("b"), 1_500.0);
        assert_eq!(figures.sum("broken"), 0.0);
    }

    #[test]
    fn a_port_that_listens_everywhere_is_reached_on_loopback() {
        assert_eq!(of_setting("0.0.0.0:8643").as_deref(), Some("http://127.0.0.1:8643"));
        assert_eq!(of_setting("[::]:8643").as_deref(), Some("http://[::1]:8643"));
        assert_eq!(of_setting("10.0.0.7:8643").as_deref(), Some("http://10.0.0.7:8643"));
        assert_eq!(of_setting(""), None);
    }
}
