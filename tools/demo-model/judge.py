"""Judges pictures against scenes by their pixels alone; the app's test has the same rules in TypeScript.

`judge(images, scenes)`: images [B, 3, 256, 256] in 0..255 -> list of lists of complaints (empty = right).
"""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

import palette
from scenes import SHAPES, cell
from shapes import RANGE, TEXTURE, atlas

SIZE = 256
FOREGROUND = 26  # distance from the background's shades at which a pixel belongs to an object
MIN_AREA = 150
MIN_IOU = 0.8

ATLAS = atlas().numpy()
_axis = (np.arange(TEXTURE) + 0.5) / TEXTURE * 2 * RANGE - RANGE
UNIT = []  # per shape: area, centroid x, centroid y at r = 1
for _s in range(len(SHAPES)):
    _in = ATLAS[_s] < 0
    _a = _in.sum()
    UNIT.append((_a * (2 * RANGE / TEXTURE) ** 2, (_in.sum(0) * _axis).sum() / _a, (_in.sum(1) * _axis).sum() / _a))
PX = np.arange(SIZE) + 0.5


def components(mask):
    """mask [B, H, W] bool tensor -> int64 labels; pixels that touch (8 neighbours) share one, 0 outside."""
    b, h, w = mask.shape
    m = mask.float()
    label = (torch.arange(h * w, device=mask.device, dtype=torch.float32).view(1, h, w) + 1) * m
    while True:
        before = label
        for _ in range(32):
            label = F.max_pool2d(label[:, None], 3, 1, 1)[:, 0] * m
        if torch.equal(before, label):
            return label.long()


def nearest(rgb, table):
    """Name in {name: (r, g, b)} nearest to rgb."""
    return min(table, key=lambda k: sum((a - b) ** 2 for a, b in zip(rgb, table[k])))


def border_color(image):
    """Median colour of a frame of 6 pixels; image [3, H, W] numpy."""
    frame = np.concatenate([image[:, :6].reshape(3, -1), image[:, -6:].reshape(3, -1), image[:, :, :6].reshape(3, -1), image[:, :, -6:].reshape(3, -1)], 1)
    return np.median(frame, 1)


def away_from(image, back):
    """Distance of each pixel to the shades (0.72 .. 1.06) of the background colour: [H, W]."""
    t = np.clip(np.tensordot(back, image, 1) / max(float(back @ back), 1), 0.72, 1.06)
    return np.sqrt(((image - t * back[:, None, None]) ** 2).sum(0))


def shape_of(mask):
    """Best shape of a component mask [H, W] -> (shape, IoU, x, y, r)."""
    area = mask.sum()
    mx, my = (mask.sum(0) * PX).sum() / area, (mask.sum(1) * PX).sum() / area
    best = ('', 0.0, mx, my, 0.0)
    for s, name in enumerate(SHAPES):
        unit, ux, uy = UNIT[s]
        r = (area / unit) ** 0.5
        x, y = mx - r * ux, my - r * uy
        index = lambda c: np.clip((((PX - c) / r / RANGE + 1) / 2 * TEXTURE).astype(int), 0, TEXTURE - 1)
        ideal = ATLAS[s][np.ix_(index(y), index(x))] < 0
        iou = (ideal & mask).sum() / max((ideal | mask).sum(), 1)
        if iou > best[1]:
            best = (name, float(iou), x, y, r)
    return best


def find_objects(image, labels):
    """-> [{shape, iou, color, x, y, r}] of one picture; image [3, H, W], labels [H, W] numpy."""
    found = []
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    for i, count in zip(ids, counts):
        if count < MIN_AREA:
            continue
        mask = labels == i
        inner = mask.copy()
        inner[1:-1, 1:-1] &= mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
        rgb = np.median(image[:, inner if inner.sum() > 20 else mask], 1)
        shape, iou, x, y, r = shape_of(mask)
        found.append({'shape': shape, 'iou': iou, 'color': nearest(rgb, palette.OBJECT), 'x': x, 'y': y, 'r': r})
    return found


def _thing(want, got, one):
    """Complaints about one found object."""
    out = []
    if got['shape'] != want['shape']:
        out.append(f"{want['shape']} is a {got['shape']}")
    elif got['iou'] < MIN_IOU:
        out.append(f"unclear {want['shape']} ({got['iou']:.2f})")
    if got['color'] != want['color']:
        out.append(f"{want['color']} is {got['color']}")
    low, high = (33, 51) if one else (28, 40)
    if want['size'] == 'small' and got['r'] > low or want['size'] == 'large' and got['r'] < high:
        out.append(f"{want['size']} has radius {got['r']:.0f}")
    if want['position']:
        place = tuple(0 if v < 100 else 1 if v <= 156 else 2 for v in (got['x'], got['y']))
        if place != cell(want['position']):
            out.append(f"{want['position']} is at {place}")
    return out


def judge_shapes(image, labels, scene):
    out = []
    if scene['background']:
        back = nearest(border_color(image), palette.BACKGROUND)
        if back != scene['background']:
            out.append(f"background {scene['background']} is {back}")
    found, wanted = find_objects(image, labels), scene['objects']
    if len(found) != len(wanted):
        return out + [f'{len(found)} objects']
    best = None
    for order in itertools.permutations(found):
        complaints = [c for w, g in zip(wanted, order) for c in _thing(w, g, len(wanted) == 1)]
        if scene['relation']:
            a, b = order
            dx, dy = b['x'] - a['x'], b['y'] - a['y']
            along = {'left': dx, 'right': -dx, 'above': dy, 'below': -dy}[scene['relation']]
            if along < 40 or along < abs(dy if scene['relation'] in ('left', 'right') else dx):
                complaints.append(f"not {scene['relation']}")
        if best is None or len(complaints) < len(best):
            best = complaints
    return out + best


def _blob(mask, top, bottom):
    """Area, centre x and bounding-box fill of the largest blob of marked pixels in rows top..bottom."""
    label = components(torch.from_numpy(mask[top:bottom])[None])[0].numpy()
    ids, counts = np.unique(label[label > 0], return_counts=True)
    rows = label == (ids[counts.argmax()] if len(ids) else -1)
    ys, xs = rows.nonzero()
    if len(xs) < 20:
        return len(xs), 0.0, 0.0
    w, h = np.percentile(xs, 98) - np.percentile(xs, 2) + 1, np.percentile(ys, 98) - np.percentile(ys, 2) + 1
    return len(xs), float(np.median(xs)), len(xs) / float(w * h)


def _side(x):
    return 'left' if x < 98 else 'centre' if x <= 158 else 'right'


def _near(image, color, distance):
    return np.sqrt(((image - np.array(color, np.float32)[:, None, None]) ** 2).sum(0)) < distance


def judge_landscape(image, scene):
    out = []
    kind = scene['kind']
    strip = lambda a, b: np.median(image[:, a:b].reshape(3, -1), 1)
    if kind == 'hills':
        sky = nearest(strip(2, 12), {k: v[0] for k, v in palette.HILL_SKY.items()})
        if scene['sky'] and sky != scene['sky']:
            out.append(f"sky {scene['sky']} is {sky}")
        hills = nearest(strip(244, 254), {k: [c * 0.78 for c in v] for k, v in palette.HILLS.items()})
        if scene['hills'] and hills != scene['hills']:
            out.append(f"hills {scene['hills']} are {hills}")
        area, x, fill = _blob(_near(image, palette.HILL_SKY[sky][2], 36), 20, 122)
        if not 1500 < area < 4200 or fill < 0.6:
            out.append(f'no clear sun ({area}, {fill:.2f})')
        elif scene['sun'] and _side(x) != scene['sun']:
            out.append(f"sun {scene['sun']} is {_side(x)}")
    elif kind == 'sea':
        sky = nearest(strip(2, 12), {k: v[0] for k, v in palette.SEA_SKY.items()})
        if scene['sky'] and sky != scene['sky']:
            out.append(f"sky {scene['sky']} is {sky}")
        if nearest(strip(248, 256), {'sea': palette.SEA_DEEP, 'sky': palette.SEA_SKY[sky][1]}) != 'sea':
            out.append('no sea')
        area, x, fill = _blob(_near(image, palette.SEA_SUN, 30), 90, 150)
        if not 1000 < area < 4500 or fill < 0.55:
            out.append(f'no clear sun ({area}, {fill:.2f})')
        elif scene['sun'] and _side(x) != scene['sun']:
            out.append(f"sun {scene['sun']} is {_side(x)}")
        hull = int(_near(image, palette.HULL, 40)[166:192].sum())
        if scene['boat'] and hull < 150 or not scene['boat'] and hull > 60:
            out.append(f'boat {scene["boat"]}, {hull} pixels of hull')
    else:
        if nearest(strip(2, 12), {'night': palette.NIGHT_TOP, 'day': (126, 190, 244)}) != 'night':
            out.append('no night')
        moon = _near(image, palette.MOON, 45)
        label = components(torch.from_numpy(moon)[None])[0].numpy()
        ids, counts = np.unique(label[label > 0], return_counts=True)
        biggest = label == ids[counts.argmax()] if len(ids) else moon
        area, x, fill = _blob(biggest, 0, SIZE)
        if area < 900:
            out.append('no moon')
        else:
            ys, xs = biggest.nonzero()
            # A disc as wide as the moon is high: a full moon fills it.
            filled = area / (0.785 * (ys.max() - ys.min() + 1) ** 2)
            phase = 'full' if filled > 0.85 else 'crescent'
            if scene['moon'] and phase != scene['moon']:
                out.append(f"moon {scene['moon']} is {phase} ({filled:.2f})")
            if scene['position'] and _side((xs.min() + ys.max() - ys.min() + xs.min()) / 2 if phase == 'crescent' else x) != scene['position']:
                out.append(f"moon {scene['position']} at {x:.0f}")
        light = image.mean(0) > 150
        stars = int((light & ~_dilate(biggest)).sum())
        if scene['stars'] and stars < 60:
            out.append(f'{stars} star pixels')
        ground = nearest(strip(250, 256), {'mountains': palette.MOUNTAIN_NEAR, 'none': palette.NIGHT_BOTTOM})
        if (ground == 'mountains') != bool(scene['ground']):
            out.append(f"ground {scene['ground']} is {ground}")
    return out


def _dilate(mask):
    return F.max_pool2d(torch.from_numpy(mask).float()[None, None], 25, 1, 12)[0, 0].numpy() > 0


def judge(images, scenes):
    pictures = images.round().float().cpu().numpy()
    masks = np.stack([away_from(p, border_color(p)) > FOREGROUND for p in pictures])
    labels = components(torch.from_numpy(masks).to(images.device)).cpu().numpy()
    return [
        judge_shapes(p, l, s) if s['kind'] == 'shapes' else judge_landscape(p, s)
        for p, l, s in zip(pictures, labels, scenes)
    ]
