//! Owns what the demo writes: results to standard output, progress and notes to standard error. Never what is in them.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one place where the demo talks to the person who runs it"
)]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Writes a result.
pub(super) fn print(text: &str) {
    println!("{text}");
}

/// Writes a note about what is going on.
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// How far the loading is: a bar on a terminal, else a line for every tenth.
pub(super) struct Progress {
    bar: ProgressBar,
    creators: u64,
    posts: AtomicU64,
    observations: AtomicU64,
    comments: AtomicU64,
}

impl Progress {
    /// Begins with none of so many creators.
    pub(super) fn start(creators: u64) -> Self {
        let style =
            ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} creators, {msg} [{elapsed}, {eta} left]")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(creators).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, creators, posts: AtomicU64::new(0), observations: AtomicU64::new(0), comments: AtomicU64::new(0) }
    }

    /// One more creator was handed over.
    pub(super) fn creator(&self) {
        self.bar.inc(1);
        let (done, tenth) = (self.bar.position(), (self.creators / 10).max(1));
        if self.bar.is_hidden() && done.is_multiple_of(tenth) {
            note(&format!("{done} of {} creators, {}", self.creators, self.counted()));
        }
    }

    /// So many posts are durable.
    pub(super) fn posts(&self, count: u64) {
        self.posts.fetch_add(count, Ordering::Relaxed);
        self.bar.set_message(self.counted());
    }

    /// So many observations are durable.
    pub(super) fn observations(&self, count: u64) {
        self.observations.fetch_add(count, Ordering::Relaxed);
        self.bar.set_message(self.counted());
    }

    /// So many comments are durable.
    pub(super) fn comments(&self, count: u64) {
        self.comments.fetch_add(count, Ordering::Relaxed);
        self.bar.set_message(self.counted());
    }

    /// Ends the bar and leaves a line.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
        note(&format!("{} creators with {}", self.creators, self.counted()));
    }

    fn counted(&self) -> String {
        let (posts, observations) = (self.posts.load(Ordering::Relaxed), self.observations.load(Ordering::Relaxed));
        let comments = self.comments.load(Ordering::Relaxed);
        format!("{posts} posts, {observations} observations, {comments} comments")
    }
}
