//! Owns the commands `backup` and `restore`: all tables of all roles into one file, and from there into empty tables of either
//! database. Never what a row means.
//!
//! | file | owns |
//! |---|---|
//! | `form.rs` | rows as lines, what the file says about itself |
//! | `restore.rs` | reading such a file into tables |

mod form;
mod restore;

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use creatorscope_kit::{
    clock::Clock,
    db::{Db, Migrations, Snapshot, Table},
};
use futures::TryStreamExt;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use self::form::{Digest, Manifest, Stored, VERSION};
use crate::{command::SettingsArgs, compose::RoleName, config::Config};

/// What the file says about itself.
const MANIFEST: &str = "manifest.json";

/// Writes all tables into one file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope backup --out creatorscope.backup
  creatorscope backup --out creatorscope.backup --config production.toml

The command reads the tables themselves, so it needs the settings of the suite: --data-dir, or --config with [database]. The suite may
run: each role's tables are read as they are at one moment, but not all roles' at the same; for an exact copy stop the suite, or its
writers. The file holds hashes, encrypted contacts and all texts: keep it as you keep the database. Not in it are the keys of
contacts (discovery.contact_keys_file, or contact-keys in the data folder), imported models, and the search index, which is made anew.")]
pub struct BackupArgs {
    /// The file to write; it must not be there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Reads such a file into the tables of either database.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  creatorscope restore creatorscope.backup --data-dir /var/lib/creatorscope
  creatorscope restore creatorscope.backup --set database.url=postgres://user:password@host/database

Stop the suite first. Each role's tables are filled in one transaction, and only when they are empty.")]
pub struct RestoreArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Remove what is in the tables first
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// The tables of a role.
fn migrations(role: RoleName) -> &'static Migrations {
    match role {
        RoleName::Metrics => &creatorscope_metrics::MIGRATIONS,
        RoleName::Discovery => &creatorscope_discovery::MIGRATIONS,
        RoleName::Scoring => &creatorscope_scoring::MIGRATIONS,
        RoleName::Campaign => &creatorscope_campaign::MIGRATIONS,
        RoleName::Gateway => &creatorscope_gateway::MIGRATIONS,
    }
}

async fn open(config: &Config, role: RoleName) -> anyhow::Result<Db> {
    let database = config.database.of(role, &config.node);
    Db::open(&database, role.word(), migrations(role)).await.with_context(|| format!("the tables of {role}"))
}

/// Writes the file. Answers with the exit code. Errors: the tables cannot be read, the file is there or cannot be written; then there is
/// no file.
pub async fn backup(args: BackupArgs) -> anyhow::Result<u8> {
    let config = Config::read(&args.settings.load()?, &[])?;
    if args.out.exists() {
        bail!("{} is there already; choose another file", args.out.display());
    }
    let unfinished = args.out.with_extension("unfinished");
    let written = write(&config, &unfinished).await;
    match written {
        Ok(manifest) => {
            std::fs::rename(&unfinished, &args.out)?;
            report("written", &args.out, &manifest, args.json)?;
            Ok(0)
        }
        Err(error) => {
            _ = std::fs::remove_file(&unfinished);
            Err(error)
        }
    }
}

async fn write(config: &Config, path: &Path) -> anyhow::Result<Manifest> {
    let mut options = OpenOptions::new();
    // What is in the database is not for everybody on this machine.
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let mut manifest = Manifest::new(Clock::system().now());
    for role in RoleName::ALL {
        let db = open(config, *role).await?;
        let mut snapshot = db.snapshot().await?;
        manifest.migrations.insert(role.word().to_owned(), snapshot.migrations().await?);
        for table in snapshot.tables().await? {
            let entry = form::entry(role.word(), &table.name);
            zip.start_file(&entry, packed())?;
            let stored = rows(&mut snapshot, &table, &mut zip).await.with_context(|| entry.clone())?;
            manifest.tables.insert(entry, stored);
        }
        drop(snapshot);
        db.close().await;
    }
    zip.start_file(MANIFEST, packed())?;
    serde_json::to_writer_pretty(&mut zip, &manifest)?;
    let file: File = zip.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // A copy that is told of must be there after a loss of power.
    file.sync_all()?;
    Ok(manifest)
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true)
}

/// Writes every row of a table as a line.
async fn rows(snapshot: &mut Snapshot, table: &Table, out: &mut impl Write) -> anyhow::Result<Stored> {
    let mut rows = snapshot.rows(table);
    let (mut count, mut digest) = (0, Digest::default());
    let mut line = Vec::new();
    while let Some(row) = rows.try_next().await? {
        line.clear();
        form::write_row(&row, &mut line)?;
        digest.add(&line);
        line.push(b'\n');
        out.write_all(&line)?;
        count += 1;
    }
    Ok(Stored { columns: form::columns(table), rows: count, digest: digest.to_string() })
}

/// Fills the tables. Answers with the exit code. Errors: the file is not whole or of another version, tables are not empty; the tables
/// of the role where that is found stay as they were.
pub async fn restore(args: RestoreArgs) -> anyhow::Result<u8> {
    let config = Config::read(&args.settings.load()?, &[])?;
    let manifest = restore::run(&config, &args.file, args.replace).await?;
    report("restored", &args.file, &manifest, args.json)?;
    Ok(0)
}

#[allow(clippy::print_stdout, reason = "the report is the command's output")]
fn report(verb: &str, file: &Path, manifest: &Manifest, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(manifest)?);
        return Ok(());
    }
    for role in RoleName::ALL {
        let of_role = manifest.tables.iter().filter(|(entry, _)| form::belongs(entry, role.word()));
        let (tables, rows) =
            of_role.fold((0_u32, 0_u64), |(tables, rows), (_, stored)| (tables + 1, rows + stored.rows));
        println!("{role}: {rows} rows of {tables} tables");
    }
    println!("{verb}: {} (form {VERSION}, made {})", file.display(), manifest.made_at);
    Ok(())
}
