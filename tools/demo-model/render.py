"""Draws scenes at 256x256, vectorised over a batch, antialiased by exact edge coverage.

`instance(scene, rng)` turns a scene into a row of numbers (what the caption leaves open is chosen here);
`Renderer(device)(rows)` draws rows [B, WIDTH] into images [B, 3, 256, 256] in 0..1.
"""

import math
import random

import numpy as np
import torch
import torch.nn.functional as F

import palette
from scenes import HILL_SKIES, HILLS, MOONS, SEA_SKIES, SHAPES, SIDES, cell
from shapes import RANGE, atlas

SIZE = 256
WIDTH = 128
# How far sizes and places wander around their ideal: 1 in the first phase, 0 in the last (see README.md).
JITTER = 1.0
KINDS = ['shapes', 'hills', 'sea', 'night']
RADIUS_ONE = {'small': 25, None: 42, 'large': 60}
RADIUS_TWO = {'small': 22, None: 34, 'large': 46}
SIDE_X = {'left': 62, 'centre': 128, 'right': 194}
STARS = 22
HORIZON = 152


def spread(rng, low, high):
    """A random number in low..high, drawn toward the middle as JITTER falls to 0."""
    return (low + high) / 2 + (rng.random() - 0.5) * (high - low) * JITTER


def _place(scene, rng):
    """Centres of the objects before jitter, in pixels."""
    objects, relation = scene['objects'], scene['relation']
    grid = lambda o: tuple(64 + 64 * v for v in cell(o['position']))
    if len(objects) == 1:
        return [grid(objects[0]) if objects[0]['position'] else (128, 128)]
    if objects[0]['position']:
        return [grid(o) for o in objects]
    if relation in ('above', 'below'):
        places = [(128, 70), (128, 186)]
    else:
        places = [(70, 128), (186, 128)]
    return places[::-1] if relation in ('right', 'below') else places


def _shapes(scene, rng):
    objects = scene['objects']
    if scene['background']:
        back = palette.BACKGROUND[scene['background']]
    elif any(o['color'] == 'white' for o in objects):
        back = rng.choice(palette.NEUTRAL_DARK)
    else:
        back = rng.choice(palette.NEUTRAL)
    row = [*back, len(objects)]
    radii = RADIUS_ONE if len(objects) == 1 else RADIUS_TWO
    for o, (x, y) in zip(objects, _place(scene, rng)):
        r = radii[o['size']] * spread(rng, 0.95, 1.05)
        low = 1.2 * r + 5
        x, y = [min(max(v + spread(rng, -6, 6), low), SIZE - low) for v in (x, y)]
        row += [SHAPES.index(o['shape']), *palette.OBJECT[o['color']], x, y, r]
    return row


def _hills(scene, rng):
    sky = palette.HILL_SKY[scene['sky'] or rng.choices(HILL_SKIES, [0.8, 0.1, 0.1])[0]]
    color = palette.HILLS[scene['hills'] or rng.choices(HILLS, [0.8, 0.05, 0.05, 0.05, 0.05])[0]]
    x = SIDE_X[scene['sun'] or rng.choice(SIDES)] + spread(rng, -8, 8)
    row = [*sky[0], *sky[1], *sky[2], *color, x, spread(rng, 62, 80), spread(rng, 26, 31)]
    # Without jitter the ridges are one of four ranges.
    ridge = rng if JITTER else random.Random(rng.randrange(4))
    for base in (158, 184, 214):
        row += [base + ridge.uniform(-6, 6), ridge.uniform(9, 16), ridge.uniform(0.7, 1.25), ridge.uniform(0, 1)]
    return row


def _sea(scene, rng):
    top, low = palette.SEA_SKY[scene['sky'] or rng.choices(SEA_SKIES, [0.7, 0.15, 0.15])[0]]
    side = scene['sun'] or rng.choice(['centre', 'centre', 'left', 'right'])
    boat = 0
    if scene['boat']:
        boat = {'left': spread(rng, 160, 196), 'right': spread(rng, 60, 96), 'centre': rng.choice([58, 198]) + spread(rng, -8, 8)}[side]
    return [*top, *low, SIDE_X[side] + spread(rng, -6, 6), spread(rng, 36, 42), boat, spread(rng, 0, 1)]


def _night(scene, rng):
    moon, side = scene['moon'] or rng.choice(MOONS), scene['position'] or rng.choice(SIDES)
    x, y, r = SIDE_X[side] + spread(rng, -8, 8), spread(rng, 72, 92), spread(rng, 32, 38)
    ground = bool(scene['ground'])
    count = STARS if scene['stars'] else rng.choice([0, 10])
    row = [x, y, r, MOONS.index(moon), ground, spread(rng, 0, 1), spread(rng, 0, 0.6), count]
    stars = []
    while len(stars) < STARS:
        a, b = rng.uniform(8, 248), rng.uniform(8, 150 if ground else 248)
        if math.hypot(a - x, b - y) > r + 16 and all(math.hypot(a - c, b - d) > 22 for c, d, _ in stars):
            stars.append((a, b, rng.choice([1.8, 2.2, 3.0])))
    return row + [v for s in stars for v in s]


def instance(scene, rng):
    """A scene as WIDTH float32 numbers; rng (random.Random) chooses jitter and what the scene leaves open."""
    row = {'shapes': _shapes, 'hills': _hills, 'sea': _sea, 'night': _night}[scene['kind']](scene, rng)
    out = np.zeros(WIDTH, np.float32)
    out[0] = KINDS.index(scene['kind'])
    out[1:1 + len(row)] = row
    return out


def mix(a, b, amount):
    return a + (b - a) * amount


class Renderer:
    def __init__(self, device='cpu'):
        self.device = device
        self.atlas = atlas(device)
        axis = torch.arange(SIZE, device=device, dtype=torch.float32) + 0.5
        self.y, self.x = axis[:, None].expand(SIZE, SIZE), axis[None, :].expand(SIZE, SIZE)

    def __call__(self, rows):
        """rows [B, WIDTH] on the device -> [B, 3, SIZE, SIZE] in 0..1."""
        out = torch.empty(len(rows), 3, SIZE, SIZE, device=self.device)
        for k, draw in enumerate([self.shapes, self.hills, self.sea, self.night]):
            index = (rows[:, 0] == k).nonzero()[:, 0]
            if len(index):
                out[index] = draw(rows[index, 1:])
        return out.clamp(0, 1)

    def _rgb(self, color):
        """[3]-tuple or [B, 3] of 0..255 -> broadcastable [., 3, 1, 1] in 0..1."""
        if isinstance(color, tuple):
            color = torch.tensor([color], device=self.device, dtype=torch.float32)
        return color[:, :, None, None] / 255

    def _over(self, image, color, coverage):
        """Paints colour [., 3, 1 or H, 1 or W] with coverage [B, H, W]."""
        return mix(image, color, coverage.clamp(0, 1)[:, None])

    def _disc(self, x, y, r):
        """Signed distance to a disc; x, y, r [B]."""
        v = lambda t: t[:, None, None]
        return ((self.x - v(x)).square() + (self.y - v(y)).square()).sqrt() - v(r)

    def shapes(self, p):
        v = lambda t: t[:, None, None]
        light = 1.035 - 0.07 * self.y / SIZE
        image = self._rgb(p[:, 0:3]) * light
        for k in range(2):
            o = p[:, 4 + 7 * k:11 + 7 * k]
            there = v((p[:, 3] > k).float())
            r = v(o[:, 6].clamp(min=1))
            sample = lambda dy: F.grid_sample(
                self.atlas[o[:, 0].long()][:, None],
                torch.stack([(self.x - v(o[:, 4])) / r, (self.y - v(o[:, 5]) - dy) / r], -1) / RANGE,
                padding_mode='border', align_corners=False)[:, 0] * r
            # A soft shadow, 5 pixels below.
            soft = (0.5 - sample(5.0) / 18).clamp(0, 1)
            image = image * (1 - 0.22 * (soft * soft * (3 - 2 * soft) * there)[:, None])
            color = self._rgb(o[:, 1:4])
            shade = ((self.y - v(o[:, 5])) / r * 0.8 + (self.x - v(o[:, 4])) / r * 0.3).clamp(-1, 1)[:, None]
            color = torch.where(shade < 0, mix(color, torch.ones_like(color), -shade * 0.13), color * (1 - shade * 0.10))
            image = self._over(image, color, (0.5 - sample(0.0)) * there)
        return image

    def _ridge(self, height, slope):
        """Coverage of everything below the curve y = height(x)."""
        return (self.y - height) / (1 + slope * slope).sqrt() + 0.5

    def hills(self, p):
        v = lambda t: t[:, None, None]
        image = mix(self._rgb(p[:, 0:3]), self._rgb(p[:, 3:6]), (self.y / 190).clamp(0, 1))
        sun, color = self._rgb(p[:, 6:9]), self._rgb(p[:, 9:12])
        d = self._disc(p[:, 12], p[:, 13], p[:, 14])
        image = self._over(image, sun, 0.5 * torch.exp(-d.clamp(min=0) / 16))
        image = self._over(image, sun, 0.5 - d)
        sky = self._rgb(p[:, 3:6])
        for k, tone in enumerate([mix(color, sky, 0.42), mix(color, sky, 0.12), color * 0.84]):
            base, amp, freq, phase = [v(p[:, 15 + 4 * k + i]) for i in range(4)]
            angle = 2 * math.pi * (freq * self.x / SIZE + phase)
            height = base + amp * angle.sin()
            slope = amp * angle.cos() * 2 * math.pi * freq / SIZE
            shade = 1.05 - 0.16 * ((self.y - height) / 60).clamp(0, 1)[:, None]
            image = self._over(image, tone * shade, self._ridge(height, slope))
        return image

    def sea(self, p):
        v = lambda t: t[:, None, None]
        top, low, sun = self._rgb(p[:, 0:3]), self._rgb(p[:, 3:6]), self._rgb(palette.SEA_SUN)
        image = mix(top, low, (self.y / HORIZON).clamp(0, 1).square())
        x, r, boat, phase = p[:, 6], p[:, 7], p[:, 8], v(p[:, 9])
        d = self._disc(x, torch.full_like(x, HORIZON - 8), r)
        image = self._over(image, sun, 0.55 * torch.exp(-d.clamp(min=0) / 22))
        image = self._over(image, sun, 0.5 - d)
        depth = ((self.y - HORIZON) / (SIZE - HORIZON)).clamp(0, 1)
        water = mix(mix(low, self._rgb(palette.SEA_DEEP), 0.45), self._rgb(palette.SEA_DEEP), depth.sqrt())
        # The sun's path: bands that widen and thin out toward the viewer.
        wave = (2 * math.pi * (depth.sqrt() * 6.5 + phase)).sin()
        width = v(r) * (0.75 + 0.5 * depth) * (0.72 + 0.28 * wave)
        band = ((width - (self.x - v(x)).abs()) / 3).clamp(0, 1) * (0.55 + 0.45 * wave).clamp(0, 1) * (0.85 - 0.6 * depth)
        water = mix(water, sun, band[:, None])
        image = self._over(image, water, (self.y - HORIZON + 0.5).expand(len(p), SIZE, SIZE))
        # Boat: two sails and a hull, as half-plane intersections around (boat, HORIZON + 22).
        bx, by = self.x - v(boat), self.y - (HORIZON + 22)
        there = v((boat > 0).float())
        half = lambda nx, ny, c: (nx * bx + ny * by - c) / math.hypot(nx, ny)
        meet = lambda *planes: torch.stack(planes).amax(0)
        main = meet(half(-1, 0, -2.0), half(0, 1, -6.0), half(50, -24, 1150 + 98))
        jib = meet(half(1, 0, -2.0), half(0, 1, -6.0), half(-36, -18, 648 + 60))
        hull = meet(half(0, -1, 3.0), half(0, 1, 9.0), half(-14, 8, 400), half(14, 8, 400))
        sail = self._rgb(palette.SAIL)
        image = self._over(image, sail, (0.5 - main) * there)
        image = self._over(image, sail * 0.93, (0.5 - jib) * there)
        return self._over(image, self._rgb(palette.HULL), (0.5 - hull) * there)

    def night(self, p):
        v = lambda t: t[:, None, None]
        image = mix(self._rgb(palette.NIGHT_TOP), self._rgb(palette.NIGHT_BOTTOM), self.y / SIZE).expand(len(p), 3, SIZE, SIZE)
        x, y, r = p[:, 0], p[:, 1], p[:, 2]
        star = torch.zeros(len(p), SIZE, SIZE, device=self.device)
        for k in range(STARS):
            s = p[:, 8 + 3 * k:11 + 3 * k]
            star = torch.maximum(star, (0.5 - self._disc(s[:, 0], s[:, 1], s[:, 2])).clamp(0, 1) * v((p[:, 7] > k).float()))
        image = self._over(image, self._rgb(palette.STAR), star)
        moon = self._rgb(palette.MOON)
        full = self._disc(x, y, r)
        cut = self._disc(x + 0.5 * r, y - 0.22 * r, r * 0.86)
        d = torch.where(v(p[:, 3]) > 0, torch.maximum(full, -cut), full)
        image = self._over(image, moon, 0.28 * torch.exp(-d.clamp(min=0) / 14))
        image = self._over(image, moon, 0.5 - d)
        for k, (color, base, amp, freq) in enumerate([(palette.MOUNTAIN_FAR, 190, 26, 2.3), (palette.MOUNTAIN_NEAR, 214, 24, 1.7)]):
            saw = (freq * self.x / SIZE + v(p[:, 5 + k])) % 1
            height = base - amp * (1 - (2 * saw - 1).abs() * 2)
            slope = torch.full_like(height, 4 * amp * freq / SIZE)
            image = self._over(image, self._rgb(color), self._ridge(height, slope).clamp(0, 1) * v(p[:, 4]))
        return image
