import type { ErrorData } from '../../errors/app-error.ts';
import type { ErrorSentences } from '../../errors/error-sentences.ts';
import { downToTenth, type Formats, upToTenth } from '../format.ts';
import { ENGLISH_FIELDS } from './english-terms.ts';

/** What a person does about an error, in the middle of a sentence: presses a button, or types a command. */
export interface Advice {
	readonly generate: string;
	readonly repair: string;
	readonly install: string;
	/** Where the budget is set. */
	readonly budget: string;
}

/** On the page. */
export const ENGLISH_BUTTONS: Advice = {
	generate: 'press Generate',
	repair: 'press Repair',
	install: 'press Install again',
	budget: 'under Memory',
};

type Data<Code extends keyof ErrorData> = ErrorData[Code];
/** A fault of a checkpoint. */
type Of<Problem extends string> = Extract<Data<'checkpoint'>, { readonly problem: Problem }>;

const FORMATS: Readonly<Record<Of<'foreign'>['kind'], string>> = {
	gguf: 'a GGUF file, whose weights are usually quantised',
	zip: 'a zip or a PyTorch checkpoint',
	pytorch: 'a PyTorch checkpoint',
	'lfs-pointer': 'a Git LFS pointer, not the file it points to',
	'web-page': 'a web page, so the address does not lead to the file itself',
};

const VALUES: Readonly<Record<Of<'tensor-value'>['value'], string>> = {
	'not-a-number': 'a value that is not a number',
	'too-large': 'a value beyond 65504, the largest that FP16 holds',
};

const FIELD_KINDS = {
	'positive-integer': 'a positive integer',
	number: 'a number',
	'positive-number': 'a number above 0',
	'true-or-false': 'true or false',
	'positive-integers': 'a list of positive integers',
	object: 'a JSON object',
} as const;

const WORKERS: Readonly<Record<Data<'worker-crashed'>['worker'], string>> = {
	engine: 'The engine',
	install: 'The installer',
	hash: 'The check of files',
	lab: 'The measurement',
};

const ENDS: Readonly<Record<Data<'worker-crashed'>['end'], string>> = {
	failed: 'it failed',
	killed: 'the browser ended it, perhaps for want of memory',
	closed: 'it was closed',
	silent: 'it no longer answered',
	unstarted: 'it did not start',
};

const GAPS: Readonly<Record<Data<'webgpu-unavailable'>['reason'], string>> = {
	'no-webgpu': 'This browser has no WebGPU: use Chrome 144 or later, over https or localhost.',
	'no-adapter':
		'WebGPU found no graphics adapter: turn on graphics acceleration in the browser or update the driver. ' +
		'If it worked here before, restart the browser.',
	refused: 'The graphics adapter refused to open: restart the browser or update the driver.',
	silent:
		'The browser’s GPU process does not answer: restart the browser or update the graphics driver.',
};

const LINKS: Readonly<Record<Data<'recipe-link'>['problem'], string>> = {
	'no-recipe': 'This link holds no recipe. Ask for it again, or write a prompt yourself.',
	'newer-version':
		'This link was made by a newer Shardlight. Reload the page to get the new version, then open the link again.',
	broken:
		'This link is damaged: part of it was changed or cut off. Copy the whole link again, or ask for it again.',
	'too-long':
		'The prompt is too long for a link. Save the picture instead: its file carries the whole prompt.',
};

function missingFile({ file, what }: Data<'files-missing'>['missing'][number]): string {
	return what === undefined ? file : `the ${what} (${file})`;
}

function passedOver(configs: readonly string[]): string {
	return `Configs of other models were passed over: ${configs.join(', ')}.`;
}

function configFault(fault: Data<'config'>): string {
	switch (fault.problem) {
		case 'field': {
			const { file, field, expected, most, given } = fault;
			const what = field === undefined ? file : `${file}: “${field}”`;
			const not = given === undefined ? '' : `, not ${given}`;
			const bound = most === undefined ? '' : `, at most ${most}`;
			return `${what} should be ${FIELD_KINDS[expected]}${bound}${not}. Get the model’s own file.`;
		}
		case 'misfit':
			return `${fault.file} describes a model that cannot be drawn with: ${fault.detail}`;
		case 'foreign-part':
			return `${fault.file} cannot be used: ${fault.detail}. Get the model’s own files.`;
		case 'unknown-family':
			return `This version does not know the model family “${fault.family}”. Reload the page to get the newest version.`;
	}
}

function checkpointFault(fault: Data<'checkpoint'>): string {
	switch (fault.problem) {
		case 'foreign':
			return `This is ${FORMATS[fault.kind]}. Get ${fault.get ?? 'another'} instead: a safetensors file with full weights.`;
		case 'damaged':
			return `This is no whole safetensors file: ${fault.detail}. Fetch it again, or choose another file.`;
		case 'not-json':
			return 'This is not valid JSON. Fetch it again.';
		case 'lora':
			return `This checkpoint does not hold the ${fault.what}. It is a LoRA. Get ${fault.get}.`;
		case 'other-contents': {
			const { what, holds, get } = fault;
			const instead =
				holds.length === 0
					? 'If the checkpoint comes in several files, choose all of them.'
					: `It holds ${holds.map((held) => `the ${held}`).join(' and ')}.`;
			return `This checkpoint does not hold the ${what}. ${instead} Get ${get}.`;
		}
		case 'other-model':
			return `By its name this is ${fault.named}, not the ${fault.what}: the same numbers of other weights, which draw blurred or wrong pictures here. Get ${fault.get}. If it is that one all the same, give it that name.`;
		case 'quantised': {
			const to = fault.format === undefined ? '' : ` to ${fault.format}`;
			return `The weights of this checkpoint are quantised${to} (see its tensor ${fault.tensor}). Shardlight works with full weights only. Get ${fault.get}.`;
		}
		case 'tensor-missing':
			return `The checkpoint lacks the tensor ${fault.tensor}. Get ${fault.get}.`;
		case 'tensor-type': {
			const { tensor, dtype, get = 'a file that is not quantised' } = fault;
			return `The tensor ${tensor} has the type ${dtype}. Only BF16, FP16 and FP32 weights can be converted. Get ${get}.`;
		}
		case 'tensor-shape':
			return `The tensor ${fault.tensor} has the shape [${fault.shape.join(', ')}], which does not hold the [${fault.expected.join(', ')}] of this model. Get ${fault.get}.`;
		case 'tensors-overlap':
			return `The tensors ${fault.tensor} and ${fault.other} share bytes of the file. Choose one of the published files.`;
		case 'tensor-value':
			return `The tensor ${fault.tensor} holds ${VALUES[fault.value]} (at index ${fault.index}). The file is damaged, or not one of the published ones: choose another.`;
	}
}

const WHOLE = {
	model: 'a whole model',
	'text-encoder': 'a text encoder',
	autoencoder: 'an autoencoder',
} as const;
const ADVICE =
	'Shardlight draws with Z-Image-Turbo, so it cannot be used: get one whose page names Z-Image or Z-Image Turbo.';

function adapterFault(fault: Data<'adapter'>, formats: Formats): string {
	switch (fault.problem) {
		case 'other-model':
			return `This adapter was made for ${fault.made}. ${ADVICE}`;
		case 'other-width':
			return `This adapter was made for a model of width ${fault.width}. ${ADVICE}`;
		case 'unknown-model':
			return `This adapter was made for a model that Shardlight does not know. ${ADVICE}`;
		case 'unknown-modules':
			return `This adapter says that it was made for Z-Image, but its parts have names that Shardlight does not know (${fault.key}). Get it in the form for ComfyUI or diffusers.`;
		case 'controlnet':
			return 'This is a ControlNet for Z-Image, not an adapter.';
		case 'whole':
			return `This is ${WHOLE[fault.what]}, not an adapter.`;
		case 'quantised':
			return `This adapter is quantised: its tensor ${fault.tensor} has the type ${fault.dtype}. Get it in FP32, FP16, BF16 or FP8.`;
		case 'not-a-number':
			return `The adapter holds values that are no numbers (in ${fault.tensor}): the file is damaged or its training failed. Download it again or use another.`;
		case 'too-large': {
			const what =
				fault.what === 'file' ? 'The file' : 'What this adapter changes of whole matrices';
			return `${what} has ${formats.bytes(upToTenth(fault.bytes))}, and at most ${formats.bytes(downToTenth(fault.limitBytes))} can be used. Get a LoRA of a lower rank.`;
		}
	}
}

export function englishErrors(formats: Formats, advice: Advice): ErrorSentences {
	const { generate, repair, install, budget } = advice;
	const repairIt = `To fetch it again, ${repair}; everything else stays installed.`;
	return {
		'worker-crashed': ({ worker, end, detail }) =>
			`${WORKERS[worker]} stopped unexpectedly (${detail ?? ENDS[end]}). It starts afresh with the next try; what is stored is kept.`,

		'webgpu-unavailable': ({ reason, detail }) =>
			GAPS[reason] + (detail === undefined ? '' : ` (${detail})`),
		'webgpu-paused': () =>
			'The browser has taken WebGPU away from this page, as it does when its GPU process crashes twice. ' +
			`Reload the page with the browser's reload button, or wait two minutes and ${generate}; ` +
			'if that does not help, restart the browser.',
		'gpu-device-lost': ({ reason }) =>
			`The GPU was reset (${reason}). Nothing stored is lost: to start again, ${generate}.`,
		'out-of-gpu-memory': ({ what, bytes }) =>
			`The GPU is out of memory (${what}; ${formats.bytes(bytes)}). Lower the budget ${budget}, ` +
			`close other programs that use the GPU, or choose a smaller picture; then ${generate}.`,
		'gpu-fault': ({ detail }) =>
			`The GPU refused its work (${detail}). To start again, ${generate}; ` +
			'if it comes back, update Chrome and the graphics driver.',
		'gpu-limit': ({ what, bytes, limitBytes }) =>
			`This GPU cannot hold ${what} (${formats.bytes(bytes)}) in one piece: its limit is ${formats.bytes(limitBytes)}. ` +
			'Another budget does not change that; a newer driver may, or another GPU.',
		'gpu-keeps-failing': ({ times, reason }) =>
			`The GPU was lost ${times} times in a row (${reason}), and once more may take it from the whole browser. ` +
			`Update the graphics driver, or lower the budget ${budget}. To try all the same, ${generate}: in smaller pieces.`,
		'gpu-dropped-work': () =>
			'The GPU twice left out work that it was given, so no picture came of it. Close other programs that use ' +
			`the GPU and update its driver or the system; then ${generate}: pieces of work are smaller from now on.`,
		'scratch-limit': ({ graph, limitBytes, leastBytes }) =>
			`${graph} takes ${formats.bytes(leastBytes)} at least, and ${formats.bytes(limitBytes)} were allowed. ` +
			`Raise the budget ${budget}, or choose a smaller size.`,
		shape: ({ detail }) =>
			`Shardlight has made a mistake in its own data (${detail}). Reload the page and try again.`,

		'engine-busy': () => 'A picture is being drawn already. Wait for it, or cancel it first.',
		'empty-prompt': () =>
			'The prompt is empty. Describe the picture you want, for example "a red circle".',
		'invalid-recipe': ({ field, value, least, most, multiple, nearest }) =>
			`The ${ENGLISH_FIELDS[field]} must be ${multiple === undefined ? 'a whole number' : `a multiple of ${multiple}`} ` +
			`from ${least} to ${most}, not ${value}.${nearest === undefined ? '' : ` The nearest that works is ${nearest}.`}`,
		'unsupported-options': ({ options }) =>
			`This model cannot do what is asked of it: ${formats.list(options.map((option) => ENGLISH_FIELDS[option]))}. Leave these out.`,
		'budget-too-small': ({ width, height, leastBytes, budgetBytes }) =>
			`A picture of ${width} × ${height} pixels takes at least ${formats.bytes(upToTenth(leastBytes))} of GPU memory, ` +
			`and the budget is ${formats.bytes(downToTenth(budgetBytes))}. Raise the budget ${budget}, or choose a smaller size.`,
		'non-finite': ({ block, when }) =>
			`The GPU computed values that are not numbers (${when}, first in ${block}). The picture was stopped. ` +
			`To check the model, ${repair}; or update the graphics driver.`,

		'model-not-installed': ({ modelId }) =>
			`The model “${modelId}” is not installed. Install it first, then ${generate}.`,
		'model-too-new': ({ modelId }) =>
			`The model “${modelId}” was installed by a newer Shardlight. Reload the page to get the newest version; the model stays installed.`,
		manifest: ({ field, detail }) =>
			`This folder’s manifest.json cannot be used (${field}: ${detail}). Make the folder again with npm run convert, or choose another.`,
		'shard-missing': ({ modelId, shard }) =>
			`A part of the model “${modelId}” is missing (${shard}). ${repairIt}`,
		'shard-corrupt': ({ modelId, shard, detail }) =>
			`A part of the model “${modelId}” is damaged (${shard}: ${detail}). ${repairIt}`,
		'storage-full': ({ neededBytes }) =>
			'The disk is full, or the browser grants this page no more of it: ' +
			`${formats.bytes(neededBytes)} are still needed. ` +
			'Make room for that, then go on; what is already stored is kept.',
		'store-busy': ({ object }) =>
			`Another tab of this page works on the same model (${object}). ` +
			'Close the other tab or wait until it is done, then try again.',
		'backend-unavailable': ({ backend }) =>
			`This browser cannot store models in “${backend}”. Choose the other storage, or update the browser.`,

		download: ({ url, reason }) =>
			`Could not fetch ${url} (${reason}). Check the connection, then ${install}: it goes on where it stopped.`,
		integrity: ({ file }) =>
			`${file} arrived damaged: its SHA-256 is not the published one. To fetch it again, ${install}; ` +
			'if it happens twice, the server has another file under this name.',
		checkpoint: (fault) =>
			(fault.file === undefined ? '' : `${fault.file}: `) +
			checkpointFault(fault) +
			(fault.passedOver === undefined ? '' : ` ${passedOver(fault.passedOver)}`),
		adapter: (fault) => adapterFault(fault, formats),
		'adapter-missing': ({ missing }) => {
			const named = missing.map(
				({ name, hash }) => `${name}${hash === undefined ? '' : ` (${hash})`}`,
			);
			return missing.length === 1
				? `This picture uses the adapter ${named.join('')}, which is not on this device. Add its file under Models to draw the same picture, or switch the adapter off to draw without it.`
				: `This picture uses adapters that are not on this device: ${formats.list(named)}. Add their files under Models to draw the same picture, or switch them off to draw without them.`;
		},
		config: configFault,
		'source-changed': ({ file, detail, at }) =>
			`${file} has changed since it was begun (${detail}). ` +
			(at === 'disk'
				? 'Choose the folder or the files again: what came from the old file is read anew, the rest is kept.'
				: `To go on, ${install}: what came from the old file is fetched anew, the rest is kept.`),
		'source-needed': ({ modelId }) =>
			`The install of “${modelId}” came from files that this page can no longer read. ` +
			'Choose the same files again: it goes on where it stopped.',
		'files-missing': ({ missing, found, lookedAt }) =>
			`These files are missing: ${missing.map((one) => `✗ ${missingFile(one)}`).join('; ')}. ` +
			(found.length === 0
				? ''
				: `Found: ${found.map((one) => `✓ ${missingFile(one)}`).join('; ')}. `) +
			(lookedAt === undefined
				? ''
				: `Looked at ${lookedAt === 1 ? '1 file' : `${formats.integer(lookedAt)} files`}. `) +
			'Choose the folder that holds all of them, or the files themselves together.',
		'install-busy': ({ where }) =>
			`An install is running in ${where} already. Wait until it is done, or pause it there first.`,

		'history-full': () =>
			'The history has no room for this picture; earlier ones are kept. Save it now, then export ' +
			'and delete pictures in the history, or free some disk space.',
		'history-unavailable': ({ detail }) =>
			`The history cannot be opened (${detail}). Pictures can still be drawn and saved; ` +
			'reload the page, or allow this site to store data, to have the history back.',
		'picture-lost': ({ id }) =>
			`Picture ${id} is no longer in the history. If its recipe is still shown, generate it again.`,

		'recipe-link': ({ problem }) => LINKS[problem],
		png: ({ detail }) =>
			`This file cannot be read as a PNG picture (${detail}). Use the original PNG file.`,
		inflate: ({ detail }) =>
			`The compressed text is unusable (${detail}). Get the link or file again.`,
	};
}
