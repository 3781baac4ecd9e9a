"""Signed distance of the seven shapes, sampled once into a texture.

A shape of nominal radius r covers the points p with sdf(p / r) <= 0, y pointing down.
"""

import math

import torch

from scenes import SHAPES

ROUND = 0.05  # corners are rounded by this part of r
TEXTURE, RANGE = 384, 2.0  # the texture covers [-RANGE, RANGE]^2


def outline(shape):
    """Polygon [(x, y), ...] of a shape before rounding."""
    turn = lambda n, r, start: [(r(i) * math.cos(start + 2 * math.pi * i / n), r(i) * math.sin(start + 2 * math.pi * i / n)) for i in range(n)]
    up = -math.pi / 2
    if shape == 'circle':
        return turn(64, lambda i: 0.87, 0)
    if shape == 'square':
        return [(-0.76, -0.76), (0.76, -0.76), (0.76, 0.76), (-0.76, 0.76)]
    if shape == 'triangle':
        return turn(3, lambda i: 1.14, up)
    if shape == 'star':
        return turn(10, lambda i: 0.48 if i % 2 else 1.14, up)
    if shape == 'diamond':
        return [(0, -1.12), (0.82, 0), (0, 1.12), (-0.82, 0)]
    if shape == 'cross':
        a, b = 0.3, 0.96
        return [(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a)]
    points = []
    for i in range(64):  # heart
        t = 2 * math.pi * i / 64
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((x / 16.5, -(y + 1.5) / 16.5))
    return points


def polygon_distance(points, x, y):
    """Signed distance to a polygon at coordinates x, y (tensors of one shape); negative inside."""
    best, inside = torch.full_like(x, 1e9), torch.zeros_like(x, dtype=torch.bool)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        ex, ey = bx - ax, by - ay
        wx, wy = x - ax, y - ay
        h = ((wx * ex + wy * ey) / (ex * ex + ey * ey)).clamp(0, 1)
        best = torch.minimum(best, (wx - ex * h) ** 2 + (wy - ey * h) ** 2)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ex * (y - ay) / ey + ax)
    return torch.where(inside, -best.sqrt(), best.sqrt())


def shape_distance(shape, x, y):
    """Signed distance in units of r, corners rounded."""
    return polygon_distance(outline(shape), x, y) - ROUND


def atlas(device='cpu'):
    """[7, TEXTURE, TEXTURE] of signed distances, texel centres spread over [-RANGE, RANGE]."""
    axis = (torch.arange(TEXTURE, dtype=torch.float32) + 0.5) / TEXTURE * 2 * RANGE - RANGE
    y, x = torch.meshgrid(axis, axis, indexing='ij')
    return torch.stack([shape_distance(s, x, y) for s in SHAPES]).to(device)
