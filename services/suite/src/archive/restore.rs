//! Owns filling tables from the file of a backup. Never a part of a role's tables: all of them or none.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, bail};
use creatorscope_kit::db::{Column, Conflict, Db, Table, Tx};
use zip::ZipArchive;

use super::{
    MANIFEST,
    form::{self, Digest, Manifest, Stored, VERSION},
    open,
};
use crate::{compose::RoleName, config::Config};

/// Rows of one insert.
const BATCH: usize = 5_000;
/// Longest manifest, in bytes.
const LONGEST_MANIFEST: u64 = 16 << 20;

type Archive = ZipArchive<BufReader<File>>;

pub(super) async fn run(config: &Config, path: &Path, replace: bool) -> anyhow::Result<Manifest> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).context("the file is no backup")?;
    let manifest = manifest(&mut archive)?;
    for role in RoleName::ALL {
        let db = open(config, *role).await?;
        fill(&db, *role, &manifest, &mut archive, replace).await.with_context(|| format!("the tables of {role}"))?;
        db.close().await;
    }
    // They belong to tables that are no more; the next start makes others.
    for index in ["discovery-index", "posts-index"].map(|name| config.node.data_dir.join(name)) {
        if index.exists() {
            std::fs::remove_dir_all(&index).with_context(|| format!("{} cannot be removed", index.display()))?;
        }
    }
    Ok(manifest)
}

fn manifest(archive: &mut Archive) -> anyhow::Result<Manifest> {
    let entry = archive.by_name(MANIFEST).context("the file is no backup, or not a whole one")?;
    if entry.size() > LONGEST_MANIFEST {
        bail!("the manifest is longer than {LONGEST_MANIFEST} bytes");
    }
    let manifest: Manifest = serde_json::from_reader(entry).context("the manifest cannot be read")?;
    if manifest.version != VERSION {
        bail!("the file has the form {}; this program reads {VERSION}", manifest.version);
    }
    Ok(manifest)
}

async fn fill(
    db: &Db,
    role: RoleName,
    manifest: &Manifest,
    archive: &mut Archive,
    replace: bool,
) -> anyhow::Result<()> {
    let mut snapshot = db.snapshot().await?;
    let (tables, here) = (snapshot.tables().await?, snapshot.migrations().await?);
    drop(snapshot);
    let there = manifest.migrations.get(role.word()).cloned().unwrap_or_default();
    if here != there {
        bail!(
            "the backup was made with the migrations {}, this program has {}; restore with the program that made it, then let the newer \
             one start",
            there.join(", "),
            here.join(", ")
        );
    }
    let mut tx = db.begin().await?;
    if replace {
        for table in &tables {
            tx.execute(format!("DELETE FROM {}", table.name), vec![]).await?;
        }
    } else {
        check_empty(&mut tx, role, &tables).await?;
        for table in ["change_head", "secrets"] {
            tx.execute(format!("DELETE FROM {table}"), vec![]).await?;
        }
    }
    for table in &tables {
        let entry = form::entry(role.word(), &table.name);
        let stored = manifest.tables.get(&entry).with_context(|| format!("{entry} is not in the manifest"))?;
        rows(&mut tx, table, stored, archive, &entry).await.with_context(|| entry.clone())?;
    }
    tx.commit().await?;
    Ok(())
}

/// Tables that a role fills when it first starts hold nothing that could be lost. Errors: others have rows.
async fn check_empty(tx: &mut Tx, role: RoleName, tables: &[Table]) -> anyhow::Result<()> {
    for table in tables.iter().filter(|table| !["change_head", "secrets"].contains(&table.name.as_str())) {
        let found: Option<(i64,)> = tx.fetch_optional(format!("SELECT 1 FROM {} LIMIT 1", table.name), vec![]).await?;
        if found.is_some() {
            bail!("{role} has rows in {}; choose an empty database, or --replace to remove what is there", table.name);
        }
    }
    Ok(())
}

/// Reads the rows of a table. Errors: they are not those that the manifest tells of.
async fn rows(tx: &mut Tx, table: &Table, stored: &Stored, archive: &mut Archive, entry: &str) -> anyhow::Result<()> {
    if stored.columns != form::columns(table) {
        bail!("the columns are {:?}, here they are {:?}", stored.columns, form::columns(table));
    }
    let columns: Vec<Column<'_>> = table.columns.iter().map(|(name, kind)| Column(name, *kind)).collect();
    let (mut count, mut digest) = (0, Digest::default());
    let mut batch = Vec::new();
    // The rest of the file is read while a batch is written, so the entry is read in parts.
    let mut lines = BufReader::with_capacity(1 << 20, archive.by_name(entry)?).lines();
    loop {
        let line = lines.next().transpose()?;
        let is_last = line.is_none();
        if let Some(line) = line {
            digest.add(line.as_bytes());
            count += 1;
            batch.push(form::read_row(&line, table).with_context(|| format!("line {count}"))?);
        }
        if batch.len() == BATCH || is_last {
            tx.insert(&table.name, &columns, std::mem::take(&mut batch), Conflict::Fail).await?;
        }
        if is_last {
            break;
        }
    }
    if (count, digest.to_string().as_str()) != (stored.rows, stored.digest.as_str()) {
        bail!("{count} rows were read that are not the {} rows of the manifest; the file is damaged", stored.rows);
    }
    Ok(())
}
