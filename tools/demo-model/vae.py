"""AutoencoderKL: the decoder with the official tensor names, and an encoder that is used in training only."""

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {'block_out_channels': [32, 64, 64, 64], 'layers_per_block': 2, 'latent_channels': 16, 'norm_num_groups': 32}
EPS = 1e-6


class Resnet(nn.Module):
    def __init__(self, cin, cout, groups):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, cin, EPS), nn.Conv2d(cin, cout, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(groups, cout, EPS), nn.Conv2d(cout, cout, 3, padding=1)
        if cin != cout:
            self.conv_shortcut = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.conv_shortcut(x) if hasattr(self, 'conv_shortcut') else x) + h


class Attention(nn.Module):
    """Single-head attention over all positions; x [B, C, H, W]."""

    def __init__(self, ch, groups):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, ch, EPS)
        self.to_q, self.to_k, self.to_v = [nn.Linear(ch, ch) for _ in range(3)]
        self.to_out = nn.ModuleList([nn.Linear(ch, ch)])

    def forward(self, x):
        b, ch, h, w = x.shape
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        q, k, v = self.to_q(y), self.to_k(y), self.to_v(y)
        if hasattr(F, 'scaled_dot_product_attention'):
            y = F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])[:, 0]
        else:
            y = (q @ k.transpose(-1, -2) * ch ** -0.5).softmax(-1) @ v
        return x + self.to_out[0](y).transpose(1, 2).reshape(b, ch, h, w)


class Upsample(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode='nearest'))


class UpBlock(nn.Module):
    def __init__(self, cin, cout, layers, groups, up):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(cin if i == 0 else cout, cout, groups) for i in range(layers)])
        if up:
            self.upsamplers = nn.ModuleList([Upsample(cout)])

    def forward(self, x):
        for r in self.resnets:
            x = r(x)
        return self.upsamplers[0](x) if hasattr(self, 'upsamplers') else x


class Mid(nn.Module):
    def __init__(self, ch, groups):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(ch, ch, groups), Resnet(ch, ch, groups)])
        self.attentions = nn.ModuleList([Attention(ch, groups)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Decoder(nn.Module):
    """Latent [B, 16, H/8, W/8] (already un-scaled) -> image [B, 3, H, W] in about [-1, 1]."""

    def __init__(self, config=CONFIG):
        super().__init__()
        widths, groups = config['block_out_channels'][::-1], config['norm_num_groups']
        self.conv_in = nn.Conv2d(config['latent_channels'], widths[0], 3, padding=1)
        self.mid_block = Mid(widths[0], groups)
        self.up_blocks = nn.ModuleList([
            UpBlock(widths[max(i - 1, 0)], widths[i], config['layers_per_block'] + 1, groups, i < len(widths) - 1)
            for i in range(len(widths))
        ])
        self.conv_norm_out = nn.GroupNorm(groups, widths[-1], EPS)
        self.conv_out = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, z):
        x = self.mid_block(self.conv_in(z))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class Encoder(nn.Module):
    """Image [B, 3, H, W] in [-1, 1] -> latent mean [B, 16, H/8, W/8]. Not shipped, so not the official layout."""

    def __init__(self, latent=16, width=(64, 128, 128)):
        super().__init__()
        a, b, c = width
        down = lambda cin, cout: nn.Conv2d(cin, cout, 3, stride=2, padding=1)
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(12, a, 3, padding=1), Resnet(a, a, 8), Resnet(a, a, 8),
            down(a, b), Resnet(b, b, 8), Resnet(b, b, 8),
            down(b, c), Resnet(c, c, 8), Resnet(c, c, 8), Resnet(c, c, 8),
            nn.GroupNorm(8, c, EPS), nn.SiLU(), nn.Conv2d(c, latent, 3, padding=1),
        )

    def forward(self, x):
        return self.body(x)


class Autoencoder(nn.Module):
    """`decoder.*` carries the official names."""

    def __init__(self, config=CONFIG):
        super().__init__()
        self.encoder = Encoder(config['latent_channels'])
        self.decoder = Decoder(config)
