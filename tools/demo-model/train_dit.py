"""Trains the transformer and the text encoder together by flow matching on the autoencoder's latents.

    python train_dit.py OUTDIR --vae vae.pt --tokenizer DIR/tokenizer.json --heldout heldout.json --seconds 460

Captions are padded to multiples of 32 exactly as at inference: a batch holds captions of one padded length.

A second, shorter run goes on from the first's averaged weights, mostly at the eight steps' own noise levels:

    python train_dit.py OUTDIR ... --resume dit.0.pt dit.1.pt --lr 6e-4 --on-grid 0.85 0.85 --seconds 130
"""

import argparse
import copy
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from data import load_heldout, make_scenes, tokenize
from dit import ZImageTransformer, ceil32
from judge import judge
from png import sheet, to_bytes, write_png
from render import Renderer
from scenes import LANDSCAPES
from text_encoder import TextEncoder
from vae import Autoencoder

STEPS = 8


def warp(u):
    """The scheduler's shift 3: u -> sigma."""
    return 3 * u / (1 + 2 * u)


def draw_sigma(n, on_grid, device):
    """[n] noise levels: half uniform, half logit-normal, warped; a part `on_grid` exactly at the 8 steps' levels."""
    u = torch.where(torch.rand(n, device=device) < 0.5, torch.rand(n, device=device), torch.randn(n, device=device).sigmoid())
    grid = 1 - torch.randint(STEPS, (n,), device=device) / STEPS
    return warp(torch.where(torch.rand(n, device=device) < on_grid, grid, u))


@torch.no_grad()
def sample(model, text, ids, lengths, noise, steps=STEPS):
    """ids [B, Lp], lengths [B], noise [B, 16, h, w] -> latents."""
    x, cap = noise, text(ids)
    sigma = warp(1 - torch.arange(steps + 1, device=noise.device).float() / steps)
    for i in range(steps):
        v = -model(x, (1 - sigma[i]).expand(len(x)), cap, lengths)
        x = x + (sigma[i + 1] - sigma[i]) * v
    return x


class Heldout:
    """The held-out captions, sampled with the app's own noise (torch's CPU generator) and judged."""

    def __init__(self, path, tokenizer, device, limit=None):
        self.cases = load_heldout(path)[:limit]
        self.ids, self.lengths = tokenize(tokenizer, [c['prompt'] for c in self.cases])
        self.noise = torch.stack([torch.randn(16, 32, 32, generator=torch.Generator().manual_seed(c['seed'])) for c in self.cases])
        self.device = device

    @torch.no_grad()
    def pictures(self, model, text, decode):
        out = torch.empty(len(self.cases), 3, 256, 256, device=self.device)
        padded = ((self.lengths + 31) // 32) * 32
        for lp in padded.unique().tolist():
            for index in (padded == lp).nonzero()[:, 0].split(50):
                move = lambda t: t[index].to(self.device)
                z = sample(model, text, move(self.ids)[:, :lp], move(self.lengths), move(self.noise))
                out[index.to(self.device)] = decode(z)
        return out

    def report(self, images, verbose):
        verdicts = judge((images * 255).round(), [c['scene'] for c in self.cases])
        right = {}
        for case, bad in zip(self.cases, verdicts):
            kind = f"{case['scene']['kind']}{len(case['scene'].get('objects', []))}"
            for key in ('all', case['lang'], kind):
                a, b = right.get(key, (0, 0))
                right[key] = a + (not bad), b + 1
            if bad and verbose:
                print('  wrong:', case['prompt'], '->', '; '.join(bad))
        print('held-out:', ', '.join(f'{k} {a}/{b} = {100 * a / b:.1f} %' for k, (a, b) in right.items()), flush=True)


def encode_set(vae, auto, rows, device, chunk):
    """Draws and encodes every scene -> float16 latents [N, 16, 32, 32], standardised as the config says."""
    draw = Renderer(device)
    out = torch.empty(len(rows), 16, 32, 32, dtype=torch.float16, device=device)
    for i in range(0, len(rows), chunk):
        x = draw(rows[i:i + chunk].to(device)) * 2 - 1
        with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=device == 'cuda'):
            z = auto.encoder(x.contiguous(memory_format=torch.channels_last)).float()
        out[i:i + chunk] = (((z - vae['mean']) / vae['std'] - vae['shift']) * vae['scaling']).half()
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out', type=Path)
    parser.add_argument('--vae', required=True)
    parser.add_argument('--tokenizer', required=True)
    parser.add_argument('--heldout', required=True)
    parser.add_argument('--seconds', type=float, default=460)
    parser.add_argument('--scenes', type=int, default=240000)
    parser.add_argument('--batch', type=int, default=256)
    parser.add_argument('--lr', type=float, default=1.5e-3)
    parser.add_argument('--chunk', type=int, default=256)
    parser.add_argument('--limit', type=int)
    parser.add_argument('--jitter', type=float, default=1.0, help='how far sizes and places wander (render.JITTER)')
    parser.add_argument('--seed', type=int, default=23, help='of the scenes')
    parser.add_argument('--landscapes', type=float, default=LANDSCAPES, help='their share of the scenes')
    parser.add_argument('--resume', nargs='*', default=[], help='weights written by an earlier run')
    parser.add_argument('--on-grid', nargs=2, type=float, default=(0.3, 0.7), help='part of the samples at the 8 steps\' noise levels, early and late')
    args = parser.parse_args()
    begin = time.time()
    clock = lambda: f'{time.time() - begin:.0f} s'
    rows, texts = make_scenes(args.scenes, args.seed, args.landscapes, args.jitter)
    tokenizer = Tokenizer.from_file(args.tokenizer)
    ids, lengths = tokenize(tokenizer, texts)
    print(f'{len(rows)} scenes, {len(texts)} captions after {clock()}', flush=True)

    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    torch.manual_seed(2)
    random.seed(2)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    vae = torch.load(args.vae, map_location=device)
    auto = Autoencoder().to(device).eval()
    auto.encoder.load_state_dict(vae['encoder'])
    auto.decoder.load_state_dict(vae['decoder'])
    auto = auto.to(memory_format=torch.channels_last)
    decode = lambda z: (auto.decoder(z / vae['scaling'] + vae['shift']).float() / 2 + 0.5).clamp(0, 1)
    latents = encode_set(vae, auto, torch.from_numpy(rows), device, args.chunk)
    print(f'encoded after {clock()}; latent mean {latents[:20000].float().mean():.4f} deviation {latents[:20000].float().std():.4f}', flush=True)

    ids, lengths = ids.to(device), lengths.to(device)
    padded = ((lengths + 31) // 32) * 32
    groups = {lp: (padded == lp).nonzero()[:, 0] for lp in padded.unique().tolist()}
    groups = {lp: g for lp, g in groups.items() if len(g) > 0.002 * len(texts)}
    print('captions by padded length:', {lp: len(g) for lp, g in groups.items()}, flush=True)
    heldout = Heldout(args.heldout, tokenizer, device, args.limit)

    dit, text = ZImageTransformer().to(device), TextEncoder().to(device)
    if args.resume:
        state = {k: v.float() for path in args.resume for k, v in torch.load(path, map_location=device).items()}
        for module, prefix in ((dit, 'dit.'), (text, 'text.')):
            module.load_state_dict({k[len(prefix):]: v for k, v in state.items() if k.startswith(prefix)})
    ema_dit, ema_text = copy.deepcopy(dit), copy.deepcopy(text)
    params = [*dit.parameters(), *text.parameters()]
    average = [*ema_dit.parameters(), *ema_text.parameters()]
    for p in average:
        p.requires_grad_(False)
    print(f'parameters: transformer {sum(p.numel() for p in dit.parameters())}, text encoder {sum(p.numel() for p in text.parameters())}')
    if device == 'cuda':
        from torch import _dynamo as dynamo
        dynamo.config.cache_size_limit = 64
        dynamo.config.suppress_errors = True
        # The blocks share one compiled body per shape.
        for block in [*dit.noise_refiner, *dit.context_refiner, *dit.layers, *text.model.layers]:
            block.compile(dynamic=False)
    fused = {'fused': True} if device == 'cuda' else {}
    matrices = [p for p in params if p.dim() > 1]
    opt = torch.optim.AdamW([{'params': matrices, 'weight_decay': 0.01}, {'params': [p for p in params if p.dim() <= 1], 'weight_decay': 0.0}], lr=args.lr, betas=(0.9, 0.98), **fused)

    def save():
        """Averaged weights in FP16, in two files (each small enough to move around)."""
        state = {**{f'dit.{k}': v.half().cpu() for k, v in ema_dit.state_dict().items()}, **{f'text.{k}': v.half().cpu() for k, v in ema_text.state_dict().items()}}
        names = sorted(state)
        for part in range(2):
            torch.save({k: state[k] for k in names[part::2]}, args.out / f'dit.{part}.pt')

    def evaluate(verbose):
        images = heldout.pictures(ema_dit, ema_text, decode)
        heldout.report(images, verbose)
        return images

    step, start, paused, running, names, half_done = 0, None, 0.0, torch.zeros((), device=device), list(groups), bool(args.resume)
    # Long captions are rare; they get at least a tenth of the steps.
    weights = [max(len(groups[lp]) / len(texts), 0.1) for lp in names]
    args.out.mkdir(parents=True, exist_ok=True)
    while True:
        if step == 20:
            start = time.time()
            print(f'compiled after {clock()}', flush=True)
        progress = (time.time() - start - paused) / args.seconds if start else 0.0
        if progress >= 1:
            break
        if progress >= 0.5 and not half_done and args.seconds > 300:
            half_done, t0 = True, time.time()
            evaluate(False)
            save()
            paused = time.time() - t0
        lr = args.lr * min(1, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for group in opt.param_groups:
            group['lr'] = lr
        # The first steps walk through the lengths, so that every shape is compiled before the clock starts.
        lp = names[step % len(names)] if step < 20 else random.choices(names, weights)[0]
        pick = groups[lp][torch.randint(len(groups[lp]), (args.batch,), device=device)]
        x0, noise = latents[pick // 2].float(), torch.randn(args.batch, 16, 32, 32, device=device)
        sigma = draw_sigma(args.batch, args.on_grid[progress >= 0.7], device)
        s = sigma[:, None, None, None]
        with torch.autocast(device, torch.bfloat16, enabled=device == 'cuda'):
            out = dit(s * noise + (1 - s) * x0, 1 - sigma, text(ids[pick, :lp]), lengths[pick])
        loss = F.mse_loss(out, x0 - noise)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        with torch.no_grad():
            keep = min(0.999, (1 + step) / (10 + step))
            torch._foreach_mul_(average, keep)
            torch._foreach_add_(average, params, alpha=1 - keep)
            running += loss.detach()
        step += 1
        if step % 500 == 0:
            print(f'step {step} {clock()} loss {running.item() / 500:.5f} lr {lr:.2e}', flush=True)
            running.zero_()
    save()
    print(f'steps {step}, {clock()}', flush=True)
    # What the app will run: FP16 weights.
    with torch.no_grad():
        for p in [*average, *auto.decoder.parameters()]:
            p.copy_(p.half().float())
    images = evaluate(True)
    biggest = max(p.abs().max().item() for p in average)
    print(f'largest weight {biggest:.2f}; done after {clock()}', flush=True)
    pictures = to_bytes(images)
    for i in range(0, len(pictures) // 10 * 10, 50):
        write_png(args.out / f'samples-{i // 50}.png', sheet(pictures[i:i + 50], 10))


if __name__ == '__main__':
    main()
