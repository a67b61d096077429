//! `opml model import` of language models.

use std::{
    fs,
    path::{Path, PathBuf},
};

use eyre::{Result, WrapErr, eyre};
use opml_engine::ModelFile;
use opml_model::{
    bert::{Bert, BertOptions},
    checkpoint::Blocks,
    llama::{Llama, LlamaOptions},
};

/// What language models take beside the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Language {
    /// Tokenizer of a llama2.c checkpoint
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// Positions of prompt and answer together, or of a text to embed; at most those that the model was made for, and 2048 of a
    /// model that generates unless given
    #[arg(long, value_name = "N")]
    context: Option<u32>,
}

impl Language {
    /// The model of the LLaMA family at `path`: a GGUF file, a llama2.c checkpoint with its tokenizer, or a folder with
    /// model.safetensors, config.json and tokenizer.json; of the BERT family a folder with the first two; none if it is something else. Its matrices are
    /// quantised to `blocks` if there are some.
    ///
    /// # Errors
    /// If it is one of these and cannot be read or translated.
    pub(crate) fn model(
        &self,
        path: &Path,
        name: Option<&str>,
        blocks: Option<Blocks>,
    ) -> Result<Option<ModelFile>> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.unwrap_or(&stem).to_owned();
        let options = LlamaOptions { name, context: self.context, blocks };
        self.build(path, &options).wrap_err_with(|| format!("model {}", path.display()))
    }

    /// Reads the file by what it begins with, and builds the model.
    fn build(&self, path: &Path, options: &LlamaOptions) -> Result<Option<ModelFile>> {
        if path.is_dir() {
            let part = |name: &str| read(&path.join(name));
            let (weights, config) = (part("model.safetensors")?, part("config.json")?);
            if Bert::is_meant_by(&config) {
                let LlamaOptions { name, context, blocks } = options.clone();
                let bert = Bert::from_safetensors(&weights, &config)?;
                return Ok(Some(bert.build(&BertOptions { name, context, blocks })?));
            }
            let llama = Llama::from_safetensors(&weights, &config, &part("tokenizer.json")?)?;
            return Ok(Some(llama.build(options)?));
        }
        let file = read(path)?;
        if file.starts_with(b"GGUF") {
            return Ok(Some(Llama::from_gguf(&file)?.build(options)?));
        }
        match (&self.tokenizer, path.extension()) {
            (Some(tokenizer), _) => {
                let tokenizer = read(tokenizer)?;
                Ok(Some(Llama::from_llama2c(&file, &tokenizer)?.build(options)?))
            }
            (None, Some(ending)) if ending == "bin" => {
                Err(eyre!("a llama2.c checkpoint needs --tokenizer"))
            }
            _ => Ok(None),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).wrap_err_with(|| format!("cannot read {}", path.display()))
}
