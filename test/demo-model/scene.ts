/**
 * What a caption of the demo model asks for, and the colours its pictures are drawn in: the same as
 * tools/demo-model/scenes.py and palette.py.
 */

export type Shape = 'circle' | 'square' | 'triangle' | 'star' | 'heart' | 'diamond' | 'cross';
export type Position =
	| 'top left'
	| 'top'
	| 'top right'
	| 'left'
	| 'centre'
	| 'right'
	| 'bottom left'
	| 'bottom'
	| 'bottom right';
export type Side = 'left' | 'centre' | 'right';
export type Relation = 'left' | 'right' | 'above' | 'below';

/** One wanted object; null is what the caption leaves open. */
export interface SceneObject {
	shape: Shape;
	color: string;
	size: 'small' | 'large' | null;
	position: Position | null;
}

export interface ShapesScene {
	kind: 'shapes';
	objects: SceneObject[];
	/** Where the first object is, seen from the second. */
	relation: Relation | null;
	background: string | null;
}

export interface HillsScene {
	kind: 'hills';
	hills: string | null;
	sun: Side | null;
	sky: string | null;
}

export interface SeaScene {
	kind: 'sea';
	sky: string | null;
	sun: Side | null;
	boat: true | null;
}

export interface NightScene {
	kind: 'night';
	moon: 'full' | 'crescent' | null;
	position: Side | null;
	stars: true | null;
	ground: 'mountains' | null;
}

export type Scene = ShapesScene | HillsScene | SeaScene | NightScene;

/** One line of test/fixtures/demo-model/heldout.json. */
export interface HeldoutCase {
	prompt: string;
	lang: 'en' | 'zh';
	seed: number;
	scene: Scene;
}

export type Rgb = readonly [number, number, number];
export type Palette = Readonly<Record<string, Rgb>>;

export const SHAPES: readonly Shape[] = [
	'circle',
	'square',
	'triangle',
	'star',
	'heart',
	'diamond',
	'cross',
];

export const POSITIONS: readonly Position[] = [
	'top left',
	'top',
	'top right',
	'left',
	'centre',
	'right',
	'bottom left',
	'bottom',
	'bottom right',
];

export const OBJECT_COLORS: Palette = {
	red: [222, 45, 48],
	orange: [245, 130, 32],
	yellow: [250, 204, 30],
	green: [38, 160, 80],
	blue: [38, 95, 220],
	purple: [128, 62, 200],
	pink: [242, 110, 170],
	brown: [126, 78, 44],
	black: [32, 34, 40],
	white: [252, 252, 250],
};

export const BACKGROUND_COLORS: Palette = {
	white: [246, 244, 239],
	gray: [168, 174, 184],
	black: [38, 40, 48],
	red: [196, 62, 60],
	orange: [246, 172, 102],
	yellow: [250, 226, 140],
	green: [128, 194, 140],
	blue: [120, 176, 238],
	purple: [174, 150, 224],
	pink: [248, 190, 212],
};

/** The hills as they look at the foot of the picture: in shade. */
export const HILL_COLORS: Palette = {
	green: [75, 137, 72],
	yellow: [181, 153, 62],
	blue: [64, 103, 159],
	purple: [111, 83, 153],
	orange: [183, 111, 55],
};
export const HILL_SKIES: Palette = {
	blue: [126, 190, 244],
	pink: [240, 140, 178],
	orange: [245, 146, 76],
};
export const HILL_SUNS: Palette = {
	blue: [255, 214, 70],
	pink: [255, 240, 150],
	orange: [255, 246, 180],
};
export const SEA_SKIES: Palette = {
	orange: [232, 104, 58],
	pink: [206, 88, 150],
	purple: [82, 58, 148],
};
export const SEA_HORIZONS: Palette = {
	orange: [255, 200, 110],
	pink: [255, 184, 176],
	purple: [218, 140, 196],
};
export const SEA_SUN: Rgb = [255, 240, 176];
export const SEA_DEEP: Rgb = [30, 58, 112];
export const HULL: Rgb = [110, 52, 40];
export const MOON: Rgb = [250, 242, 206];
export const NIGHT_SKY: Rgb = [14, 20, 56];
export const NIGHT_LOW: Rgb = [54, 68, 128];
export const MOUNTAIN: Rgb = [22, 26, 54];
