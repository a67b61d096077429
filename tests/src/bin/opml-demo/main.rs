//! The demo: stories about an inference on chain, played by real nodes on a real chain and told in a terminal.
//!
//! Prose goes to stderr, the summary to stdout: two tables, or with `--json` one JSON object and nothing else.

mod chain;
mod facts;
mod follow;
mod picture;
mod report;
mod summary;
mod tale;
mod terminal;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{Parser, ValueEnum};
use eyre::Result;
use opml_tests::{
    embedder::Embedder,
    scenario::{self, Scenario, Topic},
};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use crate::{
    chain::Chain,
    facts::Facts,
    follow::Follower,
    report::{Output, Played},
    tale::Input,
    terminal::Terminal,
};

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
    /// The chain that they are played on.
    #[arg(long, value_enum, default_value_t = Chain::Anvil)]
    chain: Chain,
    /// The model that is asked.
    #[arg(long, value_enum, default_value_t = Model::Digits)]
    model: Model,
    /// Which of the held-out pictures to ask `digits` about.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    picture: usize,
    /// How the tale begins that `stories` goes on with.
    #[arg(long, value_name = "TEXT", default_value = "Once upon a time")]
    prompt: String,
    /// Tokens of `stories`' answer, at most: the liar computes the run in the machine of the disputes.
    #[arg(long, value_name = "COUNT", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=32))]
    tokens: u32,
    /// What `minilm` embeds.
    #[arg(long, value_name = "TEXT", default_value = "One honest party is enough.")]
    sentence: String,
    /// Folder of all-MiniLM-L6-v2 (model.safetensors, config.json, vocab.txt) for `minilm`; without it a model of its sizes with
    /// made-up weights.
    #[arg(long, value_name = "FOLDER")]
    checkpoint: Option<PathBuf>,
    /// List the scenarios.
    #[arg(long)]
    list: bool,
}

/// The models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    /// Reads a digit from a picture, in bytes.
    Digits,
    /// Tells a tale, in f32: a LLaMA.
    Stories,
    /// Turns a sentence into 384 numbers, in f32: a BERT of 23 million weights.
    Minilm,
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
    let stories = cli.chain.stories(&cli.scenario)?;
    let (topic, input, model) = match cli.model {
        Model::Digits => digit(cli.picture, terminal).await?,
        Model::Stories => tale(cli, terminal).await?,
        Model::Minilm => sentence(cli, terminal).await?,
    };
    let mut output = Output { model, scenarios: Vec::new() };
    for (story, place) in stories {
        terminal.busy(format!("setting the stage of {}", story.name));
        let mut follower = Follower::new(terminal.clone(), input);
        let inside = place.inside();
        let ending = story.run_on(place, &topic, &mut follower).await?;
        // The stage stands until the story is told.
        follower.finish().await?;
        output.scenarios.push(Played { inside, ..ending.report.into() });
    }
    Ok(output)
}

/// The question about a held-out picture.
async fn digit(index: usize, terminal: &Terminal) -> Result<(Topic, Input, Facts)> {
    let images = opml_model::digits_held_out()?;
    let picture = scenario::held_out(index)?;
    if let Some(image) = images.iter().nth(index) {
        terminal.say(format!(
            "Picture {index} of {} that the model has never seen. A person reads a {}.",
            images.len(),
            image.label
        ));
    }
    terminal.busy(format!("the integer engine reads {} held-out pictures", images.len()));
    let topic = Topic::Digit { picture };
    let input = topic.input();
    let facts = tokio::task::spawn_blocking(move || {
        Facts::of_digits(&Arc::new(opml_model::digits()?), images, &input)
    });
    let format = Input::Picture { width: images.width(), level_max: images.level_max() };
    Ok((topic, format, facts.await??))
}

/// The question how a tale goes on.
async fn tale(cli: &Cli, terminal: &Terminal) -> Result<(Topic, Input, Facts)> {
    let topic = Topic::Tale { prompt: cli.prompt.clone(), tokens: cli.tokens };
    terminal.busy("the whole answer as one large step of the guest".to_owned());
    let input = topic.input();
    let facts = tokio::task::spawn_blocking(move || {
        Facts::of_run(&Arc::new(opml_model::stories()?), &input)
    });
    Ok((topic, Input::Prompt, facts.await??))
}

/// The question for the embedding of a sentence.
async fn sentence(cli: &Cli, terminal: &Terminal) -> Result<(Topic, Input, Facts)> {
    if cli.checkpoint.is_none() {
        terminal.say("The weights are made up: the numbers mean nothing, everything else is as with MiniLM's own.");
    }
    terminal.busy("23 million weights are read".to_owned());
    let (folder, sentence) = (cli.checkpoint.clone(), cli.sentence.clone());
    let made = tokio::task::spawn_blocking(move || {
        let embedder = folder.as_deref().map_or_else(Embedder::made_up, Embedder::open)?;
        let tokens = embedder.question(&sentence);
        let facts = Facts::of_large_run(&embedder.model, &tokens)?;
        Ok::<_, eyre::Report>((Topic::Sentence { model: embedder.model, tokens }, facts))
    });
    let (topic, facts) = made.await??;
    Ok((topic, Input::Tokens, facts))
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
