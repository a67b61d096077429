//! `opml model import`: from other formats to a model file.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args as ClapArgs;
use eyre::{Result, WrapErr, eyre};
use opml_model::onnx::{Imported, Options, Tensor, import};
use serde::Serialize;

use super::language::Language;
use crate::{commands::print_json, output};

/// Arguments of `opml model import`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// ONNX or GGUF file, llama2.c checkpoint, or folder with model.safetensors, config.json and tokenizer.json
    file: PathBuf,
    /// Model file to write; the name of FILE with the ending .opml if not given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    open: Open,
    #[command(flatten)]
    language: Language,
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
    Tensor::read(file.into()).wrap_err_with(context)
}

/// Translates the ONNX file at `path`.
///
/// # Errors
/// If it cannot be read or translated.
pub(crate) fn onnx(path: &Path, open: &Open) -> Result<Imported> {
    let context = || format!("model {}", path.display());
    let file = fs::read(path).wrap_err_with(context)?;
    import(file, &open.options()?).wrap_err_with(context)
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

pub(crate) fn run(args: &Args) -> Result<()> {
    let out = args.out.clone().unwrap_or_else(|| args.file.with_extension("opml"));
    if out == args.file {
        return Err(eyre!("{} is the file itself; give another by -o", out.display()));
    }
    let (model, inputs, outputs) =
        match args.language.model(&args.file, args.open.name.as_deref())? {
            Some(model) => (model, Vec::new(), Vec::new()),
            None => {
                let Imported { model, inputs, outputs, .. } = onnx(&args.file, &args.open)?;
                let ports =
                    |ports: &[opml_model::onnx::Port]| ports.iter().map(Port::from).collect();
                (model, ports(&inputs), ports(&outputs))
            }
        };
    output::write(&out, model.bytes())?;
    let report = Report { id: model.id().to_string(), file: out, inputs, outputs };
    if args.json {
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
