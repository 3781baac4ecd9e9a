"""Second phase of the decoder, on the frozen encoder's latents: crisper edges, no specks on flat ground.

    python tune_decoder.py vae.pt OUT.pt --seconds 110 [--sheet OUT.png]

With 32 normalisation groups a decoder this narrow tends to leave a small bright speck somewhere, by which it
steers its per-channel statistics. The loss adds the worst errors away from edges, which the mean hardly sees.
"""

import argparse
import math
import time

import torch

from data import make_scenes
from png import sheet, to_bytes, write_png
from render import Renderer
from train_vae import Training, edges, loss_of, validate


def speck_loss(y, x, count=48):
    """Mean of the `count` largest errors of each picture outside edges."""
    flat = (y.float() - x).abs().amax(1, keepdim=True) * (1 - edges(x))
    return flat.flatten(1).topk(count).values.mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('vae')
    parser.add_argument('out')
    parser.add_argument('--seconds', type=float, default=110)
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--pool', type=int, default=24000)
    parser.add_argument('--lr', type=float, default=7e-4)
    parser.add_argument('--specks', type=float, default=0.5)
    parser.add_argument('--sheet')
    args = parser.parse_args()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    cuda = device == 'cuda'
    torch.manual_seed(3)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    begin = time.time()
    draw = Renderer(device)
    rows = torch.from_numpy(make_scenes(args.pool + 256, 31)[0])
    vae = torch.load(args.vae, map_location=device)
    model = Training().to(device).to(memory_format=torch.channels_last)
    model.auto.encoder.load_state_dict(vae['encoder'])
    model.auto.decoder.load_state_dict(vae['decoder'])
    model.mean.fill_(vae['mean'])
    model.std.fill_(vae['std'])
    pool = torch.empty(args.pool, 3, 256, 256, dtype=torch.uint8, device=device)
    latents = torch.empty(args.pool, 16, 32, 32, device=device, dtype=torch.float16)
    for i in range(0, args.pool, 256):
        part = draw(rows[i:min(i + 256, args.pool)].to(device))
        pool[i:i + len(part)] = (part * 255).round().byte()
        with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=cuda):
            latents[i:i + len(part)] = model.encode(part * 2 - 1).half()
    valid = draw(rows[args.pool:args.pool + (256 if cuda else 8)].to(device))
    print(f'{args.pool} pictures encoded after {time.time() - begin:.0f} s', flush=True)

    def report(label):
        overall, worst, edge, noisy, outs = validate(model, valid)
        specks = [speck_loss(o * 2 - 1, v * 2 - 1).item() * 127.5 for o, v in zip(outs.split(64), valid.split(64))]
        print(f'{label}: PSNR {overall:.2f} dB, worst picture {worst:.2f} dB, near edges {edge:.2f} dB, latent noise 0.1 {noisy:.2f} dB, worst flat errors {sum(specks) / len(specks):.1f} / 255', flush=True)
        return outs

    report('before')
    decoder = model.auto.decoder
    params = list(decoder.parameters())
    average = [p.detach().clone() for p in params]
    opt = torch.optim.AdamW(params, lr=args.lr, betas=(0.9, 0.99), weight_decay=1e-3, **({'fused': True} if cuda else {}))
    step, start, running = 0, time.time(), torch.zeros(2, device=device)
    while (progress := (time.time() - start) / args.seconds) < 1:
        for group in opt.param_groups:
            group['lr'] = args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * progress))
        pick = torch.randint(len(pool), (args.batch,), device=device)
        x = (pool[pick].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        z = latents[pick].float()
        z = z + 0.15 * torch.rand(args.batch, 1, 1, 1, device=device).square() * torch.randn_like(z)
        with torch.autocast(device, torch.bfloat16, enabled=cuda):
            y = decoder(z)
        base, specks = loss_of(y, x), speck_loss(y, x)
        opt.zero_grad(set_to_none=True)
        (base + args.specks * specks).backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        with torch.no_grad():
            keep = min(0.997, (1 + step) / (10 + step))
            torch._foreach_mul_(average, keep)
            torch._foreach_add_(average, params, alpha=1 - keep)
            running += torch.stack([base.detach(), specks.detach()])
        step += 1
        if step % 250 == 0:
            print(f'step {step} {time.time() - begin:.0f} s loss {running[0].item() / 250:.5f} specks {running[1].item() / 250:.5f}', flush=True)
            running.zero_()
    with torch.no_grad():
        for p, a in zip(params, average):
            p.copy_(a)
    outs = report(f'after {step} steps, {time.time() - begin:.0f} s')
    vae['decoder'] = {k: v.detach().float().contiguous().cpu() for k, v in decoder.state_dict().items()}
    torch.save(vae, args.out)
    if args.sheet:
        write_png(args.sheet, sheet(to_bytes(torch.stack([valid[:32], outs[:32]], 1).flatten(0, 1)), 8))


if __name__ == '__main__':
    main()
