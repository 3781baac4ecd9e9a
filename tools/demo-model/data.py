"""Training data: many scene instances with captions, made by all CPU cores."""

import json
import multiprocessing
import random

import numpy as np
import torch

import render
from captions import caption
from render import instance
from scenes import LANDSCAPES, draw_training_scene

TEMPLATE = '<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n'
CHUNK = 2000


def _chunk(job):
    seed, landscapes, jitter = job
    render.JITTER = jitter
    rng = random.Random(seed)
    rows, texts = [], []
    for _ in range(CHUNK):
        scene = draw_training_scene(rng, landscapes)
        rows.append(instance(scene, rng))
        texts += [caption(scene, 'en', rng), caption(scene, 'zh', rng)]
    return np.stack(rows), texts


def make_scenes(count, seed, landscapes=LANDSCAPES, jitter=1.0):
    """-> rows [count, WIDTH] float32, captions (2 * count: English, Chinese, English, ...)."""
    jobs = [(seed * 1_000_003 + i, landscapes, jitter) for i in range(-(-count // CHUNK))]
    with multiprocessing.get_context('fork').Pool() as pool:
        parts = pool.map(_chunk, jobs)
    rows = np.concatenate([p[0] for p in parts])[:count]
    texts = [t for p in parts for t in p[1]][:2 * count]
    return rows, texts


def tokenize(tokenizer, texts):
    """-> ids [N, Lmax] int64 (Lmax a multiple of 32, right-padded with 0), lengths [N]."""
    encoded = [e.ids for e in tokenizer.encode_batch([TEMPLATE.format(t) for t in texts])]
    lengths = torch.tensor([len(e) for e in encoded])
    ids = np.zeros((len(encoded), -(-int(lengths.max()) // 32) * 32), np.int64)
    for i, e in enumerate(encoded):
        ids[i, :len(e)] = e
    return torch.from_numpy(ids), lengths


def load_heldout(path):
    with open(path, encoding='utf-8') as f:
        return json.load(f)
