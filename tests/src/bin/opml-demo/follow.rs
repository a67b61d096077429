//! Reads a chain while others play on it, and tells what it reads.

use std::time::Duration;

use alloy::{
    consensus::Transaction,
    eips::BlockNumberOrTag,
    network::{ReceiptResponse, TransactionResponse},
    providers::{DynProvider, Provider, ProviderBuilder},
};
use eyre::{Result, eyre};
use opml_node::view::Head;
use opml_tests::{
    Entry, Ledger,
    scenario::{Event, Observer},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    tale::{Act, Input, Tale},
    terminal::Terminal,
};

/// Between two looks at the chain.
const LOOK: Duration = Duration::from_millis(20);

/// An audience that reads the chain itself, so that every transaction is told when it happens.
#[derive(Debug)]
pub(crate) struct Follower {
    terminal: Terminal,
    input: Input,
    reader: Option<(watch::Sender<()>, JoinHandle<Result<()>>)>,
}

impl Follower {
    /// A follower of the chain that the next story begins with.
    pub(crate) const fn new(terminal: Terminal, input: Input) -> Self {
        Self { terminal, input, reader: None }
    }

    /// Tells the rest.
    ///
    /// # Errors
    /// If the chain could not be read, or contradicts itself.
    pub(crate) async fn finish(self) -> Result<()> {
        let Some((end, reader)) = self.reader else { return Ok(()) };
        drop(end);
        reader.await?
    }
}

impl Observer for Follower {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Note(note) => self.terminal.say(format!("\n{note}\n\n{}", Tale::header())),
            Event::Stage { url, parties } => {
                let mut ledger = Ledger::default();
                for (address, name) in parties {
                    ledger.name(*address, name);
                }
                let (end, ended) = watch::channel(());
                let reader = Reader {
                    terminal: self.terminal.clone(),
                    tale: Tale::new(self.input),
                    ledger,
                    told: 0,
                };
                self.reader = Some((end, tokio::spawn(reader.read(url.clone(), ended))));
            }
            // The rest is on the chain.
            _ => {}
        }
    }
}

struct Reader {
    terminal: Terminal,
    tale: Tale,
    ledger: Ledger,
    told: usize,
}

impl Reader {
    /// Reads until the other end of `ended` is gone, and then the rest.
    async fn read(mut self, url: String, mut ended: watch::Receiver<()>) -> Result<()> {
        let provider = ProviderBuilder::new().connect_http(url.parse()?).erased();
        loop {
            let last = tokio::time::timeout(LOOK, ended.changed()).await.is_ok();
            self.ledger.read(&provider).await?;
            let new: Vec<Entry> = self.ledger.entries()[self.told..].to_vec();
            self.told += new.len();
            for entry in new {
                let block = entry.block;
                for line in self.tale.tell(&act(&provider, entry).await?)? {
                    self.terminal.say(line);
                }
                self.terminal.busy(format!("block {block}: the nodes compute"));
            }
            if last {
                return Ok(());
            }
        }
    }
}

/// Everything that a transaction left on the chain.
async fn act(provider: &DynProvider, entry: Entry) -> Result<Act> {
    let Entry { hash, block, .. } = entry;
    let missing = |what: &str| eyre!("{what} of transaction {hash} is not on the chain");
    let transaction = provider.get_transaction_by_hash(hash).await?;
    let transaction = transaction.ok_or_else(|| missing("the data"))?;
    let receipt = provider.get_transaction_receipt(hash).await?;
    let receipt = receipt.ok_or_else(|| missing("the receipt"))?;
    let header = provider.get_block_by_number(BlockNumberOrTag::Number(block)).await?;
    let header = header.ok_or_else(|| missing("the block"))?.header;
    let head = Head { number: block, hash: header.hash, time: header.timestamp };
    let logs = receipt.inner.logs().iter().map(|log| log.inner.clone()).collect();
    Ok(Act {
        entry,
        from: transaction.from(),
        head,
        input: transaction.input().clone(),
        created: receipt.contract_address(),
        logs,
    })
}
