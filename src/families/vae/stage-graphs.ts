import type {
	ComputedNode,
	ConvInput,
	Dimension,
	Graph,
	GroupNorm,
	Tensor,
} from '../../graph/graph.ts';
import { GraphBuilder } from '../../graph/graph-builder.ts';
import type { BlockKind } from '../parts/block.ts';

/** In the reference code, not in the config. */
const GROUP_NORM_EPSILON = 1e-6;

/** What an upsampler's convolution reads. */
const DOUBLED: ConvInput = { type: 'doubled' };

/** How a kind of block computes; `kind` encodes the same, so equal kinds are equal recipes. */
export type StageRecipe =
	| { readonly type: 'conv'; readonly in: number; readonly out: number; readonly kernel: 1 | 3 }
	| { readonly type: 'conv_out'; readonly in: number; readonly out: number }
	| { readonly type: 'resnet'; readonly in: number; readonly out: number }
	| { readonly type: 'attention'; readonly channels: number }
	| { readonly type: 'upsample'; readonly channels: number }
	/** A resnet of what an upsampler makes, which is larger than any other value and need not exist whole. */
	| { readonly type: 'upsampled_resnet'; readonly in: number; readonly out: number };

/** The graph of a kind of block. */
export function stageGraph(kind: BlockKind, recipe: StageRecipe, normGroups: number): Graph {
	const g = new GraphBuilder(kind);
	const inChannels = 'in' in recipe ? recipe.in : recipe.channels;
	const x = g.input('x', [1, inChannels, 'height', 'width']);
	const publish = (y: ComputedNode, channels: number, spatial: readonly [Dimension, Dimension]) => {
		g.output('y', y, [1, channels, ...spatial]);
		return g.build();
	};
	const sameSize = ['height', 'width'] as const;
	const doubleSize = ['height2', 'width2'] as const;
	switch (recipe.type) {
		case 'conv':
			return publish(g.conv(x, '', recipe.out, recipe.kernel), recipe.out, sameSize);
		case 'conv_out': {
			const norm = groupNorm(g, 'conv_norm_out', recipe.in, normGroups);
			const y = g.conv(x, 'conv_out.', recipe.out, 3, { type: 'normalised', norm });
			return publish(y, recipe.out, sameSize);
		}
		case 'resnet':
			return publish(resnet(g, x, recipe, normGroups), recipe.out, sameSize);
		case 'upsampled_resnet': {
			const u = g.conv(x, 'conv.', recipe.in, 3, DOUBLED);
			return publish(resnet(g, u, recipe, normGroups), recipe.out, doubleSize);
		}
		case 'attention': {
			const y = spatialAttention(g, x, recipe.channels, normGroups);
			return publish(y, recipe.channels, sameSize);
		}
		case 'upsample': {
			const y = g.conv(x, 'conv.', recipe.channels, 3, DOUBLED);
			return publish(y, recipe.channels, doubleSize);
		}
	}
}

/** x: [1, in, height, width], result [1, out, height, width]. */
function resnet(
	g: GraphBuilder,
	x: Tensor,
	channels: { readonly in: number; readonly out: number },
	normGroups: number,
): ComputedNode {
	const normalised = (name: string, count: number): ConvInput => ({
		type: 'normalised',
		norm: groupNorm(g, name, count, normGroups),
	});
	const c1 = g.conv(x, 'conv1.', channels.out, 3, normalised('norm1', channels.in));
	const c2 = g.conv(c1, 'conv2.', channels.out, 3, normalised('norm2', channels.out));
	const skip = channels.in === channels.out ? x : g.conv(x, 'conv_shortcut.', channels.out, 1);
	return g.add(skip, c2);
}

function groupNorm(g: GraphBuilder, name: string, channels: number, groups: number): GroupNorm {
	return g.groupNorm(name, channels, groups, GROUP_NORM_EPSILON);
}

/** One head over all pixels, with its residual. x: [1, channels, height, width]. Source: docs/spec/z-image-turbo.md 5. */
function spatialAttention(
	g: GraphBuilder,
	x: Tensor,
	channels: number,
	groups: number,
): ComputedNode {
	const pixels = g.pixels(x, groupNorm(g, 'group_norm', channels, groups));
	const project = (value: Tensor, name: string) => g.biasedLinear(value, name, channels);
	const [q, k, v] = [project(pixels, 'to_q'), project(pixels, 'to_k'), project(pixels, 'to_v')];
	const shape = { heads: 1, keyValueHeads: 1, headDim: channels };
	const mixed = project(g.attention([q, k, v], shape), 'to_out.0');
	return g.add(x, g.image(mixed, x));
}
