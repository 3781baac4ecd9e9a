import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteSource } from '../src/install/byte-source.ts';
import { convertModel, type ComponentFiles, type ModelCard } from '../src/install/convert-model.ts';
import { manifestBytes } from '../src/store/model-manifest.ts';
import { openFileSource } from './open-file-source.ts';
import { parseOptions, wholeNumber } from './parse-options.ts';
import { runTool } from './run-tool.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Converts a checkpoint folder in the diffusers layout to FP16 ONNX shards.

  npm run convert -- --from DIR --to DIR [options]

  --from DIR       holds transformer, text_encoder, vae and tokenizer
  --to DIR         gets manifest.json and the shards; a static server of it is an install source
  --id ID          identifier of the model (default: z-image-turbo)
  --name NAME      name shown to people (default: the id)
  --revision TEXT  revision of the source (default: unknown)
  --size WxH       a size to offer, the first is the default; may be repeated (default: 1024x1024)
  --steps N        default number of steps (default: 8)
  --example TEXT   a prompt to offer; may be repeated`;

await runTool(HELP, async (args) => {
	const { from, to, card } = convertOptions(args);
	const started = performance.now();
	let bytesWritten = 0;
	const manifest = await convertModel(card, await openFolder(from), {
		async write({ name }, bytes) {
			await mkdir(dirname(join(to, name)), { recursive: true });
			await writeFile(join(to, name), bytes);
			bytesWritten += bytes.byteLength;
		},
	});
	await writeFile(join(to, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
	const seconds = (performance.now() - started) / 1000;
	const megabytes = manifestBytes(manifest) / 1e6;
	console.log(
		`${to}: ${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s, ${(bytesWritten / 1e6 / seconds).toFixed(0)} MB/s written`,
	);
	return true;
});

interface ConvertOptions {
	readonly from: string;
	readonly to: string;
	readonly card: ModelCard;
}

function convertOptions(args: readonly string[]): ConvertOptions {
	const options = parseOptions(args, {
		from: { type: 'string' },
		to: { type: 'string' },
		id: { type: 'string', default: 'z-image-turbo' },
		name: { type: 'string' },
		revision: { type: 'string', default: 'unknown' },
		size: { type: 'string', multiple: true, default: ['1024x1024'] },
		steps: { type: 'string' },
		example: { type: 'string', multiple: true, default: [] },
	});
	const { from, to, id } = options;
	if (from === undefined || to === undefined) throw new UsageError('--from and --to are needed.');
	return {
		from,
		to,
		card: {
			id,
			name: options.name ?? id,
			family: 'z-image',
			source: { origin: 'local folder', revision: options.revision },
			sizes: options.size.map(parseSize),
			defaultSteps: wholeNumber('steps', options.steps, 1) ?? 8,
			examples: options.example,
		},
	};
}

function parseSize(text: string): { readonly width: number; readonly height: number } {
	const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
	if (width === undefined || height === undefined) {
		throw new UsageError(`--size must look like 1024x1024, not "${text}".`);
	}
	return { width: Number(width), height: Number(height) };
}

async function openFolder(from: string) {
	const tokenizer = (file: string) => readBytes(join(from, 'tokenizer', file));
	return {
		text_encoder: await openComponent(join(from, 'text_encoder')),
		transformer: await openComponent(join(from, 'transformer')),
		vae: await openComponent(join(from, 'vae')),
		tokenizer: {
			vocabulary: await tokenizer('tokenizer.json'),
			config: await tokenizer('tokenizer_config.json'),
		},
	};
}

async function openComponent(folder: string): Promise<ComponentFiles> {
	const config: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
	const files = (await readdir(folder)).filter((file) => file.endsWith('.safetensors')).sort();
	if (files.length === 0) throw new UsageError(`${folder} holds no .safetensors file.`);
	const weights: ByteSource[] = [];
	for (const file of files) weights.push(await openFileSource(join(folder, file)));
	return { config, weights };
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
	return new Uint8Array(await readFile(path));
}
