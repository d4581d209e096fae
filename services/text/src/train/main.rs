//! Owns the making and measuring of the committed weights: reads labelled texts, writes weights and their card. Never a service.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables are what this program answers, progress goes beside them"
)]

mod calibrate;
mod card;
mod corpus;
mod embed;
mod emoji;
mod evaluate;
mod latin;
mod measure;
mod minimise;
mod regression;
mod stack;
mod student;
mod teacher;
mod train;
mod vectors;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Makes and measures the weights with which creatorscope reads sentiment and language.
#[derive(Parser)]
#[command(name = "creatorscope-train", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Learn from a folder of `label<TAB>text` files and write weights and their card.
    Train {
        /// The folder with the files.
        #[arg(long)]
        data: PathBuf,
        /// Where `fast.bin` and `README.md` are written.
        #[arg(long, default_value = "services/text/weights")]
        out: PathBuf,
        #[command(flatten)]
        options: train::Options,
    },
    /// Write the vectors of all texts of a training; those that are written already are kept.
    Embed {
        /// The folder with the labelled files.
        #[arg(long)]
        data: PathBuf,
        /// The folder with the encoders' model files.
        #[arg(long)]
        models: PathBuf,
        /// Where `e5.bin` and `use.bin` are written.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        options: train::Options,
    },
    /// Measure the compiled-in weights on the validation texts of a folder.
    Eval {
        /// The folder with the files.
        #[arg(long)]
        data: PathBuf,
        /// Other weights than those compiled in.
        #[arg(long)]
        weights: Option<PathBuf>,
        /// Also measure the encoders whose model files this folder holds.
        #[arg(long)]
        models: Option<PathBuf>,
        /// Also train and measure the same n-grams on gold labels only.
        #[arg(long)]
        baseline: bool,
        /// Write what was measured on, as lines of set, label and text.
        #[arg(long)]
        write_measured: Option<PathBuf>,
        #[command(flatten)]
        options: train::Options,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Train { data, out, options } => train::run(&data, &out, &options),
        Command::Embed { data, models, out, options } => embed::run(&data, &models, &out, &options),
        Command::Eval { data, weights, models, baseline, write_measured, options } => {
            if let Some(path) = write_measured {
                evaluate::write_measured(&data, &path)?;
            }
            evaluate::run(&data, weights.as_deref(), baseline, &options)?;
            models.map_or(Ok(()), |models| evaluate::run_encoders(&data, &models))
        }
    }
}
