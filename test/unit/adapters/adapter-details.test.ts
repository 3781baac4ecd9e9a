import { expect, test } from 'vitest';
import { adapterDetails } from '../../../src/adapters/adapter-details.ts';
import { adapterNotes } from '../../../src/adapters/adapter-notes.ts';
import { matchAdapter } from '../../../src/adapters/match-adapter.ts';
import { FULL_SIZE_TABLE, headerOf } from '../../fixtures/golden-adapters.ts';

const details = (metadata: Record<string, string>) =>
	adapterDetails(new Map(Object.entries(metadata)));

test('the title is the first that a trainer wrote', () => {
	expect(details({ name: 'c', ss_output_name: 'b', 'modelspec.title': 'a' }).title).toBe('a');
	expect(details({ name: 'c', ss_output_name: ' ' }).title).toBe('c');
	expect(details({})).toEqual({ triggerWords: [] });
});

test('trigger words are the phrase, then the most frequent tags of all folders', () => {
	const { triggerWords } = details({
		'modelspec.trigger_phrase': 'lghthse',
		ss_tag_frequency: '{"10_a":{"tower":2,"sea":9,"lghthse":20},"5_b":{"tower":8,"x":"many"}}',
	});
	expect(triggerWords).toEqual(['lghthse', 'tower', 'sea']);
});

test.each(['{', '[1]', '"text"', '{"a":null,"b":{"":1}}'])(
	'tags that are no table of tags, such as %s, are none',
	(json) => expect(details({ ss_tag_frequency: json }).triggerWords).toEqual([]),
);

test('a thumbnail is shown if it is a small picture and nothing else', () => {
	const thumbnail = (value: string) => details({ 'modelspec.thumbnail': value }).thumbnail;
	expect(thumbnail('data:image/jpeg;base64,/9j/4AA=')).toBe('data:image/jpeg;base64,/9j/4AA=');
	expect(thumbnail('data:image/svg+xml;base64,PHN2Zz4=')).toBeUndefined();
	expect(thumbnail('https://example.test/x.jpg')).toBeUndefined();
	expect(thumbnail(`data:image/png;base64,${'A'.repeat(2 ** 20)}`)).toBeUndefined();
});

test("a hash of the trainer's is an alias, but not the one of nothing", () => {
	const alias = (value: string) => details({ sshs_model_hash: value }).alias;
	expect(alias(`0x${'AB'.repeat(32)}`)).toBe('abababababab');
	expect(alias('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')).toBeUndefined();
	expect(alias('none')).toBeUndefined();
});

test('marks that turn text around are not shown', () => {
	expect(details({ name: 'a\u202Eb\nc' }).title).toBe('a b c');
});

test('notes say what may surprise', () => {
	const q = 'base_model.model.layers.0.attention.to_q';
	const tensors = { [`${q}.lora_A.weight`]: [4, 3840], [`${q}.lora_B.weight`]: [3840, 4] };
	const header = headerOf(tensors, { metadata: { 'modelspec.architecture': 'Z-Image-Base/lora' } });
	const adapter = matchAdapter(header, FULL_SIZE_TABLE);
	const isB = ({ name }: { name: string }) => name.endsWith('lora_B.weight');
	expect(adapterNotes(header, adapter, 'zimage_turbo_training_adapter_v2', isB)).toEqual([
		'changes-nothing',
		'scale-unknown',
		'base-model',
		'training',
	]);
	const plain = headerOf({ ...tensors, [`${q}.alpha`]: [] });
	expect(adapterNotes(plain, adapter, 'boats', () => false)).toEqual([]);
});
