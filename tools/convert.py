#!/usr/bin/env python3
"""PyTorch and TensorFlow models to ONNX to opML, in one command, with a comparison at the end.

    tools/convert.py MODEL -o OUT.opml --input 1,3,224,224 [--input …] [--opset N] [--opml PATH]

MODEL is a TorchScript or `torch.save`d module (.pt, .pth), a Keras file (.keras, .h5), or the folder of a SavedModel. The ONNX file is
left beside OUT. Needs torch, or tensorflow and tf2onnx; for the comparison what tools/compare_onnx.py needs. Load only files that you
trust: both formats can run code.
"""

import argparse
import pathlib
import subprocess
import sys


def from_torch(path, onnx, shapes, opset):
    import torch

    try:
        module = torch.jit.load(path, map_location="cpu")
    except RuntimeError:
        module = torch.load(path, map_location="cpu", weights_only=False)
    module.eval()
    inputs = tuple(torch.randn(shape) for shape in shapes)
    names = [f"input_{index}" for index in range(len(inputs))]
    torch.onnx.export(module, inputs, str(onnx), input_names=names, opset_version=opset, dynamo=False)


def from_tensorflow(path, onnx, shapes, opset):
    import tensorflow
    import tf2onnx

    if path.is_dir():
        command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", str(path)]
        subprocess.run(command + ["--output", str(onnx), "--opset", str(opset)], check=True)
        return
    model = tensorflow.keras.models.load_model(path, compile=False)
    # Not `from_keras`: it does not know the models of Keras 3.
    signature = [
        tensorflow.TensorSpec(shape, tensorflow.float32, name=f"input_{index}")
        for index, shape in enumerate(shapes)
    ]
    function = tensorflow.function(lambda *x: model(x[0] if len(x) == 1 else x, training=False))
    tf2onnx.convert.from_function(function, signature, opset=opset, output_path=str(onnx))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True)
    parser.add_argument("--input", action="append", default=[], metavar="SHAPE")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--opml", default="opml")
    args = parser.parse_args()

    shapes = [[int(dim) for dim in shape.split(",")] for shape in args.input]
    onnx_file = args.out.with_suffix(".onnx")
    convert = from_torch if args.model.suffix in (".pt", ".pth") else from_tensorflow
    convert(args.model, onnx_file, shapes, args.opset)

    import onnx

    graph = onnx.load(onnx_file).graph
    constants = {tensor.name for tensor in graph.initializer}
    names = [info.name for info in graph.input if info.name not in constants]
    fixed = [
        f"--input={name}={','.join(map(str, shape))}" for name, shape in zip(names, shapes)
    ]
    command = [args.opml, "model", "import", str(onnx_file), "-o", str(args.out)]
    subprocess.run(command + fixed, check=True)
    compare = pathlib.Path(__file__).with_name("compare_onnx.py")
    return subprocess.run(
        [sys.executable, compare, onnx_file, "--opml", args.opml, *fixed], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
