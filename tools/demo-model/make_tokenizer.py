"""Trains the byte-level BPE tokenizer on captions and writes it in Qwen2's tokenizer.json format.

    python make_tokenizer.py OUTDIR          # needs the `tokenizers` package

NFC normaliser, Qwen2's split regex, ByteLevel, and Qwen3's 26 added tokens in their usual order after
the base vocabulary.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from captions import caption
from scenes import draw_scene

VOCAB_SIZE = 1280
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = [
    '<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|object_ref_start|>', '<|object_ref_end|>', '<|box_start|>',
    '<|box_end|>', '<|quad_start|>', '<|quad_end|>', '<|vision_start|>', '<|vision_end|>', '<|vision_pad|>',
    '<|image_pad|>', '<|video_pad|>',
]
PLAIN = [
    '<tool_call>', '</tool_call>', '<|fim_prefix|>', '<|fim_middle|>', '<|fim_suffix|>', '<|fim_pad|>',
    '<|repo_name|>', '<|file_sep|>', '<tool_response>', '</tool_response>', '<think>', '</think>',
]
CHAT_TEMPLATE = (
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


def build(captions):
    """Trains on an iterable of captions and returns a tokenizers.Tokenizer."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=False, fuse_unk=False))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior='isolated', invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE - len(SPECIAL) - len(PLAIN),
        min_frequency=2,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(captions, trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in PLAIN])
    return tokenizer


def write(tokenizer, folder):
    """Writes tokenizer.json and tokenizer_config.json (class Qwen2Tokenizer)."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / 'tokenizer.json'), pretty=True)
    added = {
        str(tokenizer.token_to_id(t)): {
            'content': t, 'lstrip': False, 'normalized': False, 'rstrip': False, 'single_word': False, 'special': t in SPECIAL,
        }
        for t in SPECIAL + PLAIN
    }
    config = {
        'add_bos_token': False, 'add_prefix_space': False, 'added_tokens_decoder': added,
        'additional_special_tokens': SPECIAL[1:], 'bos_token': None, 'chat_template': CHAT_TEMPLATE,
        'clean_up_tokenization_spaces': False, 'eos_token': '<|im_end|>', 'errors': 'replace',
        'model_max_length': 512, 'pad_token': '<|endoftext|>', 'split_special_tokens': False,
        'tokenizer_class': 'Qwen2Tokenizer', 'unk_token': None,
    }
    (folder / 'tokenizer_config.json').write_text(json.dumps(config, indent=2, ensure_ascii=False) + '\n')


def main():
    rng = random.Random(20)
    corpus = []
    for i in range(120000):
        # The template's own words appear in every prompt; a few copies make each of them one token.
        corpus.append('user\n' if i % 2 else 'assistant\n')
        corpus.append(caption(draw_scene(rng), 'zh' if i % 2 else 'en', rng))
    tokenizer = build(corpus)
    write(tokenizer, sys.argv[1])
    ids = tokenizer.encode('<|im_start|>user\na small red circle<|im_end|>\n<|im_start|>assistant\n')
    print('vocabulary', tokenizer.get_vocab_size(), ids.tokens)


if __name__ == '__main__':
    main()
