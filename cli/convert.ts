import type { KeptSource } from '../src/install/manager/install-journal.ts';
import { installModel } from '../src/install/manager/install-model.ts';
import type { ModelCard } from '../src/install/manager/model-card.ts';
import { openFiles } from '../src/install/sources/open-files.ts';
import { fetchTokenizer } from '../src/install/sources/open-published.ts';
import { HUB_URL } from '../src/install/sources/hub.ts';
import { Z_IMAGE_TURBO } from '../src/families/z-image/published.ts';
import { manifestBytes } from '../src/store/model-manifest.ts';
import { FolderShardStore } from './folder-shard-store.ts';
import { folderSources } from './folder-sources.ts';
import { startNativeHasher } from './native-hasher.ts';
import { MAX_STEPS, MIN_STEPS } from '../src/recipe/recipe-limits.ts';
import { existingFolder, parseOptions, pictureSize, wholeNumber } from './parse-options.ts';
import { runTool } from './run-tool.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Converts a checkpoint folder to FP16 ONNX shards: the conversion that the page does when it installs.

  npm run convert -- --from DIR --to DIR [options]

  --from DIR       a diffusers folder (transformer, text_encoder, vae, tokenizer) or a folder of ComfyUI
                   (diffusion_models, text_encoders, vae); what else it holds does not matter. ComfyUI's
                   files have no configs and no tokenizer: Z-Image-Turbo's are taken, the tokenizer is fetched
  --to DIR         gets manifest.json and the shards; a static server of it is an install source
  --id ID          identifier of the model (default: z-image-turbo)
  --name NAME      name shown to people (default: the id)
  --revision TEXT  revision of the source (default: unknown)
  --size WxH       a size to offer, the first is the default; may be repeated (default: 1024x1024)
  --steps N        default number of steps (default: 8)
  --example TEXT   a prompt to offer; may be repeated`;

/** A conversion in one go keeps no journal: it starts anew. */
const NO_JOURNALS = {
	load: async () => undefined,
	save: async () => undefined,
	delete: async () => undefined,
};
const KEPT_SOURCE: KeptSource = { type: 'files', handles: [], complete: false };

await runTool(HELP, async (args) => {
	const { from, to, card, revision } = convertOptions(args);
	const started = performance.now();
	const source = await openFiles(await folderSources(from), {
		family: card.family,
		configs: Z_IMAGE_TURBO.configs,
		tokenizers: Z_IMAGE_TURBO.tokenizers,
		names: Z_IMAGE_TURBO.names,
		fetchTokenizer: (name) => fetchTokenizer(Z_IMAGE_TURBO, name, HUB_URL),
	});
	let sourceBytes = 0;
	const manifest = await installModel(
		card,
		{ ...source, origin: 'local folder', revision },
		{
			store: new FolderShardStore(to),
			journals: NO_JOURNALS,
			keptSource: KEPT_SOURCE,
			startHasher: startNativeHasher,
			listener: {
				progress: (_file, bytesDone) => (sourceBytes = bytesDone),
				shard: ({ name }, done, total) => {
					if (process.stdout.isTTY) console.log(`${done}/${total} ${name}`);
				},
				files: (taken) => {
					for (const [component, files] of Object.entries(taken)) {
						console.log(`${component} from ${files.join(', ')}`);
					}
				},
				sourceChanged: () => undefined,
				subnormals: (count) =>
					console.log(`${count} weights are subnormal in FP16 and keep fewer than 11 bits.`),
			},
		},
	);
	const seconds = (performance.now() - started) / 1000;
	const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
	console.log(
		`${to}: ${megabytes(manifestBytes(manifest))} MB from ${megabytes(sourceBytes)} MB of source ` +
			`in ${seconds.toFixed(1)} s, ${(sourceBytes / 1e6 / seconds).toFixed(0)} MB/s of source, hashing included`,
	);
	return true;
});

interface ConvertOptions {
	readonly from: string;
	readonly to: string;
	readonly revision: string;
	readonly card: Omit<ModelCard, 'source'>;
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
	const { from, to, id, revision } = options;
	if (from === undefined || to === undefined) throw new UsageError('--from and --to are needed.');
	if (!/^[a-z\d][\w.-]{0,99}$/i.test(id)) {
		throw new UsageError(`--id must be a word such as z-image-turbo, not "${id}".`);
	}
	return {
		from: existingFolder('from', from),
		to,
		revision,
		card: {
			id,
			name: options.name ?? id,
			family: 'z-image',
			sizes: options.size.map((size) => pictureSize('size', size)),
			defaultSteps: wholeNumber('steps', options.steps, MIN_STEPS, MAX_STEPS) ?? 8,
			examples: options.example,
		},
	};
}
