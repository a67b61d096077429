#!/usr/bin/env python3
"""Compares an ONNX model as opML runs it with ONNX Runtime.

    tools/compare_onnx.py MODEL [--inputs FILE.npy …] [--dim NAME=VALUE …] [--input NAME=SHAPE …] [--seed N] [--opml PATH] [--json]

Inputs that are not given are random: floats normally distributed, integers below 8, booleans even. Needs the packages onnx, onnxruntime
and numpy; everything is computed on the CPU.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper


def random_input(info, dims, shapes, generator):
    tensor = info.type.tensor_type
    shape = shapes.get(info.name) or [
        dims[dim.dim_param] if dim.HasField("dim_param") else dim.dim_value
        for dim in tensor.shape.dim
    ]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if numpy.issubdtype(dtype, numpy.floating):
        return generator.standard_normal(shape).astype(dtype)
    return generator.integers(0, 2 if dtype == bool else 8, shape).astype(dtype)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--inputs", nargs="+", type=pathlib.Path, default=[])
    parser.add_argument("--dim", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=SHAPE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--opml", default="opml")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    model = onnx.load(args.model)
    dims = {name: int(value) for name, value in (dim.rsplit("=", 1) for dim in args.dim)}
    shapes = {
        name: [int(dim) for dim in shape.split(",")]
        for name, shape in (pair.rsplit("=", 1) for pair in args.input)
    }
    constants = {tensor.name for tensor in model.graph.initializer}
    infos = [info for info in model.graph.input if info.name not in constants]
    generator = numpy.random.default_rng(args.seed)
    given = [numpy.load(path) for path in args.inputs]
    values = given + [random_input(info, dims, shapes, generator) for info in infos[len(given) :]]
    feed = {info.name: value for info, value in zip(infos, values)}

    session = onnxruntime.InferenceSession(args.model, providers=["CPUExecutionProvider"])
    outputs = session.run(None, feed)

    with tempfile.TemporaryDirectory() as folder:
        def save(name, value):
            path = pathlib.Path(folder) / name
            path.write_bytes(numpy_helper.from_array(numpy.asarray(value)).SerializeToString())
            return str(path)

        command = [args.opml, "model", "compare", str(args.model)]
        command += [f"--dim={dim}" for dim in args.dim]
        for info, value in zip(infos, values):
            command.append(f"--input={info.name}={','.join(map(str, value.shape))}")
        command.append("--inputs")
        command += [save(f"input_{index}.pb", value) for index, value in enumerate(values)]
        command.append("--expected")
        command += [save(f"output_{index}.pb", value) for index, value in enumerate(outputs)]
        if args.json:
            command.append("--json")
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
