"""A PNG writer without dependencies, and contact sheets."""

import struct
import zlib

import numpy as np


def write_png(path, image):
    """image: uint8 [H, W, 3]."""
    h, w, _ = image.shape
    chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    lines = np.zeros((h, w * 3 + 1), np.uint8)
    # Filter 1 (difference to the left pixel) compresses smooth pictures well.
    flat = image.astype(np.int16)
    flat[:, 1:] -= image[:, :-1].astype(np.int16)
    lines[:, 0], lines[:, 1:] = 1, (flat & 255).astype(np.uint8).reshape(h, -1)
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)))
        f.write(chunk(b'IDAT', zlib.compress(lines.tobytes(), 9)) + chunk(b'IEND', b''))


def to_bytes(images):
    """Tensor [B, 3, H, W] in 0..1 -> uint8 array [B, H, W, 3]."""
    return (images.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def sheet(images, columns):
    """uint8 [B, H, W, 3] -> one picture, row by row; B must be a multiple of `columns`."""
    b, h, w, _ = images.shape
    return images.reshape(b // columns, columns, h, w, 3).transpose(0, 2, 1, 3, 4).reshape(b // columns * h, columns * w, 3)
