import { beforeEach, expect, test } from 'vitest';
import { AdapterError } from '../../../../src/adapters/errors.ts';
import { AdapterLibrary, titleOf } from '../../../../src/app/adapters/adapter-library.svelte.ts';
import { adapterRecord, ScriptedAdapters } from '../scripted-adapters.ts';

let port: ScriptedAdapters;
let library: AdapterLibrary;

beforeEach(() => {
	port = new ScriptedAdapters();
	library = new AdapterLibrary(port, async () => true);
});

const url = (name: string) => ({ type: 'url' as const, url: `https://a.test/${name}.safetensors` });
const refused = new AdapterError({ problem: 'other-model', made: 'Stable Diffusion XL' });

test('files are added one after another, and one that is refused keeps no other out', async () => {
	const names: string[] = [];
	port.outcome = (source) => {
		names.push(library.work?.file ?? '');
		if (source.type === 'url' && source.url.includes('sdxl')) throw refused;
		return adapterRecord({ hash: String(names.length) });
	};
	await library.add([url('a'), url('sdxl'), url('b')]);
	expect(names).toEqual(['a.safetensors', 'sdxl.safetensors', 'b.safetensors']);
	expect(library.added).toBe(2);
	expect(library.failed).toMatchObject([
		{ file: 'sdxl.safetensors', failure: { code: 'adapter' } },
	]);
	expect(library.records).toHaveLength(2);
	expect(library.work).toBeUndefined();
});

test('says how much of all files is stored', async () => {
	let fraction: number | undefined;
	port.outcome = () => {
		port.onProgress({ bytesDone: 50, bytesTotal: 100 });
		fraction = library.work?.fraction;
		return adapterRecord();
	};
	await library.add([url('a'), url('b')]);
	expect(fraction).toBe(0.75);
});

test('stopping leaves out what is not there yet, and is no failure', async () => {
	port.outcome = () => {
		library.stop();
		return adapterRecord();
	};
	await library.add([url('a'), url('b')]);
	expect(port.installed).toHaveLength(1);
	expect(library.failed).toEqual([]);
	expect(library.added).toBeUndefined();
});

test('is searched by name, title, base model and trigger words, several words at once', async () => {
	port.rows = [
		adapterRecord({ hash: '1', name: 'a_v2', title: 'Old Boats', triggerWords: ['harbour'] }),
		adapterRecord({ hash: '2', name: 'boats', baseModel: 'z_image' }),
	];
	await library.refresh();
	const found = (query: string) => {
		library.query = query;
		return library.found.map(({ hash }) => hash);
	};
	expect(found('')).toEqual(['1', '2']);
	expect(found('BOATS')).toEqual(['1', '2']);
	expect(found(' boats  harb ')).toEqual(['1']);
	expect(found('z_image')).toEqual(['2']);
	expect(found('trains')).toEqual([]);
});

test('several hundred are searched without asking the worker again', async () => {
	port.rows = Array.from({ length: 500 }, (_, at) => adapterRecord({ hash: `${at}` }));
	await library.refresh();
	let asked = 0;
	port.records = async () => {
		asked += 1;
		return port.rows;
	};
	library.query = 'boats';
	expect(library.found).toHaveLength(500);
	expect(asked).toBe(0);
});

test('is renamed and deleted; an empty name changes nothing', async () => {
	port.rows = [adapterRecord({ hash: '1' })];
	await library.rename('1', ' New ');
	await library.rename('1', '  ');
	expect(library.records.map(titleOf)).toEqual(['New']);
	await library.remove('1');
	expect(library.records).toEqual([]);
});
