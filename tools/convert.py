#!/usr/bin/env python3
"""PyTorch and TensorFlow models to ONNX to opML, in one command, with a comparison at the end.

    tools/convert.py MODEL -o OUT.opml --input 1,3,224,224 [--input …] [--opset N] [--opml PATH]

MODEL is a TorchScript or `torch.save`d module (.pt, .pth), a program of `torch.export.save` (.pt2), a Keras file (.keras, .h5), or the
folder of a SavedModel. An input is a shape of f32, or of integers with `i64:` or `i32:` before it. The ONNX file is left beside OUT. Needs
torch (and onnxscript for .pt2), or tensorflow and tf2onnx; for the comparison what tools/compare_onnx.py needs. Load only files that you
trust: most of these formats can run code.
"""

import argparse
import pathlib
import subprocess
import sys


class Input:
    """An input of the model, as the command line names it: `1,3,224,224` or `i64:1,16`."""

    TYPES = {"f32": "float32", "i32": "int32", "i64": "int64"}

    def __init__(self, text):
        kind, _, shape = text.rpartition(":")
        self.shape = [int(dim) for dim in shape.split(",")]
        self.type = self.TYPES[kind or "f32"]

    @classmethod
    def parse(cls, text):
        try:
            return cls(text)
        except (KeyError, ValueError):
            kinds = ", ".join(cls.TYPES)
            message = f"{text!r} is no shape like 1,3,224,224 or i64:1,16 (types: {kinds})"
            raise argparse.ArgumentTypeError(message) from None


def from_torch(path, onnx, inputs, opset):
    import torch

    names = [f"input_{index}" for index in range(len(inputs))]
    if path.suffix == ".pt2":
        # Its inputs are known, and its exporter is another.
        program = torch.export.load(path)
        options = {"input_names": names or None, "opset_version": max(opset, 18)}
        torch.onnx.export(program, f=str(onnx), dynamo=True, external_data=False, **options)
        return
    try:
        module = torch.jit.load(path, map_location="cpu")
    except RuntimeError:
        module = torch.load(path, map_location="cpu", weights_only=False)
    module.eval()
    examples = tuple(
        torch.randn(i.shape) if i.type == "float32" else torch.ones(i.shape, dtype=getattr(torch, i.type))
        for i in inputs
    )
    torch.onnx.export(module, examples, str(onnx), input_names=names, opset_version=opset, dynamo=False)


def from_tensorflow(path, onnx, inputs, opset):
    import tensorflow
    import tf2onnx

    if path.is_dir():
        command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", str(path)]
        subprocess.run(command + ["--output", str(onnx), "--opset", str(opset)], check=True)
        return
    model = tensorflow.keras.models.load_model(path, compile=False)
    # Not `from_keras`: it does not know the models of Keras 3.
    signature = [
        tensorflow.TensorSpec(i.shape, i.type, name=f"input_{index}") for index, i in enumerate(inputs)
    ]
    function = tensorflow.function(lambda *x: model(x[0] if len(x) == 1 else x, training=False))
    tf2onnx.convert.from_function(function, signature, opset=opset, output_path=str(onnx))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True)
    parser.add_argument("--input", action="append", default=[], type=Input.parse, metavar="SHAPE")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--opml", default="opml")
    args = parser.parse_args()

    converters = dict.fromkeys((".pt", ".pth", ".pt2"), from_torch)
    converters |= dict.fromkeys((".keras", ".h5"), from_tensorflow)
    convert = from_tensorflow if args.model.is_dir() else converters.get(args.model.suffix)
    if convert is None:
        parser.error(f"{args.model} is no .pt, .pth, .pt2, .keras or .h5 file, and no folder of a SavedModel")
    if not args.model.exists():
        parser.error(f"{args.model} does not exist")
    onnx_file = args.out.with_suffix(".onnx")
    convert(args.model, onnx_file, args.input, args.opset)

    import onnx

    graph = onnx.load(onnx_file).graph
    constants = {tensor.name for tensor in graph.initializer}
    names = [info.name for info in graph.input if info.name not in constants]
    fixed = [
        f"--input={name}={','.join(map(str, i.shape))}" for name, i in zip(names, args.input)
    ]
    command = [args.opml, "model", "import", str(onnx_file), "-o", str(args.out)]
    subprocess.run(command + fixed, check=True)
    compare = pathlib.Path(__file__).with_name("compare_onnx.py")
    return subprocess.run(
        [sys.executable, compare, onnx_file, "--opml", args.opml, *fixed], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
