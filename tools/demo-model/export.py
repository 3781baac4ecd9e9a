"""Writes the diffusers-style folder in FP16 safetensors.

    python export.py OUTDIR --tokenizer DIR --random            # right shapes, random weights
    python export.py OUTDIR --tokenizer DIR --vae vae.pt --dit dit.0.pt dit.1.pt
"""

import argparse
import json
import shutil
import struct
from pathlib import Path

import torch

import dit
import text_encoder
import vae


def save_safetensors(path, tensors):
    """Writes {name: tensor} as FP16, alphabetical, the header padded to 8 bytes."""
    header, blobs, offset = {'__metadata__': {'format': 'pt'}}, [], 0
    for name in sorted(tensors):
        t = tensors[name].detach().float().cpu()
        if not torch.isfinite(t).all() or t.abs().max() > 65504:
            raise ValueError(f'{name} does not fit FP16')
        blob = t.half().contiguous().numpy().tobytes()
        header[name] = {'dtype': 'F16', 'shape': list(t.shape), 'data_offsets': [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    head = json.dumps(header, separators=(',', ':')).encode()
    head += b' ' * (-len(head) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(head)) + head)
        for blob in blobs:
            f.write(blob)


def save_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + '\n')


def configs(scaling, shift):
    """{relative path: config} of the whole folder."""
    d, t, v = dit.CONFIG, text_encoder.CONFIG, vae.CONFIG
    return {
        'model_index.json': {
            '_class_name': 'ZImagePipeline', '_diffusers_version': '0.36.0',
            'scheduler': ['diffusers', 'FlowMatchEulerDiscreteScheduler'],
            'text_encoder': ['transformers', 'Qwen3Model'], 'tokenizer': ['transformers', 'Qwen2Tokenizer'],
            'transformer': ['diffusers', 'ZImageTransformer2DModel'], 'vae': ['diffusers', 'AutoencoderKL'],
        },
        'scheduler/scheduler_config.json': {
            '_class_name': 'FlowMatchEulerDiscreteScheduler', '_diffusers_version': '0.36.0',
            'num_train_timesteps': 1000, 'use_dynamic_shifting': False, 'shift': 3.0,
        },
        'transformer/config.json': {
            '_class_name': 'ZImageTransformer2DModel', '_diffusers_version': '0.36.0', 'all_patch_size': [2],
            'all_f_patch_size': [1], 'in_channels': d['in_channels'], 'dim': d['dim'], 'n_layers': d['n_layers'],
            'n_refiner_layers': d['n_refiner_layers'], 'n_heads': d['n_heads'], 'n_kv_heads': d['n_heads'],
            'norm_eps': d['norm_eps'], 'qk_norm': True, 'cap_feat_dim': d['cap_feat_dim'], 'rope_theta': d['rope_theta'],
            't_scale': d['t_scale'], 'axes_dims': d['axes_dims'], 'axes_lens': d['axes_lens'],
        },
        'text_encoder/config.json': {
            'architectures': ['Qwen3ForCausalLM'], 'attention_bias': False, 'attention_dropout': 0.0,
            'bos_token_id': t['vocab_size'] - 26, 'eos_token_id': t['vocab_size'] - 24, 'head_dim': t['head_dim'],
            'hidden_act': 'silu', 'hidden_size': t['hidden_size'], 'initializer_range': 0.02,
            'intermediate_size': t['intermediate_size'], 'max_position_embeddings': 40960,
            'max_window_layers': t['num_hidden_layers'], 'model_type': 'qwen3',
            'num_attention_heads': t['num_attention_heads'], 'num_hidden_layers': t['num_hidden_layers'],
            'num_key_value_heads': t['num_key_value_heads'], 'rms_norm_eps': t['rms_norm_eps'], 'rope_scaling': None,
            'rope_theta': t['rope_theta'], 'sliding_window': None, 'tie_word_embeddings': True, 'torch_dtype': 'float16',
            'transformers_version': '4.51.0', 'use_cache': True, 'use_sliding_window': False, 'vocab_size': t['vocab_size'],
        },
        'vae/config.json': {
            '_class_name': 'AutoencoderKL', '_diffusers_version': '0.36.0', 'act_fn': 'silu',
            'block_out_channels': v['block_out_channels'], 'down_block_types': ['DownEncoderBlock2D'] * 4,
            'force_upcast': True, 'in_channels': 3, 'latent_channels': v['latent_channels'], 'latents_mean': None,
            'latents_std': None, 'layers_per_block': v['layers_per_block'], 'mid_block_add_attention': True,
            'norm_num_groups': v['norm_num_groups'], 'out_channels': 3, 'sample_size': 256, 'scaling_factor': scaling,
            'shift_factor': shift, 'up_block_types': ['UpDecoderBlock2D'] * 4, 'use_post_quant_conv': False,
            'use_quant_conv': False,
        },
    }


def export(out, tokenizer, transformer, text, decoder, scaling, shift):
    """transformer, text, decoder: state dicts with official names (decoder names without 'decoder.')."""
    for path, config in configs(scaling, shift).items():
        save_json(out / path, config)
    save_safetensors(out / 'transformer/diffusion_pytorch_model.safetensors', transformer)
    save_safetensors(out / 'text_encoder/model.safetensors', text)
    save_safetensors(out / 'vae/diffusion_pytorch_model.safetensors', {f'decoder.{k}': t for k, t in decoder.items()})
    (out / 'tokenizer').mkdir(parents=True, exist_ok=True)
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        if (Path(tokenizer) / name).resolve() != (out / 'tokenizer' / name).resolve():
            shutil.copyfile(Path(tokenizer) / name, out / 'tokenizer' / name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out', type=Path)
    parser.add_argument('--tokenizer', type=Path, required=True)
    parser.add_argument('--random', action='store_true')
    parser.add_argument('--vae')
    parser.add_argument('--dit', nargs='+', help='the parts that train_dit.py wrote')
    args = parser.parse_args()
    if args.random:
        torch.manual_seed(0)
        transformer = dit.ZImageTransformer()
        torch.nn.init.normal_(transformer.all_final_layer['2-1'].linear.weight, std=0.05)
        parts = transformer.state_dict(), text_encoder.TextEncoder().state_dict(), vae.Decoder().state_dict()
        export(args.out, args.tokenizer, *parts, 1.0, 0.0)
    else:
        v, d = torch.load(args.vae, map_location='cpu'), {}
        for part in args.dit:
            d.update(torch.load(part, map_location='cpu'))
        pick = lambda prefix: {k[len(prefix):]: t for k, t in d.items() if k.startswith(prefix)}
        export(args.out, args.tokenizer, pick('dit.'), pick('text.'), v['decoder'], v['scaling'], v['shift'])
    for f in sorted(args.out.rglob('*')):
        if f.is_file():
            print(f'{f.stat().st_size:>10} {f.relative_to(args.out)}')


if __name__ == '__main__':
    main()
