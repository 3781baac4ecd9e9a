"""Runs the exported folder on the held-out captions, 8 steps in float32, and judges the pictures.

    python evaluate.py MODEL_DIR heldout.json [--out DIR] [--limit N]
"""

import argparse
import json
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

import dit
import text_encoder
import vae
from check_golden import load
from png import sheet, to_bytes, write_png
from train_dit import Heldout


def load_model(folder):
    """-> transformer, text encoder, decode(latents) of a diffusers-style folder."""
    read = lambda part: json.loads((folder / part / 'config.json').read_text())
    model = dit.ZImageTransformer(read('transformer'))
    model.load_state_dict(load(folder / 'transformer/diffusion_pytorch_model.safetensors'))
    text = text_encoder.TextEncoder(read('text_encoder'))
    text.load_state_dict(load(folder / 'text_encoder/model.safetensors'))
    config = read('vae')
    decoder = vae.Decoder(config)
    decoder.load_state_dict({k[len('decoder.'):]: t for k, t in load(folder / 'vae/diffusion_pytorch_model.safetensors').items()})
    decode = lambda z: (decoder(z / config['scaling_factor'] + config['shift_factor']) / 2 + 0.5).clamp(0, 1)
    return model.eval(), text.eval(), decode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('model', type=Path)
    parser.add_argument('heldout')
    parser.add_argument('--out', type=Path)
    parser.add_argument('--limit', type=int)
    args = parser.parse_args()
    begin = time.time()
    heldout = Heldout(args.heldout, Tokenizer.from_file(str(args.model / 'tokenizer/tokenizer.json')), 'cpu', args.limit)
    images = heldout.pictures(*load_model(args.model))
    print(f'{len(images)} pictures after {time.time() - begin:.0f} s', flush=True)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        pictures = to_bytes(images)
        for i in range(0, len(pictures) // 10 * 10, 50):
            write_png(args.out / f'samples-{i // 50}.png', sheet(pictures[i:i + 50], 10))
    heldout.report(images, True)


if __name__ == '__main__':
    main()
