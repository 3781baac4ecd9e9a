"""Writes the 200 held-out cases and contact sheets of their ground truth.

    python make_heldout.py OUTDIR     # heldout.json, truth-0.png ... (palette PNGs if Pillow is there)

Each case: {"prompt", "lang", "seed", "scene"}; sheets hold the cases in order, 10 in a row.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
import torch

from captions import caption
from png import sheet, to_bytes, write_png
from render import Renderer, instance
from scenes import draw_landscape, draw_shapes, is_held_out

MIX = [(lambda rng: draw_shapes(rng, 1), 110), (lambda rng: draw_shapes(rng, 2), 60), (draw_landscape, 30)]
PER_SHEET = 50


def cases():
    rng, out, seen = random.Random(7), [], set()
    for draw, count in MIX:
        made = 0
        while made < count:
            scene = draw(rng)
            lang = 'zh' if made % 2 else 'en'
            prompt = caption(scene, lang, rng)
            if is_held_out(scene) and prompt not in seen:
                seen.add(prompt)
                out.append({'prompt': prompt, 'lang': lang, 'seed': 1000 + len(out), 'scene': scene})
                made += 1
    return out


def save_sheet(path, image):
    try:
        from PIL import Image
        Image.fromarray(image).quantize(256, method=2, kmeans=1).save(path, optimize=True)
    except ImportError:
        write_png(path, image)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    held = cases()
    lines = ',\n'.join('\t' + json.dumps(c, ensure_ascii=False) for c in held)
    (folder / 'heldout.json').write_text('[\n' + lines + '\n]\n', encoding='utf-8')
    rng, draw = random.Random(8), Renderer()
    rows = torch.from_numpy(np.stack([instance(c['scene'], rng) for c in held]))
    images = to_bytes(torch.cat([draw(r) for r in rows.split(20)]))
    for i in range(0, len(held), PER_SHEET):
        save_sheet(folder / f'truth-{i // PER_SHEET}.png', sheet(images[i:i + PER_SHEET], 10))


if __name__ == '__main__':
    main()
