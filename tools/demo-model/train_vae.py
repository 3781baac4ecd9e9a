"""Trains the autoencoder and measures its latents.

    python train_vae.py OUT.pt --seconds 330 [--sheet OUT.png]

The latent is the encoder's output, standardised by one mean and one deviation over everything (so unneeded
channels may stay small), with Gaussian noise of random strength added: the decoder learns to draw
clean edges from the slightly wrong latents that a sampler makes.
"""

import argparse
import math
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from data import make_scenes
from png import sheet, to_bytes, write_png
from render import Renderer
from vae import Autoencoder


class Training(nn.Module):
    """The autoencoder with the standardised, noisy latent between its halves."""

    def __init__(self):
        super().__init__()
        self.auto = Autoencoder()
        self.register_buffer('mean', torch.zeros(()))
        self.register_buffer('std', torch.ones(()))

    def forward(self, x, noise, level):
        """x [B, 3, H, W] in [-1, 1]; noise like the latent; level [B, 1, 1, 1] -> picture, mean, deviation."""
        m = self.auto.encoder(x).float()
        mean, std = m.mean(), m.std() + 1e-5
        return self.auto.decoder((m - mean) / std + level * noise), mean.detach(), std.detach()

    def encode(self, x):
        return (self.auto.encoder(x).float() - self.mean) / self.std


def edges(x):
    """Edge map [B, 1, H, W] in 0..1 of pictures x: where the colour changes quickly, and 2 pixels around."""
    dx = F.pad((x[..., :, 1:] - x[..., :, :-1]).abs().amax(1, keepdim=True), (0, 1, 0, 0))
    dy = F.pad((x[..., 1:, :] - x[..., :-1, :]).abs().amax(1, keepdim=True), (0, 0, 0, 1))
    return F.max_pool2d((torch.maximum(dx, dy) * 4).clamp(max=1), 5, 1, 2)


def loss_of(y, x):
    """Weighted L1 and L2 plus the L1 of the picture's gradients."""
    d = y.float() - x
    weight = 1 + 5 * edges(x)
    pixel = (weight * ((d * d + 1e-5).sqrt() + 3 * d * d)).mean()
    grad = (d[..., :, 1:] - d[..., :, :-1]).abs().mean() + (d[..., 1:, :] - d[..., :-1, :]).abs().mean()
    return pixel + 2 * grad


def psnr(mse):
    return -10 * math.log10(mse)


@torch.no_grad()
def validate(model, images):
    """images [N, 3, H, W] in 0..1 -> (PSNR, worst picture's PSNR, PSNR near edges, PSNR with latent noise 0.1, pictures)."""
    errors, edge_error, edge_count, noisy, outs = [], 0.0, 0.0, 0.0, []
    for x in images.split(32):
        z = model.encode(x * 2 - 1)
        y = (model.auto.decoder(z).float() / 2 + 0.5).clamp(0, 1)
        d2 = (y - x).square()
        mask = (edges(x * 2 - 1) > 0.5).expand_as(d2)
        errors.append(d2.mean((1, 2, 3)))
        edge_error, edge_count = edge_error + d2[mask].sum().item(), edge_count + mask.sum().item()
        y2 = (model.auto.decoder(z + 0.1 * torch.randn_like(z)).float() / 2 + 0.5).clamp(0, 1)
        noisy += (y2 - x).square().mean().item() * len(x)
        outs.append(y)
    errors = torch.cat(errors)
    return psnr(errors.mean().item()), psnr(errors.max().item()), psnr(edge_error / edge_count), psnr(noisy / len(images)), torch.cat(outs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--seconds', type=float, default=330)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--pool', type=int, default=48000)
    parser.add_argument('--lr', type=float, default=1.2e-3)
    parser.add_argument('--sheet')
    args = parser.parse_args()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    begin = time.time()
    draw = Renderer(device)
    rows = torch.from_numpy(make_scenes(args.pool + 256, 11)[0])
    pool = torch.empty(args.pool, 3, 256, 256, dtype=torch.uint8, device=device)
    for i in range(0, args.pool, 256):
        part = draw(rows[i:min(i + 256, args.pool)].to(device))
        pool[i:i + len(part)] = (part * 255).round().byte()
    valid = draw(rows[args.pool:args.pool + min(256, args.pool)].to(device))
    print(f'{args.pool} pictures drawn after {time.time() - begin:.0f} s', flush=True)

    model = Training().to(device).to(memory_format=torch.channels_last)
    params = list(model.auto.parameters())
    average = [p.detach().clone() for p in params]
    fused = {'fused': True} if device == 'cuda' else {}
    opt = torch.optim.AdamW(params, lr=args.lr, betas=(0.9, 0.99), weight_decay=1e-3, **fused)
    step_model = torch.compile(model, dynamic=False) if device == 'cuda' else model
    step, start, running = 0, None, torch.zeros((), device=device)
    while True:
        # The clock starts after compilation.
        if step == 3:
            start = time.time()
            print(f'compiled after {start - begin:.0f} s', flush=True)
        progress = (time.time() - start) / args.seconds if start else 0.0
        if progress >= 1:
            break
        lr = args.lr * min(1, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for group in opt.param_groups:
            group['lr'] = lr
        pick = torch.randint(len(pool), (args.batch,), device=device)
        x = (pool[pick].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        noise = torch.randn(args.batch, 16, 32, 32, device=device)
        level = 0.25 * torch.rand(args.batch, 1, 1, 1, device=device).square()
        with torch.autocast(device, torch.bfloat16, enabled=device == 'cuda'):
            y, mean, std = step_model(x, noise, level)
        loss = loss_of(y, x)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        with torch.no_grad():
            keep = min(0.998, (1 + step) / (10 + step))
            torch._foreach_mul_(average, keep)
            torch._foreach_add_(average, params, alpha=1 - keep)
            model.mean.lerp_(mean, 0.02 if step else 1.0)
            model.std.lerp_(std, 0.02 if step else 1.0)
            running += loss.detach()
        step += 1
        if step % 500 == 0:
            print(f'step {step} {time.time() - begin:.0f} s loss {running.item() / 500:.5f} lr {lr:.2e}', flush=True)
            running.zero_()
        if step % 3000 == 0:
            print(f'  raw weights: PSNR {validate(model, valid[:64])[0]:.2f}', flush=True)
    with torch.no_grad():
        for p, a in zip(params, average):
            p.copy_(a)
        # Exact statistics of the averaged encoder over many pictures; they become the config's numbers.
        total, square, count = 0.0, 0.0, 0
        for i in range(0, min(len(pool), 8192), 128):
            m = model.auto.encoder(pool[i:i + 128].float() / 127.5 - 1).double()
            total, square, count = total + m.sum().item(), square + m.square().sum().item(), count + m.numel()
        mean = total / count
        print(f'latent mean {mean:.4f} deviation {math.sqrt(square / count - mean * mean):.4f}; running {model.mean.item():.4f} {model.std.item():.4f}')
        z = torch.cat([model.encode(v * 2 - 1) for v in valid.split(64)])
        print('channel deviations', ' '.join(f'{v:.2f}' for v in z.std((0, 2, 3)).tolist()), 'largest', f'{z.abs().max().item():.1f}')
    shift, scaling = z.mean().item(), 1 / z.std().item()
    overall, worst, edge, noisy, outs = validate(model, valid)
    print(f'steps {step}, {time.time() - begin:.0f} s, PSNR {overall:.2f} dB, worst picture {worst:.2f} dB, near edges {edge:.2f} dB, latent noise 0.1 {noisy:.2f} dB')
    print(f'scaling_factor {scaling:.5f} shift_factor {shift:.5f}')
    half = lambda m: {k: v.detach().float().contiguous().cpu() for k, v in m.state_dict().items()}
    torch.save({
        'decoder': half(model.auto.decoder), 'encoder': half(model.auto.encoder), 'mean': model.mean.item(),
        'std': model.std.item(), 'scaling': scaling, 'shift': shift,
    }, args.out)
    if args.sheet:
        pair = torch.stack([valid[:32], outs[:32]], 1).flatten(0, 1)
        write_png(args.sheet, sheet(to_bytes(pair), 8))


if __name__ == '__main__':
    main()
