import { expect, it } from 'vitest';
import type { TakeTurn } from '../../../src/families/parts/turn.ts';
import { fullSizeModel } from '../../fixtures/full-size-model.ts';

it('reads a prompt once, and refines it again only with other adapters that change the caption', async () => {
	const model = fullSizeModel();
	const { longest } = model.installed.model.prompts;
	const taken: string[] = [];
	const take: TakeTurn = async (turn) => {
		taken.push(turn.name);
		// Never looked into: a feature vector stands for a prompt that was read, {} for a refined one.
		const result: unknown = turn.name === 'refine' ? [{}] : [new Float32Array(8)];
		return result as Awaited<ReturnType<typeof turn.run>>;
	};
	for (const adapters of ['', '', 'a:1', 'a:0.5', 'a:1']) {
		await model.encode([longest], take, adapters);
	}
	expect(taken).toEqual(['text_encoder', 'refine', 'refine', 'refine']);
});
