import { ConfigError } from './errors.ts';
import type { ModelFamily } from './family.ts';
import type { Model, ModelSettings } from './model.ts';
import type { Component } from './parts/block.ts';
import type { ModelConfigs } from './parts/model-configs.ts';
import { shardLayout, type ShardTensor, TENSOR_ALIGNMENT_BYTES } from './parts/shard-layout.ts';

/** What a manifest says of a model, as far as its family knows better. */
export interface DeclaredModel extends ModelSettings {
	readonly configs: ModelConfigs;
	readonly components: Readonly<Record<string, { readonly shards: readonly DeclaredShard[] }>>;
	readonly tokenizers: Readonly<Record<string, unknown>>;
	readonly preview?: { readonly matrix: readonly unknown[] };
}

interface DeclaredShard {
	readonly block: string;
	readonly byteLength: number;
	readonly tensors: readonly ShardTensor[];
}

/**
 * Builds a model and holds everything that its manifest says against it: parts, blocks, tensors, bytes, sizes, steps. So
 * what is installed can be drawn with.
 *
 * @throws ConfigError
 */
export function checkModel(family: ModelFamily, declared: DeclaredModel): Model {
	const { configs, components, tokenizers, sizes, defaultSteps, preview } = declared;
	const model = family.build(configs);
	family.assertConnected(configs);
	sameNames('tokenizers', family.tokenizers, Object.keys(tokenizers));
	sameNames(
		'components',
		model.components.map(({ id }) => id),
		Object.keys(components),
	);
	for (const component of model.components) checkShards(component, components[component.id].shards);
	const { sizeMultiple, largestSide, steps } = model.can(declared);
	for (const { width, height } of sizes) {
		for (const side of [width, height]) {
			if (side % sizeMultiple === 0 && side <= largestSide) continue;
			const detail = `it draws multiples of ${sizeMultiple} up to ${largestSide}`;
			throw misfit(`sizes: ${width} × ${height} is none of its sizes; ${detail}.`);
		}
	}
	if (defaultSteps < steps.least || defaultSteps > steps.most) {
		throw misfit(`defaultSteps is ${defaultSteps}, not ${steps.least} to ${steps.most}.`);
	}
	if (preview !== undefined && preview.matrix.length !== model.latent.channels) {
		throw misfit(`preview.matrix has ${preview.matrix.length} rows, not ${model.latent.channels}.`);
	}
	return model;
}

function checkShards({ id, blocks }: Component, shards: readonly DeclaredShard[]): void {
	const declared = new Map(shards.map((shard) => [shard.block, shard]));
	if (shards.length !== blocks.length || declared.size !== blocks.length) {
		throw misfit(`${id} has ${shards.length} shards for its ${blocks.length} blocks.`);
	}
	for (const block of blocks) {
		const shard = declared.get(block.id);
		if (shard === undefined) throw misfit(`${id} has no shard for its block ${block.id}.`);
		const layout = shardLayout(block);
		const where = `${id}/${block.id}`;
		if (shard.byteLength !== layout.byteLength) {
			throw misfit(`${where} has ${shard.byteLength} bytes, not ${layout.byteLength}.`);
		}
		checkTensors(where, layout.tensors, shard.tensors);
	}
}

function checkTensors(
	where: string,
	expected: readonly ShardTensor[],
	declared: readonly ShardTensor[],
): void {
	const found = new Map(declared.map((tensor) => [tensor.name, tensor]));
	if (declared.length !== expected.length || found.size !== expected.length) {
		throw misfit(`${where} has ${declared.length} tensors, not ${expected.length}.`);
	}
	for (const { name, shape, byteLength } of expected) {
		const tensor = found.get(name);
		if (tensor === undefined) throw misfit(`${where} has no ${name}.`);
		if (tensor.shape.join() !== shape.join() || tensor.byteLength !== byteLength) {
			throw misfit(`${where}: ${name} should have the shape [${shape.join(', ')}].`);
		}
		if (tensor.byteOffset % TENSOR_ALIGNMENT_BYTES !== 0) {
			throw misfit(`${where}: ${name} does not begin at a multiple of ${TENSOR_ALIGNMENT_BYTES}.`);
		}
	}
	let end = 0;
	for (const tensor of [...declared].sort((a, b) => a.byteOffset - b.byteOffset)) {
		if (tensor.byteOffset < end) throw misfit(`${where}: ${tensor.name} lies over another tensor.`);
		end = tensor.byteOffset + tensor.byteLength;
	}
}

function sameNames(what: string, expected: readonly string[], given: readonly string[]): void {
	if ([...expected].sort().join() === [...given].sort().join()) return;
	throw misfit(`${what} are ${given.join(', ')}, not ${expected.join(', ')}.`);
}

function misfit(detail: string): ConfigError {
	return new ConfigError({ problem: 'misfit', file: 'manifest.json', detail });
}
