"""Captions in English and Chinese for a scene: many wordings, so that free typing works.

`caption(scene, lang, rng)` returns one random wording; rng is a random.Random.
"""

SHAPE_EN = {
    'circle': ['circle', 'circle', 'circle', 'disc', 'dot', 'ball', 'round shape'],
    'square': ['square', 'square', 'square', 'box'],
    'triangle': ['triangle'],
    'star': ['star', 'star', 'star', 'five-pointed star'],
    'heart': ['heart', 'heart', 'heart shape', 'love heart'],
    'diamond': ['diamond', 'diamond', 'rhombus', 'diamond shape'],
    'cross': ['cross', 'cross', 'plus sign', 'plus'],
}
COLOR_EN = {'purple': ['purple', 'purple', 'violet']}
SIZE_EN = {'small': ['small', 'small', 'little', 'tiny'], 'large': ['large', 'large', 'big', 'huge']}
PLACE_EN = {
    'top left': ['top left', 'upper left', 'top-left'], 'top right': ['top right', 'upper right', 'top-right'],
    'bottom left': ['bottom left', 'lower left', 'bottom-left'],
    'bottom right': ['bottom right', 'lower right', 'bottom-right'],
}
SHAPE_ZH = {
    'circle': ['圆', '圆形', '圆圈', '圆点'], 'square': ['正方形', '方块', '方形'], 'triangle': ['三角形'],
    'star': ['星星', '五角星', '星形'], 'heart': ['爱心', '心形', '心'], 'diamond': ['菱形'],
    'cross': ['十字', '十字形', '加号'],
}
COLOR_ZH = {
    'red': ['红'], 'orange': ['橙', '橙', '橘'], 'yellow': ['黄'], 'green': ['绿'], 'blue': ['蓝'],
    'purple': ['紫'], 'pink': ['粉', '粉红'], 'brown': ['棕', '棕', '褐'], 'black': ['黑'], 'white': ['白'],
    'gray': ['灰'],
}
SIZE_ZH = {'small': ['小', '小', '小小的'], 'large': ['大', '大', '巨大的', '大大的']}
PLACE_ZH = {
    'top left': ['左上角', '左上方', '左上'], 'top': ['上方', '顶部', '上面', '上边'], 'top right': ['右上角', '右上方', '右上'],
    'left': ['左边', '左侧', '左面'], 'centre': ['中间', '中央', '中心', '正中间'], 'right': ['右边', '右侧', '右面'],
    'bottom left': ['左下角', '左下方', '左下'], 'bottom': ['下方', '底部', '下面', '下边'],
    'bottom right': ['右下角', '右下方', '右下'],
}


def _article(words):
    return ('an ' if words[0] in 'aeiou' else 'a ') + words


def _color_en(color, rng):
    if color == 'gray':
        return rng.choice(['gray', 'grey'])
    word = rng.choice(COLOR_EN.get(color, [color]))
    return word + rng.choice([' coloured', ' colored', '-colored']) if rng.random() < 0.02 else word


def _object_en(o, rng, article=None):
    """Noun phrase of one object, e.g. 'a small red circle'."""
    shape, color = rng.choice(SHAPE_EN[o['shape']]), _color_en(o['color'], rng)
    size = rng.choice(SIZE_EN[o['size']]) if o['size'] else ''
    r = rng.random()
    if r < 0.88:
        words = f'{size} {color} {shape}'.strip()
    elif r < 0.93:
        words = f'{color} {size} {shape}'.replace('  ', ' ')
    else:
        words = f'{size} {shape} in {color}'.strip()
    if article is None:
        article = rng.random() < 0.75
    if not article:
        return words
    return _article(words) if rng.random() < 0.9 else 'one ' + words


def _place_en(position, rng):
    """Adverbial of a position, e.g. 'in the top left corner'."""
    if position == 'centre':
        return rng.choice(['in the centre', 'in the center', 'in the middle', 'at the center', 'at the centre', 'centered'])
    if position in ('left', 'right'):
        return rng.choice([f'on the {position}', f'on the {position} side', f'at the {position}', f'to the {position}', f'on the {position}'])
    if position in ('top', 'bottom'):
        return rng.choice([f'at the {position}', f'at the {position}', f'on the {position}', f'near the {position}', f'in the {position} part'])
    words = rng.choice(PLACE_EN[position])
    return rng.choice([f'at the {words}', f'in the {words}', f'in the {words} corner', f'in the {words} corner', f'on the {words}', words])


def _background_en(background, rng):
    color = _color_en(background, rng)
    return rng.choice([
        f'on a {color} background', f'on a {color} background', f'on a {color} background',
        f'against a {color} background', f'with a {color} background', f'over a {color} background', f'on {color}',
        f'on {color} background', f'in front of a {color} background',
    ]).replace('a orange', 'an orange')


def _one_en(scene, rng):
    o, background = scene['objects'][0], scene['background']
    thing = _object_en(o, rng)
    place = _place_en(o['position'], rng) if o['position'] else ''
    if not background:
        if not place:
            return thing
        return rng.choice([f'{thing} {place}', f'{thing} {place}', f'{thing}, {place}', f'{place}, {thing}', f'{thing} placed {place}'])
    on, color = _background_en(background, rng), _color_en(background, rng)
    if not place:
        return rng.choice([
            f'{thing} {on}', f'{thing} {on}', f'{thing} {on}', f'{thing}, {color} background',
            f'{color} background, {thing}', f'{_article(color)} background with {thing}', f'{on}, {thing}',
            f'{thing}, the background is {color}',
        ])
    return rng.choice([
        f'{thing} {place} {on}', f'{thing} {on} {place}', f'{thing} {place}, {on}', f'{thing} {place}, {color} background',
        f'{_article(color)} background with {thing} {place}', f'{on}, {thing} {place}', f'{color} background, {thing} {place}',
        f'{place}, {thing} {on}', f'{thing} {place} of {_article(color)} background',
        f'{thing} {place}, the background is {color}',
    ])


RELATION_EN = {
    'left': ['to the left of', 'left of', 'on the left of', 'on the left side of'],
    'right': ['to the right of', 'right of', 'on the right of', 'on the right side of'],
    'above': ['above', 'over', 'on top of', 'above'], 'below': ['below', 'under', 'beneath', 'underneath'],
}
OPPOSITE = {'left': 'right', 'right': 'left', 'above': 'below', 'below': 'above'}
RELATION_PLACE = {'left': 'left', 'right': 'right', 'above': 'top', 'below': 'bottom'}


def _two_en(scene, rng):
    article = rng.random() < 0.8
    a, b = [_object_en(o, rng, article) for o in scene['objects']]
    relation, background = scene['relation'], scene['background']
    if relation:
        if rng.random() < 0.75:
            words = f'{a} {rng.choice(RELATION_EN[relation])} {b}'
        else:
            p, q = _place_en(RELATION_PLACE[relation], rng), _place_en(RELATION_PLACE[OPPOSITE[relation]], rng)
            words = rng.choice([f'{a} {p} and {b} {q}', f'{a} {p}, {b} {q}'])
    elif scene['objects'][0]['position']:
        p, q = [_place_en(o['position'], rng) for o in scene['objects']]
        words = rng.choice([f'{a} {p} and {b} {q}', f'{a} {p} and {b} {q}', f'{a} {p}, {b} {q}', f'{p} {a}, {q} {b}', f'{a} {p} with {b} {q}'])
    else:
        words = rng.choice([f'{a} and {b}', f'{a} and {b}', f'{a} with {b}', f'{a}, {b}', f'{a} next to {b}', f'{a} beside {b}'])
    if not background:
        return words
    on, color = _background_en(background, rng), _color_en(background, rng)
    return rng.choice([f'{words} {on}', f'{words} {on}', f'{words}, {color} background', f'{on}, {words}', f'{_article(color)} background with {words}', f'{color} background, {words}'])


SIDE_EN = {
    'left': ['on the left', 'at the left', 'on the left side'],
    'right': ['on the right', 'at the right', 'on the right side'],
    'centre': ['in the middle', 'in the centre', 'in the center'],
}


def _hills_en(s, rng):
    color = f"{_color_en(s['hills'], rng)} " if s['hills'] else ''
    noun = rng.choice(['hills', 'hills', 'rolling hills', 'hills'])
    the = rng.choice(['the sun', 'the sun', 'a sun', 'sun'])
    side = ' ' + rng.choice(SIDE_EN[s['sun']]) if s['sun'] else ''
    words = rng.choice([
        f'{the}{side} over {color}{noun}', f'{the} over {color}{noun}{side and ","+side}', f'{color}{noun} with {the}{side}',
        f'{the}{side} above {color}{noun}', f'{color}{noun} and {the}{side}', f'{the} shining{side} over {color}{noun}',
        f'{color}{noun} under {the}{side}', f'a landscape with {color}{noun} and {the}{side}',
    ])
    if s['sky']:
        words += rng.choice([f" under a {s['sky']} sky", f", {s['sky']} sky", f" and a {s['sky']} sky", f" with a {s['sky']} sky"]).replace('a orange', 'an orange')
    return words


def _sea_en(s, rng):
    sea = rng.choice(['sea', 'sea', 'ocean'])
    words = rng.choice([
        f'the {sea} at sunset', f'{sea} at sunset', f'sunset over the {sea}', f'a sunset over the {sea}', f'sunset at {sea}',
        f'the sun setting over the {sea}', f'{sea} sunset', f'a {sea} at sunset'.replace('a ocean', 'an ocean'),
    ])
    if s['boat']:
        boat = rng.choice(['a sailboat', 'a boat', 'a sailing boat', 'a small sailboat', 'a white sailboat'])
        words = rng.choice([f'{words} with {boat}', f'{boat} on the {sea} at sunset', f'{words} and {boat}', f'{boat}, {words}'])
    if s['sky']:
        words += rng.choice([f" with a {s['sky']} sky", f", {s['sky']} sky", f" under a {s['sky']} sky"]).replace('a orange', 'an orange')
    if s['sun']:
        words += rng.choice([', the sun ', ', sun ', ' with the sun ']) + rng.choice(SIDE_EN[s['sun']])
    return words


def _night_en(s, rng):
    moon = {'full': rng.choice(['a full moon', 'the full moon', 'a round moon']), 'crescent': rng.choice(['a crescent moon', 'the crescent moon', 'a crescent']), None: rng.choice(['a moon', 'the moon', 'moon'])}[s['moon']]
    side = ' ' + rng.choice(SIDE_EN[s['position']]) if s['position'] else ''
    if s['stars']:
        words = rng.choice([
            f'a night sky with {moon}{side} and stars', f'{moon} and stars{side and " in the night sky, moon"+side}', f'a starry night sky with {moon}{side}',
            f'a starry night with {moon}{side}', f'stars and {moon}{side} at night', f'night sky full of stars with {moon}{side}',
        ])
    else:
        words = rng.choice([
            f'a night sky with {moon}{side}', f'night sky with {moon}{side}', f'{moon}{side} in the night sky', f'{moon} at night{side}',
            f'the night sky and {moon}{side}', f'{moon}{side} in a dark sky',
        ])
    if s['ground']:
        words += rng.choice([' over mountains', ' above mountains', ', mountains below', ' and mountains', ' over the mountains'])
    return words


LONG_EN = [
    'minimalist', 'simple shapes', 'flat design', 'high quality', 'very detailed', 'soft light', 'clean lines',
    'beautiful colours', 'digital art', 'a calm mood', 'modern style', 'smooth edges', 'best quality', 'sharp focus',
    'masterpiece', 'studio light', 'for a poster', 'nothing else in the picture',
]
LONG_ZH = [
    '简约风格', '扁平设计', '高质量', '柔和的光线', '线条干净', '色彩漂亮', '数字艺术', '现代风格', '边缘平滑', '最佳质量',
    '细节丰富', '高清', '适合做海报', '画面干净',
]


def _style_en(words, rng):
    """Openers, fillers and letter case that people type; none of them changes the picture."""
    r = rng.random()
    if r < 0.18:
        words = rng.choice(['a picture of ', 'an image of ', 'a drawing of ', 'draw ', 'please draw ', 'show me ', 'there is ', 'a painting of ', 'illustration of ', 'generate ', 'I want ', 'make ', 'a photo of ']) + words
    elif r < 0.27:
        words += rng.choice([', minimalist', ', simple', ', flat design', ', illustration', ', high quality', ', clean', ', beautiful', ', vector art', ', please'])
    if rng.random() < 0.08:
        words += ', ' + ', '.join(rng.sample(LONG_EN, rng.randint(2, 5)))
    r = rng.random()
    if r < 0.35:
        words = words[0].upper() + words[1:]
    elif r < 0.38:
        words = words.upper()
    elif r < 0.41:
        words = words.title()
    return words + '.' if rng.random() < 0.25 else words + '!' if rng.random() < 0.02 else words


def _color_zh(color, rng):
    word = rng.choice(COLOR_ZH[color])
    return word + '色'


def _object_zh(o, rng):
    shape, word = rng.choice(SHAPE_ZH[o['shape']]), rng.choice(COLOR_ZH[o['color']])
    unit = rng.choice(['一颗', '一个', '一颗']) if o['shape'] in ('star', 'heart') else '一个'
    size = rng.choice(SIZE_ZH[o['size']]) if o['size'] else ''
    r = rng.random()
    if r < 0.45:
        words = f'{word}色的{size}{shape}'
    elif r < 0.7:
        words = f'{size}{word}色{shape}'
    elif r < 0.85:
        words = f'{word}色{size}{shape}'
    elif r < 0.95:
        words = f'{size}{"的" if size and not size.endswith("的") else ""}{word}色的{shape}'
    else:
        words = f'{size}{word}{shape}'
    return (unit if rng.random() < 0.7 else '') + words


def _background_zh(background, rng):
    color = _color_zh(background, rng)
    return rng.choice([f'{color}背景', f'{color}背景', f'{color}的背景', f'{color}底'])


def _join_background_zh(words, background, rng):
    """Chinese: put the background before or after a phrase that can stand after '有'."""
    back = _background_zh(background, rng)
    return rng.choice([
        f'{back}上有{words}', f'{back}上的{words}', f'在{back}上有{words}', f'{words}，{back}', f'{back}，{words}',
        f'{words}在{back}上', f'{back}下的{words}', f'{words}，背景是{_color_zh(background, rng)}' + rng.choice(['', '的']),
    ])


def _one_zh(scene, rng):
    o, background = scene['objects'][0], scene['background']
    thing = _object_zh(o, rng)
    if not o['position']:
        return _join_background_zh(thing, background, rng) if background else thing
    place = rng.choice(PLACE_ZH[o['position']])
    if background and rng.random() < 0.4:
        back = _background_zh(background, rng)
        return rng.choice([f'{back}的{place}有{thing}', f'{back}上，{place}有{thing}', f'{back}，{place}有{thing}', f'{back}，画面{place}有{thing}', f'{place}有{thing}，{back}', f'{thing}在{back}的{place}'])
    words = rng.choice([f'{place}有{thing}', f'{place}的{thing}', f'{thing}在{place}', f'{thing}，{place}', f'{place}，{thing}', f'画面{place}有{thing}', f'在{place}有{thing}', f'{thing}位于{place}'])
    if not background:
        return words
    back = _background_zh(background, rng)
    return rng.choice([f'{words}，{back}', f'{back}，{words}', f'{words}，背景是{_color_zh(background, rng)}'])


RELATION_ZH = {'left': ['左边', '左侧', '左面'], 'right': ['右边', '右侧', '右面'], 'above': ['上方', '上面', '上边'], 'below': ['下方', '下面', '下边']}


def _two_zh(scene, rng):
    a, b = [_object_zh(o, rng) for o in scene['objects']]
    relation, background = scene['relation'], scene['background']
    if relation:
        there, back = rng.choice(RELATION_ZH[relation]), rng.choice(RELATION_ZH[OPPOSITE[relation]])
        words = rng.choice([f'{a}在{b}的{there}', f'{a}在{b}{there}', f'{b}的{there}有{a}', f'{there}是{a}，{back}是{b}', f'{there}有{a}，{back}有{b}', f'{a}在{there}，{b}在{back}'])
    elif scene['objects'][0]['position']:
        p, q = [rng.choice(PLACE_ZH[o['position']]) for o in scene['objects']]
        words = rng.choice([f'{p}有{a}，{q}有{b}', f'{p}是{a}，{q}是{b}', f'{a}在{p}，{b}在{q}', f'{p}的{a}和{q}的{b}', f'{p}{a}，{q}{b}'])
    else:
        words = rng.choice([f'{a}和{b}', f'{a}和{b}', f'{a}与{b}', f'{a}，{b}', f'有{a}和{b}'])
    if not background:
        return words
    back = _background_zh(background, rng)
    return rng.choice([f'{words}，{back}', f'{back}，{words}', f'{back}上，{words}', f'{words}，背景是{_color_zh(background, rng)}'] + ([] if relation or scene['objects'][0]['position'] else [f'{back}上有{a}和{b}']))


SIDE_ZH = {'left': ['左边', '左侧'], 'right': ['右边', '右侧'], 'centre': ['中间', '中央']}


def _hills_zh(s, rng):
    color = _color_zh(s['hills'], rng) + rng.choice(['的', '']) if s['hills'] else ''
    noun = color + rng.choice(['山丘', '山坡', '小山', '山丘'])
    sun = rng.choice(['太阳', '太阳', '一轮太阳'])
    side = rng.choice(SIDE_ZH[s['sun']]) if s['sun'] else ''
    words = rng.choice([f'太阳在{noun}上方', f'{noun}上的{sun}', f'{noun}和{sun}', f'{noun}上方有{sun}', f'{sun}照在{noun}上', f'{sun}升起在{noun}上', f'阳光下的{noun}'])
    if side:
        words = rng.choice([f'{words}，太阳在{side}', f'{noun}，{side}有{sun}', f'{side}的{sun}和{noun}'])
    if s['sky']:
        words = rng.choice([f"{words}，{_color_zh(s['sky'], rng)}的天空", f"{_color_zh(s['sky'], rng)}天空下，{words}", f"{words}，天空是{_color_zh(s['sky'], rng)}的"])
    return words


def _sea_zh(s, rng):
    words = rng.choice(['日落时的大海', '海上日落', '大海日落', '夕阳下的大海', '海边日落', '大海上的夕阳', '日落的海面', '日落时的海'])
    if s['boat']:
        boat = rng.choice(['一艘帆船', '一条小船', '一艘小船', '帆船', '一艘白色的帆船'])
        words = rng.choice([f'{words}，有{boat}', f'{words}和{boat}', f'{words}上有{boat}', f'{boat}，{words}'])
    if s['sky']:
        words += rng.choice([f"，{_color_zh(s['sky'], rng)}的天空", f"，天空是{_color_zh(s['sky'], rng)}的"])
    if s['sun']:
        words += f"，太阳在{rng.choice(SIDE_ZH[s['sun']])}"
    return words


def _night_zh(s, rng):
    moon = {'full': rng.choice(['满月', '一轮满月', '圆圆的月亮', '圆月']), 'crescent': rng.choice(['弯月', '一弯新月', '弯弯的月亮', '月牙']), None: rng.choice(['月亮', '一轮月亮', '月亮'])}[s['moon']]
    if s['stars']:
        words = rng.choice([f'夜空中有{moon}和星星', f'星空和{moon}', f'{moon}和星星', f'有{moon}的星空', f'布满星星的夜空，有{moon}', f'繁星和{moon}'])
    else:
        words = rng.choice([f'有{moon}的夜空', f'夜空中有{moon}', f'夜空中的{moon}', f'夜晚的{moon}', f'{moon}挂在夜空中', f'夜空，{moon}'])
    if s['position']:
        words += rng.choice(['，月亮在', '，在']) + rng.choice(SIDE_ZH[s['position']])
    if s['ground']:
        words = rng.choice([f'{words}，下面是山', f'群山上，{words}', f'{words}和群山', f'{words}，有山'])
    return words


def _style_zh(words, rng):
    r = rng.random()
    if r < 0.15:
        words = rng.choice(['一幅画：', '画', '请画', '一张图片：', '画一幅画：', '生成', '我想要', '图中有', '画面中有']) + words
    elif r < 0.22:
        words += rng.choice(['，简约', '，简单', '，高清', '，插画', '，扁平风格', '，漂亮'])
    if rng.random() < 0.08:
        words += '，' + '，'.join(rng.sample(LONG_ZH, rng.randint(2, 5)))
    if rng.random() < 0.15:
        words = words.replace('，', ',')
    return words + '。' if rng.random() < 0.25 else words


EN = {'hills': _hills_en, 'sea': _sea_en, 'night': _night_en}
ZH = {'hills': _hills_zh, 'sea': _sea_zh, 'night': _night_zh}


def caption(scene, lang, rng):
    """One random wording of `scene` in 'en' or 'zh'."""
    if scene['kind'] == 'shapes':
        one = len(scene['objects']) == 1
        make = (_one_en if one else _two_en) if lang == 'en' else (_one_zh if one else _two_zh)
    else:
        make = (EN if lang == 'en' else ZH)[scene['kind']]
    return (_style_en if lang == 'en' else _style_zh)(make(scene, rng), rng)
