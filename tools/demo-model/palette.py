"""Colours, as 0..255 RGB. A person should name each without doubt."""

OBJECT = {
    'red': (222, 45, 48), 'orange': (245, 130, 32), 'yellow': (250, 204, 30), 'green': (38, 160, 80),
    'blue': (38, 95, 220), 'purple': (128, 62, 200), 'pink': (242, 110, 170), 'brown': (126, 78, 44),
    'black': (32, 34, 40), 'white': (252, 252, 250),
}
BACKGROUND = {
    'white': (246, 244, 239), 'gray': (168, 174, 184), 'black': (38, 40, 48), 'red': (196, 62, 60),
    'orange': (246, 172, 102), 'yellow': (250, 226, 140), 'green': (128, 194, 140), 'blue': (120, 176, 238),
    'purple': (174, 150, 224), 'pink': (248, 190, 212),
}
# Where the caption names no background: light neutrals, and darker ones when an object is white.
NEUTRAL = [(246, 244, 239), (232, 236, 241), (241, 231, 214)]
NEUTRAL_DARK = [(92, 108, 130), (112, 104, 98)]

HILLS = {
    'green': (96, 176, 92), 'yellow': (232, 196, 80), 'blue': (82, 132, 204), 'purple': (142, 106, 196),
    'orange': (234, 142, 70),
}
# (top, bottom, sun)
HILL_SKY = {
    'blue': ((126, 190, 244), (214, 236, 250), (255, 214, 70)),
    'pink': ((240, 140, 178), (252, 214, 216), (255, 240, 150)),
    'orange': ((245, 146, 76), (254, 214, 160), (255, 246, 180)),
}
# (top, horizon)
SEA_SKY = {
    'orange': ((232, 104, 58), (255, 200, 110)),
    'pink': ((206, 88, 150), (255, 184, 176)),
    'purple': ((82, 58, 148), (218, 140, 196)),
}
SEA_SUN, SEA_DEEP, SAIL, HULL = (255, 240, 176), (30, 58, 112), (252, 248, 240), (110, 52, 40)
NIGHT_TOP, NIGHT_BOTTOM, MOON, STAR = (14, 20, 56), (54, 68, 128), (250, 242, 206), (240, 242, 252)
MOUNTAIN_FAR, MOUNTAIN_NEAR = (40, 46, 92), (22, 26, 54)
