//! Calibration inputs from files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use eyre::{Result, WrapErr, eyre};
use opml_model::onnx::{Port, Tensor};

use super::import::tensor;

/// Inputs of a model with these `ports`, from files and folders: a file has one input, or in a `.npy` several of them one behind the
/// other; a folder is searched, and one with `input_0` is one input.
///
/// # Errors
/// If a file cannot be read or its tensor is not what the model takes.
pub(crate) fn samples(paths: &[PathBuf], ports: &[Port]) -> Result<Vec<Vec<u8>>> {
    let mut samples = Vec::new();
    for path in paths {
        collect(path, ports, &mut samples, 0)?;
    }
    Ok(samples)
}

/// Folders inside folders that are searched.
const DEPTH: usize = 4;

fn collect(path: &Path, ports: &[Port], out: &mut Vec<Vec<u8>>, depth: usize) -> Result<()> {
    if !path.is_dir() {
        let [port] = ports else {
            return Err(eyre!(
                "{} is one tensor, the model has {} inputs: give folders with input_0, input_1 …",
                path.display(),
                ports.len()
            ));
        };
        out.extend(split(&tensor(path)?, port, path)?);
        return Ok(());
    }
    if part(path, 0).is_some() {
        let mut input = Vec::new();
        for (index, port) in ports.iter().enumerate() {
            let file = part(path, index)
                .ok_or_else(|| eyre!("{} has no input_{index}", path.display()))?;
            let parts = split(&tensor(&file)?, port, &file)?;
            let [whole] = parts.as_slice() else {
                return Err(eyre!("{} has {} inputs", file.display(), parts.len()));
            };
            input.extend_from_slice(whole);
        }
        out.push(input);
        return Ok(());
    }
    let entries = fs::read_dir(path).wrap_err_with(|| format!("folder {}", path.display()))?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    // In an order of our own: the scales must not depend on the file system's.
    entries.sort();
    for entry in entries {
        let is_tensor = entry.extension().is_some_and(|ending| ending == "npy" || ending == "pb");
        if is_tensor || (entry.is_dir() && depth < DEPTH) {
            collect(&entry, ports, out, depth + 1)?;
        }
    }
    Ok(())
}

/// The file with input `index` in a folder.
fn part(folder: &Path, index: usize) -> Option<PathBuf> {
    let file = |ending: &str| folder.join(format!("input_{index}.{ending}"));
    ["pb", "npy"].map(file).into_iter().find(|file| file.is_file())
}

/// The inputs in a tensor: the whole of it, or its parts along a first dimension that the model does not have or has as 1.
fn split(tensor: &Tensor, port: &Port, path: &Path) -> Result<Vec<Vec<u8>>> {
    let whole = tensor.shape == port.shape;
    let rest = tensor.shape.get(1..).unwrap_or(&[]);
    let many =
        rest == port.shape || (port.shape.first() == Some(&1) && Some(rest) == port.shape.get(1..));
    if tensor.element != port.element || !(whole || many) {
        return Err(eyre!(
            "{} holds {:?} {:?}, input {:?} is {:?} {:?}",
            path.display(),
            tensor.element,
            tensor.shape,
            port.name,
            port.element,
            port.shape
        ));
    }
    Ok(tensor.bytes.chunks(port.bytes().max(1) as usize).map(<[u8]>::to_vec).collect())
}
