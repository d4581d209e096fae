//! Owns the command `dossier`: everything that a running suite knows of a creator, as one file. Never what is in it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use creatorscope_domain::CreatorId;
use creatorscope_proto::scoring::v1::{
    BrandBrief, DossierFormat, ExportDossierRequest, scoring_service_client::ScoringServiceClient,
};

use crate::access;

/// The largest answer that is read.
const MAX_MESSAGE: usize = 64 << 20;

/// Writes everything that a running suite knows of a creator.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope dossier youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw -o dossier.html
  creatorscope dossier creators/tiktok:nasa --format json | jq .sentiment
  creatorscope dossier tiktok:nasa --brief 'telescopes for beginners' -o nasa.html")]
pub struct DossierArgs {
    /// The creator, e.g. creators/youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw
    creator: String,
    /// The form [default: json for a file that ends so, else html]
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What a brand sells, to whom, in what tone: adds how the creator fits it
    #[arg(long, value_name = "TEXT", default_value = "")]
    brief: String,
    /// The running suite
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8642")]
    endpoint: String,
}

/// The form of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One page that loads nothing from elsewhere
    Html,
    /// The message as JSON
    Json,
}

/// Asks for the dossier and writes it. Errors: nobody at the endpoint, a creator of whom nothing is known, a file that cannot be
/// written.
pub async fn run(args: DossierArgs) -> anyhow::Result<u8> {
    let request = request(&args)?;
    let mut client =
        ScoringServiceClient::new(access::connect(&args.endpoint).await?).max_decoding_message_size(MAX_MESSAGE);
    let answer = client.export_dossier(request).await;
    let answer = answer
        .map_err(|status| anyhow::anyhow!("the service answered {:?}: {}", status.code(), status.message()))?
        .into_inner();
    if answer.content.is_empty() {
        bail!("the service answered without a file");
    }
    write(args.output.as_deref(), &answer.content)?;
    Ok(0)
}

fn request(args: &DossierArgs) -> anyhow::Result<ExportDossierRequest> {
    let creator = CreatorId::parse(args.creator.strip_prefix("creators/").unwrap_or(&args.creator))?;
    let ends_so = |path: &PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let by_name = if args.output.as_ref().is_some_and(ends_so) { Form::Json } else { Form::Html };
    let format = match args.format.unwrap_or(by_name) {
        Form::Html => DossierFormat::Html,
        Form::Json => DossierFormat::Json,
    };
    let brief = BrandBrief { brief: args.brief.clone(), ..BrandBrief::default() };
    Ok(ExportDossierRequest {
        name: creator.name(),
        format: format.into(),
        brand: Some(brief).filter(|brief| !brief.brief.is_empty()),
        window: 0,
    })
}

/// Writes to a file so that it is complete or not there.
fn write(path: Option<&Path>, content: &[u8]) -> anyhow::Result<()> {
    let Some(path) = path else {
        let mut output = std::io::stdout().lock();
        return output.write_all(content).and_then(|()| output.flush()).context("standard output");
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let fresh = path.with_file_name(name);
    fs::write(&fresh, content)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("the file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        dossier: DossierArgs,
    }

    fn asked(arguments: &[&str]) -> anyhow::Result<ExportDossierRequest> {
        request(&Program::parse_from([&["x"], arguments].concat()).dossier)
    }

    #[test]
    fn the_form_is_what_is_said_or_what_the_file_is_called() {
        for (arguments, expected) in [
            (&["tiktok:nasa"][..], DossierFormat::Html),
            (&["creators/tiktok:nasa", "-o", "a.JSON"], DossierFormat::Json),
            (&["tiktok:nasa", "-o", "a.html"], DossierFormat::Html),
            (&["tiktok:nasa", "-o", "a.json", "--format", "html"], DossierFormat::Html),
        ] {
            let request = asked(arguments).expect("a request");
            assert_eq!((request.name.as_str(), request.format()), ("creators/tiktok:nasa", expected), "{arguments:?}");
            assert_eq!(request.brand, None);
        }
        let brand = asked(&["tiktok:nasa", "--brief", "telescopes"]).expect("a request").brand;
        assert_eq!(brand.expect("a brand").brief, "telescopes");
        assert!(asked(&["nasa"]).is_err(), "a name without its platform");
    }

    #[test]
    fn a_file_is_written_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.html");
        write(Some(&path), b"<p>").expect("written");
        assert_eq!(fs::read(&path).expect("readable"), b"<p>");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
