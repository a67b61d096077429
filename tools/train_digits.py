#!/usr/bin/env python3
"""Trains the digit classifier of the demo and writes `models/digits/`.

    pip install torch scikit-learn
    python3 tools/train_digits.py

Data: the UCI "Optical Recognition of Handwritten Digits" test set that ships inside scikit-learn
(1797 grey images of 8x8 pixels with 17 levels, 0..16), by E. Alpaydin and C. Kaynak, CC BY 4.0.

Model: a multilayer perceptron 64-192-128-10 with ReLU on `pixel / 16`. Only float weights leave
this script: quantisation is a rule of the project (crates/model), so that the model id depends on
the committed files and on that rule, never on the versions of the packages used here.

Seeds and split are fixed. Float sums still depend on the CPU and on the version of PyTorch, so a
second run may give slightly other weights; the committed ones are pinned by `manifest.json`.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import sklearn
import torch
from sklearn.datasets import load_digits
from torch import nn

SEED = 20260
HELD_OUT = 0.2
CALIBRATION = 256
LAYERS = (64, 192, 128, 10)
EPOCHS = 80
BATCH = 32
LEVELS = 16.0

OUT = Path(__file__).resolve().parent.parent / "models" / "digits"


def split(images, labels):
    """Returns ((images, labels) to train on, (images, labels) held out): one seeded permutation."""
    order = np.random.RandomState(SEED).permutation(len(images))
    cut = round(len(images) * HELD_OUT)
    held_out, training = order[:cut], order[cut:]
    return (images[training], labels[training]), (images[held_out], labels[held_out])


def mlp():
    """Returns the untrained network; dropout is the identity once it is trained."""
    layers = []
    for fan_in, fan_out in zip(LAYERS, LAYERS[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU(), nn.Dropout(0.2)]
    return nn.Sequential(*layers[:-2])


def train(images, labels):
    """Fits the network to noisy copies of the images and returns it in evaluation mode."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    x = torch.tensor(images, dtype=torch.float32) / LEVELS
    y = torch.tensor(labels, dtype=torch.long)
    network = mlp()
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            noisy = x[batch] + 0.08 * torch.randn(len(batch), x.shape[1])
            loss = nn.functional.cross_entropy(network(noisy), y[batch], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    return network.eval()


def accuracy(network, images, labels):
    """Returns the share of images that the float network classifies as labelled."""
    with torch.no_grad():
        scores = network(torch.tensor(images, dtype=torch.float32) / LEVELS)
    return float((scores.argmax(dim=1).numpy() == labels).mean())


def safetensors(network):
    """Returns the safetensors file of the linear layers: `layer.I.weight` (out, in), `layer.I.bias`."""
    header, body = {}, b""
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    for i, layer in enumerate(linear):
        for name in ("weight", "bias"):
            array = getattr(layer, name).detach().numpy().astype("<f4")
            span = [len(body), len(body) + array.nbytes]
            header[f"layer.{i}.{name}"] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": span}
            body += array.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def images_file(images, labels):
    """Returns an image file: `opmlimg1`, count, height, width, pixel maximum (u32 LE), then the
    pixels (row by row, one byte each) and the label (one byte) of each image."""
    head = b"opmlimg1" + struct.pack("<4I", len(images), 8, 8, int(LEVELS))
    rows = np.concatenate([images, labels[:, None]], axis=1).astype(np.uint8)
    return head + rows.tobytes()


def main():
    digits = load_digits()
    training, held_out = split(digits.data, digits.target)
    network = train(*training)
    files = {
        "digits.safetensors": safetensors(network),
        "heldout.bin": images_file(*held_out),
        "calibration.bin": images_file(training[0][:CALIBRATION], training[1][:CALIBRATION]),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (OUT / name).write_bytes(data)
    sha256 = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    sha256["train_digits.py"] = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    manifest = {
        "name": "digits",
        "layers": LAYERS,
        "data": "UCI Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak), CC BY 4.0",
        "training_images": len(training[0]),
        "held_out_images": len(held_out[0]),
        "calibration_images": CALIBRATION,
        "float_accuracy_training": round(accuracy(network, *training), 4),
        "float_accuracy_held_out": round(accuracy(network, *held_out), 4),
        "versions": {"torch": torch.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "sha256": sha256,
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(json.dumps(manifest, indent=2))


if __name__ == "__main__":
    main()
