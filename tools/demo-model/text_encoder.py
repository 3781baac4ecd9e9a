"""Tiny Qwen3-architecture text encoder with the official tensor names.

Only the layers that run are built: the caption features are hidden_states[-2], the residual stream
after layer n-2 of n, without the final norm.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {
    'hidden_size': 192, 'intermediate_size': 512, 'num_hidden_layers': 4, 'num_attention_heads': 4,
    'num_key_value_heads': 2, 'head_dim': 64, 'vocab_size': 1280, 'rope_theta': 1000000.0, 'rms_norm_eps': 1e-6,
}


class RMSNorm(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        y = x.float()
        return y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps) * self.weight


def rotate_half(x, cos, sin):
    """Rotate-half RoPE: x [B, H, L, D]; cos, sin [L, D/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.hd = c['hidden_size'], c['head_dim']
        self.heads, self.kv = c['num_attention_heads'], c['num_key_value_heads']
        self.q_proj = nn.Linear(d, self.heads * self.hd, bias=False)
        self.k_proj = nn.Linear(d, self.kv * self.hd, bias=False)
        self.v_proj = nn.Linear(d, self.kv * self.hd, bias=False)
        self.o_proj = nn.Linear(self.heads * self.hd, d, bias=False)
        self.q_norm = RMSNorm(self.hd, c['rms_norm_eps'])
        self.k_norm = RMSNorm(self.hd, c['rms_norm_eps'])

    def forward(self, x, cos, sin):
        b, n, _ = x.shape
        split = lambda y, h: y.view(b, n, h, self.hd).transpose(1, 2)
        v = split(self.v_proj(x), self.kv)
        q = rotate_half(self.q_norm(split(self.q_proj(x), self.heads)), cos, sin).to(v.dtype)
        k = rotate_half(self.k_norm(split(self.k_proj(x), self.kv)), cos, sin).to(v.dtype)
        k, v = [y.repeat_interleave(self.heads // self.kv, 1) for y in (k, v)]
        y = causal_attention(q, k, v)
        return self.o_proj(y.transpose(1, 2).reshape(b, n, -1))


def causal_attention(q, k, v):
    """q, k, v [B, H, L, D] -> [B, H, L, D]; position i sees 0..i."""
    if hasattr(F, 'scaled_dot_product_attention'):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
    return scores.masked_fill(hidden, float('-inf')).softmax(-1) @ v


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, h = c['hidden_size'], c['intermediate_size']
        self.gate_proj = nn.Linear(d, h, bias=False)
        self.up_proj = nn.Linear(d, h, bias=False)
        self.down_proj = nn.Linear(h, d, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = MLP(c)
        self.input_layernorm = RMSNorm(c['hidden_size'], c['rms_norm_eps'])
        self.post_attention_layernorm = RMSNorm(c['hidden_size'], c['rms_norm_eps'])

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class TextEncoder(nn.Module):
    """ids [B, L] (right-padded; the attention is causal, so pads change nothing before them) -> [B, L, hidden]."""

    def __init__(self, config=CONFIG):
        super().__init__()
        self.config = config
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(config['vocab_size'], config['hidden_size'])
        self.model.layers = nn.ModuleList([Layer(config) for _ in range(config['num_hidden_layers'] - 1)])
        nn.init.normal_(self.model.embed_tokens.weight, std=0.3)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=m.in_features ** -0.5)
        d = config['head_dim']
        self.register_buffer('inv', config['rope_theta'] ** (-torch.arange(0, d, 2).float() / d), persistent=False)

    def forward(self, ids):
        angle = torch.arange(ids.shape[1], device=ids.device).float()[:, None] * self.inv
        cos, sin = angle.cos(), angle.sin()
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        return x
