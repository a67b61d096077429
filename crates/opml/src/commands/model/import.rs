//! `opml model import`: from other formats to a model file.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args as ClapArgs;
use eyre::{Result, WrapErr, eyre};
use opml_engine::ModelFile;
use opml_model::onnx::{Imported, Options, Tensor, import};
use serde::Serialize;

use super::language::Language;
use crate::{commands::print_json, output};

/// Arguments of `opml model import`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// ONNX or GGUF file, llama2.c checkpoint, or folder with model.safetensors and config.json, of a model that generates tokenizer.json
    file: PathBuf,
    #[command(flatten)]
    open: Open,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    deliver: Deliver,
}

/// Where the model goes, and what is said about it.
#[derive(Debug, ClapArgs)]
pub(crate) struct Deliver {
    /// Model file to write; the name of FILE with the ending .opml if not given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: id, file, and of an ONNX model inputs and outputs
    #[arg(long)]
    json: bool,
}

/// What a file may leave open.
#[derive(Debug, ClapArgs)]
pub(crate) struct Open {
    /// Name of the model; that of its graph if not given
    #[arg(long)]
    name: Option<String>,
    /// Value of a named dimension
    #[arg(long, value_name = "NAME=VALUE")]
    dim: Vec<Pair<u64>>,
    /// Shape of an input, as in x=1,3,224,224
    #[arg(long, value_name = "NAME=SHAPE")]
    input: Vec<Pair<Shape>>,
    /// Value of an input that decides a shape, as a file with a tensor: it is no input of the model any more
    #[arg(long, value_name = "NAME=FILE")]
    fix: Vec<Pair<PathBuf>>,
}

/// `NAME=VALUE`; the name ends at the last equals sign, since names may have any characters.
#[derive(Clone, Debug)]
struct Pair<T> {
    name: String,
    value: T,
}

impl<T: FromStr> FromStr for Pair<T>
where
    T::Err: std::fmt::Display,
{
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.rsplit_once('=').ok_or("expected NAME=VALUE")?;
        let value = value.parse().map_err(|error: T::Err| error.to_string())?;
        Ok(Self { name: name.to_owned(), value })
    }
}

/// Numbers between commas; nothing is the shape of a single number.
#[derive(Clone, Debug)]
struct Shape(Vec<u64>);

impl FromStr for Shape {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let dims = text.split(',').map(str::trim).filter(|dim| !dim.is_empty());
        dims.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Open {
    /// The name that is asked for.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The same as the importer takes it.
    ///
    /// # Errors
    /// If a file with a tensor cannot be read.
    pub(crate) fn options(&self) -> Result<Options> {
        let mut options = Options { name: self.name.clone(), ..Options::default() };
        options.dims.extend(self.dim.iter().map(|dim| (dim.name.clone(), dim.value)));
        options.inputs.extend(self.input.iter().map(|x| (x.name.clone(), x.value.0.clone())));
        for Pair { name, value } in &self.fix {
            options.fixed.insert(name.clone(), tensor(value)?);
        }
        Ok(options)
    }
}

/// Reads a file that holds one tensor.
///
/// # Errors
/// If it cannot be read or holds something else.
pub(crate) fn tensor(path: &Path) -> Result<Tensor> {
    let context = || format!("tensor {}", path.display());
    let file = fs::read(path).wrap_err_with(context)?;
    let npy = path.extension().is_some_and(|ending| ending == "npy");
    let tensor = if npy { Tensor::from_npy(file) } else { Tensor::read(file.into()) };
    tensor.wrap_err_with(context)
}

/// The bytes of a model of another format.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).wrap_err_with(|| format!("model {}", path.display()))
}

/// Translates the ONNX file at `path`.
///
/// # Errors
/// If it cannot be read or translated.
pub(crate) fn onnx(path: &Path, open: &Open) -> Result<Imported> {
    let context = || format!("model {}", path.display());
    import(read(path)?, &open.options()?).wrap_err_with(context)
}

#[derive(Debug, Serialize)]
struct Port {
    name: String,
    element: String,
    shape: Vec<u64>,
    bytes: u64,
}

impl From<&opml_model::onnx::Port> for Port {
    fn from(port: &opml_model::onnx::Port) -> Self {
        Self {
            name: port.name.clone(),
            element: format!("{:?}", port.element).to_lowercase(),
            shape: port.shape.clone(),
            bytes: port.bytes(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    id: String,
    file: PathBuf,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

impl Deliver {
    /// The file to write for the model in `from`.
    ///
    /// # Errors
    /// If that is `from` itself.
    pub(crate) fn place(&self, from: &Path) -> Result<PathBuf> {
        let out = self.out.clone().unwrap_or_else(|| from.with_extension("opml"));
        if out == from {
            return Err(eyre!("{} is the file itself; give another by -o", out.display()));
        }
        Ok(out)
    }

    /// Writes the model and prints its id, to standard error what goes in and out.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn model(
        &self,
        model: &ModelFile,
        out: PathBuf,
        inputs: &[opml_model::onnx::Port],
        outputs: &[opml_model::onnx::Port],
    ) -> Result<()> {
        output::write(&out, model.bytes())?;
        let [inputs, outputs] =
            [inputs, outputs].map(|ports| ports.iter().map(Port::from).collect());
        let report = Report { id: model.id().to_string(), file: out, inputs, outputs };
        if self.json {
            return print_json(&report);
        }
        for (what, ports) in [("input", &report.inputs), ("output", &report.outputs)] {
            for Port { name, element, shape, bytes } in ports {
                eprintln!("{what} {name}: {element} {shape:?}, {bytes} bytes");
            }
        }
        println!("{}", report.id);
        Ok(())
    }
}

/// Translates a model of another format into a model file, and prints its id.
///
/// # Errors
/// If it cannot be read, translated or written.
pub fn run(args: &Args) -> Result<()> {
    let out = args.deliver.place(&args.file)?;
    if let Some(model) = args.language.model(&args.file, args.open.name(), None)? {
        return args.deliver.model(&model, out, &[], &[]);
    }
    let Imported { model, inputs, outputs, .. } = onnx(&args.file, &args.open)?;
    args.deliver.model(&model, out, &inputs, &outputs)
}
