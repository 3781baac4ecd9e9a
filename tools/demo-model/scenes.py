"""What a picture may show: the attribute space, how scenes are drawn from it, and the held-out split.

A *scene* is a plain dict (the same JSON that the held-out fixture holds). An attribute that the
caption does not mention is None. Kinds:

shapes  {"kind": "shapes", "objects": [{"shape", "color", "size", "position"}, ...1 or 2],
         "relation": None | "left" | "right" | "above" | "below",   # where the first object is
         "background": None | name}
hills   {"kind": "hills", "hills": color|None, "sun": "left"|"centre"|"right"|None, "sky": color|None}
sea     {"kind": "sea", "sky": color|None, "sun": ...|None, "boat": True|None}
night   {"kind": "night", "moon": "full"|"crescent"|None, "position": ...|None, "stars": True|None,
         "ground": "mountains"|None}
"""

import hashlib
import json

SHAPES = ['circle', 'square', 'triangle', 'star', 'heart', 'diamond', 'cross']
COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'black', 'white']
SIZES = ['small', 'large']
POSITIONS = [
    'top left', 'top', 'top right',
    'left', 'centre', 'right',
    'bottom left', 'bottom', 'bottom right',
]
RELATIONS = ['left', 'right', 'above', 'below']
BACKGROUNDS = ['white', 'gray', 'black', 'red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink']
HILLS = ['green', 'yellow', 'blue', 'purple', 'orange']
HILL_SKIES = ['blue', 'pink', 'orange']
SEA_SKIES = ['orange', 'pink', 'purple']
SIDES = ['left', 'centre', 'right']
MOONS = ['full', 'crescent']
LANDSCAPES = 0.18


def cell(position):
    """Position name -> (column, row), each 0..2."""
    i = POSITIONS.index(position)
    return i % 3, i // 3


def _far_apart(a, b):
    """Two cells are used together only when a free row or column lies between them."""
    (ax, ay), (bx, by) = cell(a), cell(b)
    return abs(ax - bx) == 2 or abs(ay - by) == 2


def _object(rng, background, with_size):
    colors = [c for c in COLORS if c != (background or 'none')]
    return {
        'shape': rng.choice(SHAPES),
        'color': rng.choice(colors),
        'size': rng.choice(SIZES) if rng.random() < with_size else None,
        'position': None,
    }


def draw_shapes(rng, count=None):
    """One random scene of one or two objects; rng is a random.Random."""
    background = rng.choice(BACKGROUNDS) if rng.random() < 0.5 else None
    count = count or (1 if rng.random() < 0.6 else 2)
    if count == 1:
        one = _object(rng, background, 0.45)
        if rng.random() < 0.55:
            one['position'] = rng.choice(POSITIONS)
        return {'kind': 'shapes', 'objects': [one], 'relation': None, 'background': background}
    while True:
        pair = [_object(rng, background, 0.35) for _ in range(2)]
        if (pair[0]['shape'], pair[0]['color']) != (pair[1]['shape'], pair[1]['color']):
            break
    relation, r = None, rng.random()
    if r < 0.4:
        relation = rng.choice(RELATIONS)
    elif r < 0.8:
        while True:
            a, b = rng.choice(POSITIONS), rng.choice(POSITIONS)
            if _far_apart(a, b):
                break
        pair[0]['position'], pair[1]['position'] = a, b
    return {'kind': 'shapes', 'objects': pair, 'relation': relation, 'background': background}


def draw_landscape(rng, kind=None):
    """One random landscape scene."""
    maybe = lambda options, p: rng.choice(options) if rng.random() < p else None
    kind = kind or rng.choice(['hills', 'sea', 'night'])
    if kind == 'hills':
        return {'kind': kind, 'hills': maybe(HILLS, 0.65), 'sun': maybe(SIDES, 0.55), 'sky': maybe(HILL_SKIES, 0.35)}
    if kind == 'sea':
        return {'kind': kind, 'sky': maybe(SEA_SKIES, 0.45), 'sun': maybe(SIDES, 0.5), 'boat': maybe([True], 0.4)}
    return {
        'kind': kind, 'moon': maybe(MOONS, 0.6), 'position': maybe(SIDES, 0.5),
        'stars': maybe([True], 0.45), 'ground': maybe(['mountains'], 0.35),
    }


def draw_scene(rng, landscapes=LANDSCAPES):
    """One random scene of any kind, held-out combinations included; `landscapes` is their share."""
    return draw_landscape(rng) if rng.random() < landscapes else draw_shapes(rng)


def is_held_out(scene):
    """Stable split: one combination of attributes in ten (shapes) or seven (landscapes) is never trained on."""
    digest = hashlib.sha256(json.dumps(scene, sort_keys=True).encode()).digest()
    value = int.from_bytes(digest[:4], 'big')
    return value % 10 == 0 if scene['kind'] == 'shapes' else value % 7 == 0


def draw_training_scene(rng, landscapes=LANDSCAPES):
    """One random scene that is not held out."""
    while True:
        scene = draw_scene(rng, landscapes)
        if not is_held_out(scene):
            return scene
