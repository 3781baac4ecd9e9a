import { describe, expect, test } from 'vitest';
import { EngineChoice } from '../../../../src/app/machine/engine-choice.svelte.ts';
import { engineOfAddress } from '../../../../src/engine/block-engine-names.ts';
import { memoryStorage } from '../scripted-engine.ts';

describe('which engine draws', () => {
	test('our own kernels, until another is chosen, which is remembered', () => {
		const storage = memoryStorage();
		const choice = new EngineChoice(storage, undefined);
		expect(choice.name).toBe('fused');
		choice.choose('ort');
		expect(choice.name).toBe('ort');
		expect(new EngineChoice(storage, undefined).name).toBe('ort');
	});

	test('what the address asks for wins, and is forgotten with the visit', () => {
		const storage = memoryStorage();
		new EngineChoice(storage, undefined).choose('ort');
		const visit = new EngineChoice(storage, 'fused');
		expect(visit.name).toBe('fused');
		visit.choose('fused');
		expect(new EngineChoice(storage, undefined).name).toBe('ort');
	});

	test('an engine that only another version knew is not looked for', () => {
		const storage = memoryStorage();
		storage.write('shardlight.engine', 'abacus');
		expect(new EngineChoice(storage, undefined).name).toBe('fused');
	});

	test.each([
		['?engine=ort', 'ort'],
		['?a=1&engine=fused', 'fused'],
		['?engine=ORT', undefined],
		['?engine=', undefined],
		['', undefined],
	])('the address %j asks for %s', (search, engine) => {
		expect(engineOfAddress(search)).toBe(engine);
	});
});
