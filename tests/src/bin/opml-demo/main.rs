//! The demo: stories about an inference on chain, played by real nodes on a real chain and told in a terminal.
//!
//! Prose goes to stderr, the summary to stdout: two tables, or with `--json` one JSON object and nothing else.

mod facts;
mod follow;
mod picture;
mod report;
mod summary;
mod tale;
mod terminal;

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use eyre::Result;
use opml_tests::scenario::{self, Options, Scenario};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use crate::{facts::Facts, follow::Follower, report::Output, tale::Format, terminal::Terminal};

/// The stories that are told unless others are asked for.
const DEFAULT: usize = 2;

/// After an error: how long a signal may be under way that is its cause. Ctrl-C reaches the chain's process as well.
const SIGNAL_DELAY: Duration = Duration::from_millis(100);

/// Plays an inference on chain, and a lie that is caught.
#[derive(Debug, Parser)]
#[command(name = "demo", bin_name = "cargo xtask demo")]
struct Cli {
    /// Print one JSON object instead of the story and the tables.
    #[arg(long)]
    json: bool,
    /// Play this scenario; may be given more than once.
    #[arg(long, value_name = "NAME", value_parser = scenario_of)]
    scenario: Vec<&'static Scenario>,
    /// Which of the held-out pictures to ask about.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    picture: usize,
    /// List the scenarios.
    #[arg(long)]
    list: bool,
}

fn scenario_of(name: &str) -> Result<&'static Scenario, String> {
    scenario::find(name).ok_or_else(|| {
        let names: Vec<&str> = scenario::all().iter().map(|scenario| scenario.name).collect();
        format!("there is no such scenario; there are {}", names.join(", "))
    })
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // What is painted goes to stderr.
    console::set_colors_enabled(console::colors_enabled_stderr());
    match run(&cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    if cli.list {
        let lines =
            scenario::all().iter().map(|known| format!("{:26} {}\n", known.name, known.story));
        print(&lines.collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let terminal = Terminal::new(cli.json);
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(until_signal(play(cli, &terminal)));
    terminal.done();
    // The chain's process has ended with the story. A node in the middle of a computation need not finish it.
    runtime.shutdown_background();
    match ended? {
        Ok(output) => {
            let text =
                if cli.json { serde_json::to_string(&output)? } else { summary::table(&output) };
            print(&format!("{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(signal) => Ok(ExitCode::from(signal)),
    }
}

/// Plays what was asked for.
async fn play(cli: &Cli, terminal: &Terminal) -> Result<Output> {
    let images = opml_model::digits_held_out()?;
    let format = Format { width: images.width(), level_max: images.level_max() };
    let options = Options::held_out(cli.picture)?;
    let picture = options.picture.clone();
    if let Some(image) = images.iter().nth(cli.picture) {
        terminal.say(format!(
            "Picture {} of {} that the model has never seen. A person reads a {}.",
            cli.picture,
            images.len(),
            image.label
        ));
    }
    terminal.busy(format!("the integer engine reads {} held-out pictures", images.len()));
    let model = tokio::task::spawn_blocking(move || {
        Facts::measure(&Arc::new(opml_model::digits()?), images, &picture)
    });
    let mut output = Output { model: model.await??, scenarios: Vec::new() };
    let stories: Vec<&Scenario> = match cli.scenario.as_slice() {
        [] => scenario::all().iter().take(DEFAULT).collect(),
        chosen => chosen.to_vec(),
    };
    for story in stories {
        terminal.busy(format!("setting the stage of {}", story.name));
        let mut follower = Follower::new(terminal.clone(), format);
        let ending = story.run(&options, &mut follower).await?;
        // The stage stands until the story is told.
        follower.finish().await?;
        output.scenarios.push(ending.report.into());
    }
    Ok(output)
}

/// Runs `story` to its end, or drops it at a signal; gives the exit status that shells give to a process killed by that.
async fn until_signal<T>(story: impl Future<Output = Result<T>>) -> Result<Result<T, u8>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut signalled = std::pin::pin!(async {
        let status = |kind: SignalKind| 128 + kind.as_raw_value() as u8;
        tokio::select! {
            Some(()) = interrupt.recv() => status(SignalKind::interrupt()),
            Some(()) = terminate.recv() => status(SignalKind::terminate()),
            Some(()) = hangup.recv() => status(SignalKind::hangup()),
        }
    });
    tokio::select! {
        biased;
        status = &mut signalled => Ok(Err(status)),
        ended = story => match ended {
            Ok(told) => Ok(Ok(told)),
            Err(error) => match tokio::time::timeout(SIGNAL_DELAY, signalled).await {
                Ok(status) => Ok(Err(status)),
                Err(_) => Err(error),
            },
        },
    }
}

/// Writes to stdout. A reader that has gone away wanted no more.
fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
