"""Compares these modules with reference outputs of the official code.

    python check_golden.py GOLDEN_DIR        # after `node make-weights.mjs` in that folder
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

import dit
import text_encoder
import vae


def load(path):
    """Reads a safetensors file of F32, BF16 or I32 tensors as float32 / int64."""
    data = Path(path).read_bytes()
    n = struct.unpack('<Q', data[:8])[0]
    out = {}
    for name, info in json.loads(data[8:8 + n]).items():
        if name == '__metadata__':
            continue
        a, b = info['data_offsets']
        raw = data[8 + n + a:8 + n + b]
        if info['dtype'] == 'BF16':
            array = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            array = np.frombuffer(raw, {'F32': np.float32, 'I32': np.int32, 'F16': np.float16}[info['dtype']])
        array = array.reshape(info['shape'])
        out[name] = torch.from_numpy(array.astype(np.int64 if info['dtype'] == 'I32' else np.float32))
    return out


def report(name, got, want, limit):
    error = float((got - want).norm() / want.norm())
    print(f'{"ok  " if error <= limit else "FAIL"} {name}: {error:.2e}')
    return error <= limit


@torch.no_grad()
def main():
    root, ok = Path(sys.argv[1]), True
    model = dit.ZImageTransformer(json.loads((root / 'dit-tiny.config.json').read_text()))
    model.load_state_dict(load(root / 'dit-tiny.diffusers.safetensors'))
    for file, t in (('dit-tiny.golden.safetensors', 0.25), ('dit-tiny.golden2.safetensors', 0.1)):
        g = load(root / file)
        cap = g['cap']
        padded = torch.zeros(1, dit.ceil32(len(cap)), cap.shape[1])
        padded[0, :len(cap)] = cap
        out = model(g['latent'][None], torch.tensor([t]), padded, torch.tensor([len(cap)]))[0]
        ok &= report(file + ' out', out, g['out'], 1e-4)
    decoder = vae.Decoder(json.loads((root / 'vae-tiny.config.json').read_text()))
    weights = load(root / 'vae-tiny.diffusers.safetensors')
    decoder.load_state_dict({k[len('decoder.'):]: t for k, t in weights.items()})
    g = load(root / 'vae-tiny.golden.safetensors')
    ok &= report('vae image', decoder(g['latent'][None] / 0.3611 + 0.1159)[0], g['image'], 1e-4)
    encoder = text_encoder.TextEncoder(json.loads((root / 'qwen3-tiny.config.json').read_text()))
    weights = load(root / 'qwen3-tiny.weights.safetensors')
    encoder.load_state_dict(weights, strict=False)
    g = load(root / 'qwen3-tiny.golden.safetensors')
    ok &= report('prompt_embeds', encoder(g['input_ids'][None])[0], g['prompt_embeds'], 1e-4)
    sys.exit(0 if ok else 1)


if __name__ == '__main__':
    main()
