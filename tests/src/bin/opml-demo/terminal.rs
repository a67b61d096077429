//! The story's way to the reader: stderr, with a spinner below it on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// Where the story goes. Clones write to the same place.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    spinner: ProgressBar,
    quiet: bool,
}

impl Terminal {
    /// A place for the story; a quiet one shows only that something is going on.
    pub(crate) fn new(quiet: bool) -> Self {
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(TICK);
        Self { spinner, quiet }
    }

    /// Adds lines to the story.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if self.quiet {
            return;
        }
        // A spinner that is not drawn prints nothing either.
        if self.spinner.is_hidden() {
            eprintln!("{}", text.as_ref());
        } else {
            self.spinner.println(text);
        }
    }

    /// Says below the story what is going on, and since when.
    pub(crate) fn busy(&self, what: impl Into<String>) {
        self.spinner.set_message(what.into());
        self.spinner.reset_elapsed();
    }

    /// Takes the spinner away: nothing is going on any more.
    pub(crate) fn done(&self) {
        self.spinner.finish_and_clear();
    }
}
