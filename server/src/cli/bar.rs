//! How far a run is: a bar on a terminal, a line every few seconds otherwise.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pixmill_engine::wire::ProgressView;

use super::summary::{counted, readable, saved};

/// How often a line is written where no terminal is.
const LINES_APART: Duration = Duration::from_secs(5);

/// Shows on stderr how far a run is.
pub(super) enum Shown {
    /// As a bar.
    Bar(ProgressBar),
    /// As lines; the last was written at this moment.
    Lines(Instant),
    /// Not at all.
    Nothing,
}

impl Shown {
    /// Begins to show.
    pub(super) fn begin(is_quiet: bool) -> Shown {
        if is_quiet {
            return Shown::Nothing;
        }
        if !stderr().is_terminal() {
            return Shown::Lines(Instant::now());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let look = "{wide_bar} {pos}/{len} images, {msg}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(look) {
            bar.set_style(style);
        }
        Shown::Bar(bar)
    }

    /// Shows how far it is now.
    pub(super) fn update(&mut self, progress: &ProgressView) {
        match self {
            Shown::Bar(bar) => {
                bar.set_length(progress.total);
                bar.set_message(words(progress));
                bar.set_position(progress.done + progress.failed);
            }
            Shown::Lines(last) if last.elapsed() >= LINES_APART => {
                *last = Instant::now();
                let ended = progress.done + progress.failed;
                let of = counted(progress.total, "image");
                eprintln!("{ended} of {of}, {}", words(progress));
            }
            Shown::Lines(_) | Shown::Nothing => {}
        }
    }

    /// Ends with nothing left on the terminal.
    pub(super) fn end(&self) {
        match self {
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Lines(_) | Shown::Nothing => {}
        }
    }
}

fn words(progress: &ProgressView) -> String {
    let ProgressView { bytes_in, bytes_out, failed, .. } = *progress;
    let (sources, renditions) = (readable(bytes_in), readable(bytes_out));
    format!("{sources} -> {renditions}, {} saved, {failed} failed", saved(bytes_in, bytes_out))
}
