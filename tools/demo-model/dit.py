"""ZImageTransformer2DModel with the official tensor names, in plain PyTorch.

Token order: image (padded to a multiple of 32), then caption (padded likewise); pads attend.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {
    'dim': 256, 'n_layers': 6, 'n_refiner_layers': 2, 'n_heads': 2, 'cap_feat_dim': 192, 'in_channels': 16,
    'norm_eps': 1e-5, 'rope_theta': 256.0, 't_scale': 1000.0, 'axes_dims': [32, 48, 48], 'axes_lens': [1536, 512, 512],
}
ADALN = 256
MULTIPLE = 32


def ceil32(n):
    return -(-n // MULTIPLE) * MULTIPLE


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        y = x.float()
        return y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps) * self.weight


def rope_table(ids, axes_dims, theta):
    """ids [L, 3] -> cos, sin [L, 1, sum(axes_dims) / 2] in float32."""
    angles = []
    for axis, d in enumerate(axes_dims):
        inv = 1.0 / theta ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
        angles.append((ids[:, axis:axis + 1].double() * inv).float())
    angles = torch.cat(angles, -1)[:, None]
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    """Interleaved pairs: x [B, L, H, D]; cos, sin [L, 1, D/2]."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


def attention(q, k, v):
    """q, k, v [B, H, L, D] -> [B, H, L, D], every token sees every token."""
    if hasattr(F, 'scaled_dot_product_attention'):
        return F.scaled_dot_product_attention(q, k, v)
    return (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1) @ v


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = [nn.Linear(dim, dim, bias=False) for _ in range(3)]
        self.to_out = nn.ModuleList([nn.Linear(dim, dim, bias=False)])
        self.norm_q, self.norm_k = RMSNorm(dim // heads), RMSNorm(dim // heads)

    def forward(self, x, cos, sin):
        # One product for q, k and v: same numbers, fewer launches.
        qkv = F.linear(x, torch.cat([self.to_q.weight, self.to_k.weight, self.to_v.weight]))
        q, k, v = [y.unflatten(-1, (self.heads, -1)) for y in qkv.chunk(3, -1)]
        q = rotate(self.norm_q(q), cos, sin).to(v.dtype)
        k = rotate(self.norm_k(k), cos, sin).to(v.dtype)
        y = attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        return self.to_out[0](y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.w1, self.w3 = nn.Linear(dim, hidden, bias=False), nn.Linear(dim, hidden, bias=False)
        self.w2 = nn.Linear(hidden, dim, bias=False)

    def forward(self, x):
        # Zero rows up to a multiple of 16 (682 -> 688): the result is the same, and the product is aligned.
        pad = -self.w1.out_features % 16
        w13 = torch.cat([F.pad(self.w1.weight, (0, 0, 0, pad)), F.pad(self.w3.weight, (0, 0, 0, pad))])
        gate, up = F.linear(x, w13).chunk(2, -1)
        return F.linear(F.silu(gate) * up, F.pad(self.w2.weight, (0, pad)))


class Block(nn.Module):
    def __init__(self, dim, heads, eps, modulated):
        super().__init__()
        self.attention = Attention(dim, heads)
        self.feed_forward = FeedForward(dim, int(dim / 3 * 8))
        self.attention_norm1, self.attention_norm2 = RMSNorm(dim, eps), RMSNorm(dim, eps)
        self.ffn_norm1, self.ffn_norm2 = RMSNorm(dim, eps), RMSNorm(dim, eps)
        if modulated:
            self.adaLN_modulation = nn.Sequential(nn.Linear(ADALN, 4 * dim))

    def forward(self, x, cos, sin, c=None):
        """x [B, L, dim] float32; c [B, 256] or None."""
        if c is None:
            x = x + self.attention_norm2(self.attention(self.attention_norm1(x), cos, sin))
            return x + self.ffn_norm2(self.feed_forward(self.ffn_norm1(x)))
        s1, g1, s2, g2 = self.adaLN_modulation(c).float().unsqueeze(1).chunk(4, -1)
        x = x + g1.tanh() * self.attention_norm2(self.attention(self.attention_norm1(x) * (1 + s1), cos, sin))
        return x + g2.tanh() * self.ffn_norm2(self.feed_forward(self.ffn_norm1(x) * (1 + s2)))


class FinalLayer(nn.Module):
    def __init__(self, dim, out):
        super().__init__()
        self.linear = nn.Linear(dim, out)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(ADALN, dim))

    def forward(self, x, c):
        x = F.layer_norm(x.float(), x.shape[-1:], eps=1e-6)
        return self.linear(x * (1 + self.adaLN_modulation(c).float().unsqueeze(1)))


class TimestepEmbedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, 1024), nn.SiLU(), nn.Linear(1024, ADALN))
        self.register_buffer('freqs', torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128), persistent=False)

    def forward(self, t):
        angle = t.float()[:, None] * self.freqs
        return self.mlp(torch.cat([angle.cos(), angle.sin()], -1))


class ZImageTransformer(nn.Module):
    def __init__(self, config=CONFIG):
        super().__init__()
        c = self.config = config
        dim, heads, eps = c['dim'], c['n_heads'], c['norm_eps']
        features = 4 * c['in_channels']
        self.all_x_embedder = nn.ModuleDict({'2-1': nn.Linear(features, dim)})
        self.all_final_layer = nn.ModuleDict({'2-1': FinalLayer(dim, features)})
        self.cap_embedder = nn.Sequential(RMSNorm(c['cap_feat_dim'], eps), nn.Linear(c['cap_feat_dim'], dim))
        self.t_embedder = TimestepEmbedder()
        self.x_pad_token = nn.Parameter(0.02 * torch.randn(1, dim))
        self.cap_pad_token = nn.Parameter(0.02 * torch.randn(1, dim))
        stack = lambda n, modulated: nn.ModuleList([Block(dim, heads, eps, modulated) for _ in range(n)])
        self.noise_refiner = stack(c['n_refiner_layers'], True)
        self.context_refiner = stack(c['n_refiner_layers'], False)
        self.layers = stack(c['n_layers'], True)
        self._tables = {}
        self.init_weights()

    def init_weights(self):
        """Gates start at tanh(0.5), scales at 1, the output at zero."""
        dim = self.config['dim']
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
        for block in [*self.noise_refiner, *self.layers]:
            ada = block.adaLN_modulation[0]
            nn.init.normal_(ada.weight, std=0.01)
            with torch.no_grad():
                ada.bias[dim:2 * dim] = 0.5
                ada.bias[3 * dim:] = 0.5
        final = self.all_final_layer['2-1']
        for m in (final.linear, final.adaLN_modulation[1]):
            nn.init.zeros_(m.weight)
            nn.init.zeros_(m.bias)

    def tables(self, h, w, lp, device):
        """RoPE tables of the caption, the image and both, as (cos, sin) pairs; kept per size."""
        key = (h, w, lp, str(device))
        if key not in self._tables:
            n, padded = h * w, ceil32(h * w)
            cap = torch.zeros(lp, 3)
            cap[:, 0] = 1 + torch.arange(lp)
            img = torch.zeros(padded, 3)
            img[:n, 0] = lp + 1
            img[:n, 1] = torch.arange(h).repeat_interleave(w)
            img[:n, 2] = torch.arange(w).repeat(h)
            make = lambda ids: tuple(t.to(device) for t in rope_table(ids, self.config['axes_dims'], self.config['rope_theta']))
            self._tables[key] = (make(cap), make(img), make(torch.cat([img, cap])))
        return self._tables[key]

    def forward(self, x, t, cap, lengths):
        """x [B, 16, H, W] latents, t [B] = 1 - sigma, cap [B, Lp, D] with Lp = ceil32 of every caption's length,
        lengths [B] -> -velocity [B, 16, H, W]."""
        b, ch, hh, ww = x.shape
        h, w = hh // 2, ww // 2
        n, padded, lp = h * w, ceil32(h * w), cap.shape[1]
        rope_cap, rope_img, rope_all = self.tables(h, w, lp, x.device)
        c = self.t_embedder(t.float() * self.config['t_scale'])
        u = x.view(b, ch, h, 2, w, 2).permute(0, 2, 4, 3, 5, 1).reshape(b, n, 4 * ch)
        u = self.all_x_embedder['2-1'](u).float()
        if padded > n:
            u = torch.cat([u, self.x_pad_token.expand(b, padded - n, -1)], 1)
        real = torch.arange(lp, device=x.device)[None, :, None] < lengths[:, None, None]
        y = torch.where(real, self.cap_embedder(cap).float(), self.cap_pad_token)
        for block in self.noise_refiner:
            u = block(u, *rope_img, c)
        for block in self.context_refiner:
            y = block(y, *rope_cap)
        u = torch.cat([u, y], 1)
        for block in self.layers:
            u = block(u, *rope_all, c)
        u = self.all_final_layer['2-1'](u[:, :n], c).float()
        return u.view(b, h, w, 2, 2, ch).permute(0, 5, 1, 3, 2, 4).reshape(b, ch, hh, ww)
