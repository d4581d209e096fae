//! Owns the composition of the suite and its command line. Never a rule of a service.
//!
//! | file | owns |
//! |---|---|
//! | `config.rs`, `default.toml` | the settings of a node |
//! | `compose.rs` | which roles, on which listeners, with which peers |
//! | `run.rs` | a running node and the order of its end |
//! | `command.rs` | the arguments of the program |
//! | `demo.rs` | the synthetic population and the tables about it |
//! | `import.rs` | files of the platforms and of others, into the services |
//! | `fetch.rs` | the live YouTube Data API, into files for the import |
//! | `export.rs` | what a running suite knows, into files |
//! | `archive.rs` | all tables into one file, and back into either database |
//! | `dossier.rs` | everything about one creator, into a file |
//! | `access.rs` | how commands reach a running suite |
//! | `key.rs` | keys of callers, in the tables of the gateway |
//! | `models.rs` | encoders from wheels into the folder of models |
//! | `doctor.rs` | what is running, what is wrong, what to do |
//! | `health.rs`, `page.rs` | whether a node takes calls; the pages of its admin port |

mod access;
pub mod archive;
pub mod command;
pub mod compose;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod dossier;
pub mod export;
pub mod fetch;
pub mod health;
pub mod import;
pub mod key;
pub mod models;
mod page;
pub mod run;
