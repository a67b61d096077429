#!/usr/bin/env python3
"""Trains the language model of the demo and writes `models/stories/`.

    pip install numpy
    python3 tools/train_stories.py

Data: small tales that the grammar in this file makes, so that they are as free as the project.

Tokenizer: byte-pair encoding on those tales, as SentencePiece applies it: every word begins with a space, of two
neighbours the pair with the best score is merged first.

Model: a LLaMA (RMS norms, rotary pairs, SwiGLU, the embedding as classifier), forward and backward passes written out
below. Both files are those of llama2.c.

The seed is fixed. Float sums still depend on the CPU and on the version of NumPy, so a second run may give slightly
other weights; the committed ones are pinned by `manifest.json`.
"""

import hashlib
import json
import random
import struct
from collections import Counter
from pathlib import Path

import numpy as np

SEED = 20261
WIDTH, HIDDEN, LAYERS, HEADS, CONTEXT = 64, 160, 3, 4, 128
VOCABULARY = 448
TALES, STEPS, BATCH, SPAN = 4000, 1500, 16, 64
RATE, WARM, BETAS, DECAY = 3e-3, 60, (0.9, 0.98), 0.01
EPSILON, THETA = 1e-5, 10_000.0
HEAD = WIDTH // HEADS
BEGIN, END, BYTES = 1, 2, 3

OUT = Path(__file__).resolve().parent.parent / "models" / "stories"


def tale(rng):
    """A tale of five or six sentences about somebody, something and a place."""
    name, friend = rng.sample(["Mia", "Tom", "Ada", "Ben", "Lily", "Sam", "Eva", "Max"], 2)
    animal = rng.choice(["cat", "dog", "frog", "bird", "fox", "mouse", "duck", "bear"])
    thing = rng.choice(["ball", "kite", "boat", "hat", "drum", "lamp", "cake", "book"])
    colour = rng.choice(["red", "blue", "green", "yellow", "small", "big", "old", "shiny"])
    place = rng.choice(["the park", "the garden", "the forest", "the river", "the beach", "the hill"])
    feeling, better = rng.choice([("sad", "happy"), ("afraid", "brave"), ("tired", "strong"), ("angry", "calm")])
    lines = [
        rng.choice([
            f"Once upon a time there was a little {animal} named {name}.",
            f"One day {name} the {animal} went to {place}.",
            f"{name} was a {animal} who lived near {place}.",
        ]),
        rng.choice([
            f"{name} had a {colour} {thing} and loved it very much.",
            f"In {place} {name} found a {colour} {thing}.",
            f"{name} wanted to play with a {colour} {thing}.",
        ]),
        rng.choice([
            f"But the {thing} was gone, and {name} was {feeling}.",
            f"Then it began to rain, and {name} was {feeling}.",
            f"But nobody was there to play, and {name} was {feeling}.",
        ]),
        rng.choice([
            f'"Can you help me?" {name} asked {friend}.',
            f'"Do not be {feeling}," said {friend}.',
            f"A friend named {friend} came along and smiled.",
        ]),
        rng.choice([
            f"{friend} looked for the {thing} and gave it to {name}.",
            f"They played with the {colour} {thing} in {place} all day.",
            f"{name} and {friend} shared the {thing}.",
        ]),
        rng.choice([
            f"In the end {name} was {better} again.",
            f"Now {name} was {better}, and they were good friends.",
            f"{name} went home and was {better}.",
        ]),
    ]
    return " ".join(lines)


def learn(tales):
    """Pieces of the tokenizer after the bytes: characters, then merges, the best first."""
    words = Counter(word for text in tales for word in (" " + text).replace(" ", "\0 ").split("\0") if word)
    words = {tuple(word): count for word, count in words.items()}
    pieces = sorted({character for word in words for character in word})
    while BYTES + 256 + len(pieces) < VOCABULARY:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        pieces.append("".join(best))
        words = {merge(word, best): count for word, count in words.items()}
    return pieces


def merge(word, pair):
    """The word with every occurrence of the pair as one symbol."""
    merged, at = [], 0
    while at < len(word):
        step = 2 if word[at : at + 2] == pair else 1
        merged.append("".join(word[at : at + step]))
        at += step
    return tuple(merged)


def encode(text, tokens, known):
    """Tokens of a text by the rule of SentencePiece: the pair whose token is the least, hence the best, is merged first."""
    ids = []
    for word in (" " + text).replace(" ", "\0 ").split("\0"):
        if word not in known:
            symbols = list(word)
            while True:
                ranks = [tokens.get(a + b, VOCABULARY) for a, b in zip(symbols, symbols[1:])]
                if not ranks or min(ranks) == VOCABULARY:
                    break
                at = ranks.index(min(ranks))
                symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
            known[word] = [tokens[symbol] for symbol in symbols]
        ids += known[word]
    return ids


def initial(rng):
    """Weights by the names of llama2.c's order: kinds first, then layers."""
    def normal(*shape):
        return (rng.standard_normal(shape) * 0.02).astype(np.float32)

    def ones(*shape):
        return np.ones(shape, np.float32)

    deep = 0.02 / np.sqrt(2 * LAYERS)
    weights = {
        "embedding": normal(VOCABULARY, WIDTH),
        "attention_norm": ones(LAYERS, WIDTH),
        "query": normal(LAYERS, WIDTH, WIDTH),
        "key": normal(LAYERS, WIDTH, WIDTH),
        "value": normal(LAYERS, WIDTH, WIDTH),
        "output": normal(LAYERS, WIDTH, WIDTH) * np.float32(deep / 0.02),
        "hidden_norm": ones(LAYERS, WIDTH),
        "gate": normal(LAYERS, HIDDEN, WIDTH),
        "down": normal(LAYERS, WIDTH, HIDDEN) * np.float32(deep / 0.02),
        "up": normal(LAYERS, HIDDEN, WIDTH),
        "norm": ones(WIDTH),
    }
    return weights


def angles(length):
    """Cosine and sine by position and pair."""
    frequency = THETA ** (-2.0 * np.arange(HEAD // 2) / HEAD)
    angle = np.outer(np.arange(length), frequency)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def rotate(x, cos, sin):
    """Rotates neighbouring elements of heads `[batch, heads, positions, head]`; the negative sine turns back."""
    even, odd = x[..., 0::2], x[..., 1::2]
    out = np.empty_like(x)
    out[..., 0::2] = even * cos - odd * sin
    out[..., 1::2] = even * sin + odd * cos
    return out


def norm(x, gamma):
    root = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
    return x * root * gamma, (x, root, gamma)


def norm_back(dy, kept):
    x, root, gamma = kept
    dx = dy * gamma
    dx = root * (dx - x * (root * root) * (dx * x).mean(-1, keepdims=True))
    return dx, (dy * x * root).reshape(-1, x.shape[-1]).sum(0)


def flat(x):
    return x.reshape(-1, x.shape[-1])


def loss_and_gradients(weights, tokens, targets):
    """Mean cross entropy, and its gradients by the names of the weights."""
    batch, span = tokens.shape
    cos, sin = angles(span)
    mask = np.triu(np.full((span, span), -np.inf, np.float32), 1)
    scale = np.float32(1 / np.sqrt(HEAD))

    def heads(x):
        return x.reshape(batch, span, HEADS, HEAD).transpose(0, 2, 1, 3)

    def joined(x):
        return x.transpose(0, 2, 1, 3).reshape(batch, span, WIDTH)

    x, kept = weights["embedding"][tokens], []
    for layer in range(LAYERS):
        w = {name: weights[name][layer] for name in weights if name not in ("embedding", "norm")}
        normed, first = norm(x, w["attention_norm"])
        q, k, v = (heads(normed @ w[name].T) for name in ("query", "key", "value"))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        scores = q @ k.transpose(0, 1, 3, 2) * scale + mask
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        mixed = joined(p @ v)
        x = x + mixed @ w["output"].T
        again, second = norm(x, w["hidden_norm"])
        gate, up = again @ w["gate"].T, again @ w["up"].T
        sigmoid = 1 / (1 + np.exp(-gate))
        hidden = gate * sigmoid * up
        x = x + hidden @ w["down"].T
        kept.append((w, normed, first, q, k, v, p, mixed, again, second, gate, up, sigmoid, hidden))
    final, last = norm(x, weights["norm"])
    logits = final @ weights["embedding"].T
    logits -= logits.max(-1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(-1, keepdims=True)
    picked = np.take_along_axis(chances, targets[..., None], -1)
    loss = -np.log(picked).mean()

    grads = {name: np.zeros_like(value) for name, value in weights.items()}
    np.put_along_axis(chances, targets[..., None], picked - 1, -1)
    dlogits = chances / (batch * span)
    grads["embedding"] += flat(dlogits).T @ flat(final)
    dx, grads["norm"] = norm_back(dlogits @ weights["embedding"], last)
    for layer in reversed(range(LAYERS)):
        w, normed, first, q, k, v, p, mixed, again, second, gate, up, sigmoid, hidden = kept[layer]
        grads["down"][layer] = flat(dx).T @ flat(hidden)
        dhidden = dx @ w["down"]
        dup = dhidden * gate * sigmoid
        dgate = dhidden * up * sigmoid * (1 + gate * (1 - sigmoid))
        grads["gate"][layer] = flat(dgate).T @ flat(again)
        grads["up"][layer] = flat(dup).T @ flat(again)
        dagain, grads["hidden_norm"][layer] = norm_back(dgate @ w["gate"] + dup @ w["up"], second)
        dx = dx + dagain
        grads["output"][layer] = flat(dx).T @ flat(mixed)
        dmixed = heads(dx @ w["output"])
        dv = p.transpose(0, 1, 3, 2) @ dmixed
        dp = dmixed @ v.transpose(0, 1, 3, 2)
        dscores = p * (dp - (dp * p).sum(-1, keepdims=True)) * scale
        dq, dk = dscores @ k, dscores.transpose(0, 1, 3, 2) @ q
        dq, dk, dv = joined(rotate(dq, cos, -sin)), joined(rotate(dk, cos, -sin)), joined(dv)
        dnormed = 0
        for name, d in (("query", dq), ("key", dk), ("value", dv)):
            grads[name][layer] = flat(d).T @ flat(normed)
            dnormed = dnormed + d @ w[name]
        dnormed, grads["attention_norm"][layer] = norm_back(dnormed, first)
        dx = dx + dnormed
    np.add.at(grads["embedding"], tokens, dx)
    return loss, grads


def train(stream):
    """Adam with decay of matrices, a warm start and a cosine to a tenth of the rate."""
    rng = np.random.default_rng(SEED)
    weights = initial(rng)
    moments = {name: [np.zeros_like(value), np.zeros_like(value)] for name, value in weights.items()}
    for step in range(1, STEPS + 1):
        starts = rng.integers(0, len(stream) - SPAN - 1, BATCH)
        batch = np.stack([stream[start : start + SPAN + 1] for start in starts])
        loss, grads = loss_and_gradients(weights, batch[:, :-1], batch[:, 1:])
        length = np.sqrt(sum(float((grad * grad).sum()) for grad in grads.values()))
        progress = min(1, step / WARM) * (0.55 + 0.45 * np.cos(np.pi * step / STEPS))
        for name, grad in grads.items():
            grad = grad * min(1, 1 / length)
            first, second = moments[name]
            first += (1 - BETAS[0]) * (grad - first)
            second += (1 - BETAS[1]) * (grad * grad - second)
            update = first / (1 - BETAS[0] ** step) / (np.sqrt(second / (1 - BETAS[1] ** step)) + 1e-8)
            decay = DECAY if weights[name].ndim > 1 and "norm" not in name else 0
            weights[name] -= (RATE * progress * (update + decay * weights[name])).astype(np.float32)
        if step % 100 == 0:
            print(f"step {step}: loss {loss:.3f}", flush=True)
    return weights, float(loss)


def checkpoint(weights):
    header = struct.pack("<7i", WIDTH, HIDDEN, LAYERS, HEADS, HEADS, VOCABULARY, CONTEXT)
    cos, sin = angles(CONTEXT)
    tables = cos.tobytes() + sin.tobytes()
    return header + b"".join(weights[name].astype("<f4").tobytes() for name in weights) + tables


def tokenizer(pieces):
    """The longest piece, then score, length and bytes of each."""
    controls = ["<unk>", "\n<s>\n", "\n</s>\n"] + [f"<0x{byte:02X}>" for byte in range(256)]
    everything = [piece.encode() for piece in controls + pieces]
    entries = [struct.pack("<fi", -float(index), len(piece)) + piece for index, piece in enumerate(everything)]
    return struct.pack("<i", max(map(len, everything))) + b"".join(entries)


def main():
    rng = random.Random(SEED)
    tales = [tale(rng) for _ in range(TALES)]
    pieces = learn(tales)
    tokens = {piece: BYTES + 256 + index for index, piece in enumerate(pieces)}
    known = {"": []}
    stream = np.array([token for text in tales for token in [BEGIN, *encode(text, tokens, known)]])
    weights, loss = train(stream)
    files = {"stories.bin": checkpoint(weights), "tokenizer.bin": tokenizer(pieces)}
    OUT.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (OUT / name).write_bytes(content)
    manifest = {
        "tales": TALES,
        "tokens": len(stream),
        "steps": STEPS,
        "loss": round(loss, 4),
        "numpy": np.__version__,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
