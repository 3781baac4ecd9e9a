import { afterAll, beforeAll, expect, it } from 'vitest';
import { syntheticAdapter } from '../../../lab/bench/synthetic-adapter.ts';
import type { AdapterInUse, AdapterModule, TensorChange } from '../../../src/adapters/adapter.ts';
import { openBlockEngine } from '../../../src/engine/open-block-engine.ts';
import type { Block } from '../../../src/families/parts/block.ts';
import { parseZImageConfig } from '../../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../../src/families/z-image/transformer.ts';
import type { BlockEngine } from '../../../src/gpu/block-engine.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { pictureAdapters } from '../../../src/pipeline/adapters/adapter-set.ts';
import { relativeL2 } from '../../fixtures/relative-l2.ts';
import { runBlock } from '../run-block.ts';

const TOKENS = 37;
const ATTENTION = 'layers.0.attention';
/** Made-up factors change little by themselves. */
const STRONG = 30;

const TRANSFORMER = new ZImageTransformer(
	parseZImageConfig({
		...{ dim: 192, n_heads: 3, n_layers: 1, n_refiner_layers: 1, cap_feat_dim: 40 },
		...{ axes_dims: [16, 24, 24], axes_lens: [1536, 512, 512] },
	}),
);

function layer(): Block {
	const found = TRANSFORMER.blocks.find(({ id }) => id === 'layers.0');
	if (found === undefined) throw new Error('no block layers.0');
	return found;
}

let context: GpuContext;
let fused: BlockEngine;
beforeAll(async () => {
	context = await GpuContext.open();
	fused = await openBlockEngine('fused', context, {
		onFallback: (graph, reason) => {
			throw new Error(`${graph} fell back: ${reason}`);
		},
	});
});
afterAll(() => context[Symbol.dispose]());

function drawn(uses: readonly AdapterInUse[]): Promise<Float32Array> {
	return runBlock(context, fused, TRANSFORMER, layer(), TOKENS, pictureAdapters(uses));
}

const adapter = (seed: number, strength = 1): AdapterInUse => ({
	...syntheticAdapter(TRANSFORMER, { rank: 5, seed }),
	strength,
});

/** The same numbers under another name. */
const twin = (use: AdapterInUse): AdapterInUse => ({ ...use, hash: `twin of ${use.hash}` });

it('adapters change what a block computes, and strength 0 leaves every bit of it', async () => {
	const plain = await drawn([]);
	expect(relativeL2(await drawn([adapter(0, STRONG)]), plain)).toBeGreaterThan(1e-3);
	expect(await drawn([adapter(0, 0)])).toEqual(plain);
	expect(await drawn([adapter(0, 0.7), adapter(0, -0.7)])).toEqual(plain);
});

it('a pair of the same numbers at s and -s cancels', async () => {
	const pair = [adapter(0, 2), twin(adapter(0, -2))];
	expect(relativeL2(await drawn(pair), await drawn([]))).toBeLessThan(1e-6);
});

it('the order of adapters makes no difference', async () => {
	const uses = [adapter(0, STRONG), adapter(1, -STRONG), adapter(2)];
	expect(await drawn(uses.toReversed())).toEqual(await drawn(uses));
});

it('one change in fused form and in three parts comes out alike', async () => {
	const { fusedForm, parts } = bothForms();
	const [one, three] = [await drawn([fusedForm]), await drawn([parts])];
	expect(relativeL2(one, await drawn([]))).toBeGreaterThan(1e-3);
	expect(relativeL2(one, three)).toBeLessThan(1e-6);
});

/** A change of q, k and v: a module of all three, and three modules over the same numbers. */
function bothForms(): { readonly fusedForm: AdapterInUse; readonly parts: AdapterInUse } {
	const { dim } = TRANSFORMER.config;
	const use = syntheticAdapter(TRANSFORMER, { rank: 4, seed: 3 });
	const bytes = (rows: number, columns: number): number => 2 * rows * columns;
	const names = ['to_q', 'to_k', 'to_v'].map((name) => `${ATTENTION}.${name}.weight`);
	const a = {
		name: 'A',
		type: 'BF16',
		shape: [4, dim],
		byteOffset: 0,
		byteLength: bytes(4, dim),
	} as const;
	const b = { ...a, name: 'B', byteOffset: a.byteLength };
	const whole: AdapterModule = {
		...{ name: `${ATTENTION}.qkv`, rows: 3 * dim, columns: dim },
		change: {
			...{ kind: 'low-rank', scale: 1, a },
			b: { ...b, shape: [3 * dim, 4], byteLength: bytes(3 * dim, 4) },
		},
		targets: names.map((tensor, part) => ({ tensor, firstRow: part * dim, rows: dim })),
	};
	const modules = names.map((name, part): AdapterModule => {
		const byteOffset = b.byteOffset + bytes(part * dim, 4);
		return {
			...{ name, rows: dim, columns: dim },
			change: {
				...{ kind: 'low-rank', scale: 1, a },
				b: { ...b, shape: [dim, 4], byteOffset, byteLength: bytes(dim, 4) },
			},
			targets: [{ tensor: name, firstRow: 0, rows: dim }],
		};
	});
	// The made-up bytes go by where a read begins: both forms must read the same file.
	const file = new Uint8Array(b.byteOffset + bytes(3 * dim, 4));
	new Uint16Array(file.buffer).forEach(
		(_, at, values) => (values[at] = 0x3c00 | ((at * 40503) & 0x807f)),
	);
	const form = (hash: string, of: readonly AdapterModule[]): AdapterInUse => ({
		...use,
		hash,
		strength: STRONG,
		adapter: { ...use.adapter, modules: of, changes: changesOf(of) },
		reader: {
			read: async (byteOffset, into) =>
				into.set(file.subarray(byteOffset, byteOffset + into.byteLength)),
		},
	});
	return { fusedForm: form('fused', [whole]), parts: form('parts', modules) };
}

function changesOf(
	modules: readonly AdapterModule[],
): ReadonlyMap<string, readonly TensorChange[]> {
	return new Map(
		modules.flatMap((module) =>
			module.targets.map((target) => [target.tensor, [{ ...target, module }]] as const),
		),
	);
}
