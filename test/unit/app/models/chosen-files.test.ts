import { afterEach, describe, expect, test, vi } from 'vitest';
import {
	filesOfDirectory,
	filesOfDrop,
	filesOfInput,
	pickDirectory,
} from '../../../../src/app/models/chosen-files.ts';

type Tree = { readonly [name: string]: Tree | string };

/** What the browser gives for a folder. */
function directory(name: string, tree: Tree): FileSystemDirectoryHandle {
	const entries = Object.entries(tree).map(([child, content]) =>
		typeof content === 'string'
			? { kind: 'file', name: child, content }
			: directory(child, content),
	);
	const handle = {
		...{ kind: 'directory', name },
		async *values() {
			yield* entries;
		},
	};
	return handle as unknown as FileSystemDirectoryHandle;
}

const MODELS = directory('models', {
	vae: { 'ae.safetensors': 'x', 'preview.png': 'x' },
	text_encoders: { 'qwen_3_4b.safetensors': 'x' },
	readme: 'x',
});

afterEach(() => vi.unstubAllGlobals());

describe('a folder', () => {
	test('gives what may belong to a checkpoint, with its path', async () => {
		const { files, lookedAt } = await filesOfDirectory(MODELS);
		const paths = files.map(({ path }) => path);
		expect(paths).toEqual([
			'models/vae/ae.safetensors',
			'models/text_encoders/qwen_3_4b.safetensors',
		]);
		expect(lookedAt, 'the others were seen too').toBe(4);
	});

	test('in which one cannot be read gives the others', async () => {
		const locked = directory('locked', {});
		Object.assign(locked, {
			values: () => {
				throw new DOMException('not yours', 'NotAllowedError');
			},
		});
		const outer = directory('models', { 'ae.safetensors': 'x' });
		const entries = [locked, { kind: 'file', name: 'ae.safetensors' }];
		Object.assign(outer, {
			async *values() {
				yield* entries;
			},
		});
		expect((await filesOfDirectory(outer)).files).toHaveLength(1);
	});

	test('that holds itself ends', async () => {
		const loop = directory('a', {});
		Object.assign(loop, {
			async *values() {
				yield { kind: 'file', name: 'b.safetensors' };
				yield loop;
			},
		});
		expect((await filesOfDirectory(loop)).lookedAt).toBeLessThan(20);
	});

	test('is picked where the browser has a picker; closing that chooses nothing', async () => {
		vi.stubGlobal('showDirectoryPicker', async () => MODELS);
		expect(await pickDirectory()).toMatchObject({ lookedAt: 4 });
		vi.stubGlobal('showDirectoryPicker', async () => {
			throw new DOMException('closed', 'AbortError');
		});
		expect(await pickDirectory()).toBe('cancelled');
		vi.stubGlobal('showDirectoryPicker', undefined);
		expect(await pickDirectory()).toBe('no-picker');
	});
});

test('an input gives files by path or name', () => {
	const inFolder = new File([], 'ae.safetensors');
	Object.defineProperty(inFolder, 'webkitRelativePath', { value: 'models/vae/ae.safetensors' });
	const { files: chosen, lookedAt } = filesOfInput([
		inFolder,
		new File([], 'a.gguf'),
		new File([], 'b.txt'),
	]);
	expect(chosen.map(({ path }) => path)).toEqual(['models/vae/ae.safetensors', 'a.gguf']);
	expect(lookedAt).toBe(3);
});

describe('what was dropped', () => {
	const file = { kind: 'file', name: 'ae.safetensors' };

	function dropped(items: readonly object[], files: readonly File[] = []): DataTransfer {
		return { items, files } as unknown as DataTransfer;
	}

	test('gives files and folders as handles', async () => {
		const items = [MODELS, file].map((handle) => ({
			kind: 'file',
			getAsFileSystemHandle: async () => handle,
		}));
		const { files: chosen } = await filesOfDrop(dropped([...items, { kind: 'string' }]));
		expect(chosen.map(({ path }) => path)).toEqual([
			'models/vae/ae.safetensors',
			'models/text_encoders/qwen_3_4b.safetensors',
			'ae.safetensors',
		]);
	});

	test('gives plain files where there are no handles', async () => {
		const { files: chosen } = await filesOfDrop(
			dropped([{ kind: 'file' }], [new File([], 'a.safetensors')]),
		);
		expect(chosen.map(({ path }) => path)).toEqual(['a.safetensors']);
	});
});
