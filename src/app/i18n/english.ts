import type { BlockEngineName } from '../../engine/block-engine-names.ts';
import type { PictureSize, Stage } from '../../engine/engine.ts';
import type { MirrorProblem } from '../../engine/install-client.ts';
import type { RecipeField } from '../../recipe/recipe-fields.ts';
import type { RecipeOption } from '../../recipe/fit-options.ts';
import type { AdapterUse } from '../../recipe/recipe-settings.ts';
import type { RecipeWarning } from '../../recipe/recipe-warning.ts';
import type { Formats } from '../format.ts';
import type { ThemeChoice } from '../page/theme.svelte.ts';
import { ENGLISH_BUTTONS, englishErrors } from './english-errors.ts';
import { ENGLISH_FIELDS, ENGLISH_STEPS, englishPart } from './english-terms.ts';
import { englishAdapters } from './english-adapters.ts';
import { englishFile } from './english-files.ts';

const STAGES: Readonly<Record<Stage, string>> = {
	tokenise: 'Reading the prompt',
	encode: 'Understanding the prompt',
	sample: 'Drawing',
	decode: 'Developing the picture',
};

/** What is said of a choice of engine. */
interface EngineTexts {
	readonly name: string;
	readonly hint: string;
}

const ENGINES: Readonly<Record<BlockEngineName, EngineTexts>> = {
	fused: {
		name: 'Shardlight’s own kernels',
		hint: 'Faster, and how much memory they take is known exactly.',
	},
	matrix: {
		name: 'Own kernels on matrix units (experimental)',
		hint: 'Several times faster, in 16-bit arithmetic: pictures differ slightly.',
	},
	ort: {
		name: 'ONNX Runtime (reference)',
		hint: 'For comparing pictures: slower, and its memory is only estimated.',
	},
};

const THEMES: Readonly<Record<ThemeChoice, string>> = {
	system: 'as the system',
	light: 'light',
	dark: 'dark',
};

function sayWarning(warning: RecipeWarning, formats: Formats): string {
	switch (warning.problem) {
		case 'unreadable':
			return `The ${ENGLISH_FIELDS[warning.field]} “${warning.given}” cannot be read, so it was left out. Check the settings before you generate.`;
		case 'out-of-range':
			return `The ${ENGLISH_FIELDS[warning.field]} ${warning.given} is outside what this app can draw, so it was left out.`;
		case 'adjusted':
			return `The ${ENGLISH_FIELDS[warning.field]} ${warning.given} is not possible here; ${warning.used} is used instead.`;
		case 'cut':
			return `The ${ENGLISH_FIELDS[warning.field]} was too long; its end was cut. Check it before you generate.`;
		case 'incomplete':
			return `Only one side of the ${ENGLISH_FIELDS[warning.field]} is given, so yours stays.`;
		case 'newer': {
			const made = 'These settings were made with a newer version of Shardlight';
			const { settings } = warning;
			return settings.length === 0
				? `${made}: the picture may differ here.`
				: `${made}. This one ignores: ${formats.list(settings)}.`;
		}
		case 'no-prompt':
			return 'No prompt was found in it, so yours stays.';
		case 'not-drawn': {
			const { step, names } = warning;
			return `${ENGLISH_STEPS[step]}${names.length === 0 ? '' : ` (${names.join(', ')})`}.`;
		}
	}
}

/** Every text the page shows. */
// Its type is the catalogue's: other languages are checked against it.
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export function english(formats: Formats) {
	return {
		appName: 'Shardlight',

		language: {
			other: '中文',
			switch: '切换到中文',
			failed: 'The Chinese texts could not be loaded.',
		},

		errors: englishErrors(formats, ENGLISH_BUTTONS),
		/** For an error that is none of ours. */
		unexpected: (detail: string) => `Something unexpected went wrong: ${detail}`,
		details: 'Details',
		close: 'Close',

		more: 'More',

		panes: {
			views: 'Views',
			draw: 'Draw',
			inputsWidth: 'Width of the inputs',
			historyWidth: 'Width of the history',
			skip: 'Skip to',
			skipToPicture: 'Skip to the picture',
			skipToHistory: 'Skip to the history',
		},

		theme: {
			label: (choice: ThemeChoice) => `Theme: ${THEMES[choice]}`,
			switchTo: (choice: ThemeChoice) => `Switch to ${THEMES[choice]}`,
		},

		demo: {
			title: 'About this demo',
			what: 'This is a demo: it draws coloured shapes and simple landscapes, nothing else.',
			real: (model: string, bytes: number) =>
				`${model} draws what you write. It takes ${formats.bytes(bytes)} of disk and works with 2 GB of GPU memory; more makes it faster.`,
			slow: 'Without a graphics card a picture takes it hours.',
			get: (model: string) => `Get ${model}…`,
		},

		machine: {
			title: 'This machine',
			open: 'Memory, engine and storage',
			sentence: (bytes: number, budget: number) =>
				`The last picture took ${formats.bytes(bytes)} of the ${formats.bytes(budget)} that it was allowed.`,
			storage: 'Storage',
			manage: 'Manage what is stored…',
			looking: 'Looking for the GPU…',
			processor: 'No graphics card',
			allowed: (bytes: number) => `up to ${formats.bytes(bytes)}`,
			used: (bytes: number, budget: number) =>
				`${formats.bytes(bytes)} of ${formats.bytes(budget)}`,
			step: (milliseconds: number) => `${formats.roughSeconds(milliseconds)} a step`,
			look: 'Needs a look',
		},

		machineTest: {
			title: 'Test this machine',
			about:
				'Finds out how this GPU, its driver and the disk behave with Shardlight, and makes a text of it for a bug report. ' +
				'It takes a minute or two, writes 256 MB for a moment, and holds nothing personal. Nothing is sent.',
			run: 'Test this machine',
			again: 'Test again',
			running: (section: string) => `Testing: ${section}…`,
			report: 'Report of this machine',
			copy: 'Copy the report',
			copied: 'Copied. Paste it where you report the problem.',
		},

		start: {
			starting: 'Looking for the GPU…',
			failedTitle: 'Shardlight could not start',
			tryAgain: 'Try again',
			noModels: 'This copy of Shardlight offers no model. The address of its models may be wrong.',
		},

		unavailable: {
			title: 'Shardlight needs WebGPU',
			intro:
				'Pictures are drawn on this computer, through its graphics card. This browser gives no way to it:',
			adviceTitle: 'What usually helps',
			advice: [
				{
					title: 'Use a recent Chrome or Edge',
					text: 'Version 144 or newer. The version is at the top of the page below.',
					address: 'chrome://settings/help',
				},
				{
					title: 'Turn graphics acceleration on',
					text: 'Switch on “Use graphics acceleration when available”, then restart the browser.',
					address: 'chrome://settings/system',
				},
				{
					title: 'Update the graphics driver',
					text: 'From NVIDIA, AMD or Intel. The next page says why the browser turned a driver down.',
					address: 'chrome://gpu',
				},
				{
					title: 'On Linux, draw by Vulkan',
					text:
						'Start the browser with --enable-features=Vulkan,VulkanFromANGLE,DefaultANGLEVulkan, or enable this flag, ' +
						'and Vulkan beside it; then restart it.',
					address: 'chrome://flags/#enable-unsafe-webgpu',
				},
				{
					title: 'With two graphics cards, give Chrome the fast one',
					text:
						'On Windows under Settings › System › Display › Graphics: add the browser and choose “High performance”. ' +
						'Or enable this flag.',
					address: 'chrome://flags/#force-high-performance-gpu',
				},
			],
			insecure:
				'This page was opened over plain HTTP. WebGPU is only given to pages opened through https:// or localhost.',
			copyAddress: (address: string) => `Copy ${address}`,
			copied: 'Copied',
			tryAgain: 'Check again',
		},

		gpu: {
			software:
				'No graphics card was found, so the processor does its work: pictures will be slow.',
			slower: (gpu: string) =>
				`Chrome draws on ${gpu}. If this computer has a faster graphics card, add the browser under ` +
				'Settings › System › Display › Graphics in Windows, choose “High performance”, and restart the browser.',
		},

		install: {
			title: (model: string) => `Getting ${model} ready`,
			repairTitle: (model: string) => `Repairing ${model}`,
			failedTitle: (model: string) => `${model} is not complete yet`,
			cancelledTitle: (model: string) => `${model} is needed to draw`,
			cancelledText: (bytes: number) =>
				`It takes ${formats.bytes(bytes)} on disk. What has been fetched already is kept.`,
			progressLabel: 'Installation progress',
			progress: (done: number, total: number) =>
				`${formats.bytes(done)} of ${formats.bytes(total)}`,
			speed: (bytesPerSecond: number) => `${formats.bytes(bytesPerSecond)}/s`,
			preparing: 'Preparing…',
			cancel: 'Cancel installation',
			install: 'Install',
			installAgain: 'Install again',
			done: (model: string) => `${model} is ready.`,
			dismiss: 'Dismiss installation',
		},

		composer: {
			title: 'Compose',
			modelLabel: 'Model',
			modelToInstall: (name: string, bytes: number) =>
				`${name} (to install: ${formats.bytes(bytes)})`,
			promptLabel: 'Prompt',
			promptPlaceholder: 'Describe the picture you want…',
			promptEmpty: 'Describe the picture first.',
			examplesLabel: 'Try',
			tokens: (tokens: number, limit: number) =>
				`${formats.integer(tokens)} of ${formats.integer(limit)} tokens`,
			tokensOver: (tokens: number, limit: number) =>
				`${formats.integer(tokens)} of ${formats.integer(limit)} tokens: the end will be cut`,
			stepsLabel: 'Steps',
			stepsProblem: (min: number, max: number) => `${min} to ${max}.`,
			countLabel: 'Pictures',
			countProblem: (max: number) => `1 to ${max}.`,
			sizeLabel: 'Size',
			ratioSquare: 'Square',
			ratioLandscape: 'Landscape',
			ratioPortrait: 'Portrait',
			generate: 'Generate',
			settings: 'Settings',
			enqueue: 'Add to queue',
			cancel: 'Cancel',
			cancelling: 'Stopping…',
			keyEnter: 'Enter',
			keyEscape: 'Esc',
			keyControl: 'Ctrl',
			keyCommand: '⌘',
		},

		cards: {
			add: 'Add to the prompt',
			use: (card: string) => `Use ${card}`,
			remove: (card: string) => `Remove ${card}`,
			titles: {
				negative: 'Negative prompt',
				guidance: 'Guidance scale',
				sampling: 'Sampler',
				adapters: 'Adapters',
			},
			refusals: {
				negative: (model: string) => `${model} takes no negative prompt.`,
				guidance: (model: string) => `${model} is not guided.`,
				sampling: (model: string) => `${model} leaves no choice of samplers.`,
				adapters: (model: string) => `${model} takes no adapters.`,
			},
			negativePlaceholder: 'What the picture shall not show',
			sampler: 'Sampler',
			schedule: 'Schedule',
			shift: 'Shift',
		},

		seed: {
			label: 'Seed',
			problem: (max: number) =>
				`A whole number from 0 to ${formats.integer(max)}, or nothing for a random one.`,
			random: 'Random',
			randomLast: (seed: number) => `Random (last ${seed})`,
			makeRandom: 'Random seed for every picture',
			keepShown: 'Seed of the picture on show',
			count: 'Next number for every picture',
		},

		queue: {
			label: 'Queue',
			title: (count: number) =>
				count === 1 ? '1 picture waits' : `${formats.integer(count)} pictures wait`,
			paused: (count: number) =>
				count === 1 ? 'Paused: 1 picture waits' : `Paused: ${formats.integer(count)} pictures wait`,
			time: (milliseconds: number) => formats.roughTime(milliseconds),
			batch: (total: number, prompt: string) => `${formats.integer(total)} × ${prompt}`,
			progress: (done: number, total: number) =>
				`${formats.integer(done)}/${formats.integer(total)}`,
			move: (prompt: string) => `Move “${prompt}”`,
			moveHint: 'Drag, or press the up and down arrow keys',
			movedTo: (place: number, count: number) =>
				`Moved to place ${formats.integer(place)} of ${formats.integer(count)}`,
			first: (prompt: string) => `Draw “${prompt}” first`,
			edit: (prompt: string) => `Edit “${prompt}”`,
			edited: 'Taken from the queue into the form.',
			remove: (prompt: string) => `Remove “${prompt}” from the queue`,
			removed: (count: number) =>
				count === 1
					? '1 picture was taken off the queue.'
					: `${formats.integer(count)} pictures were taken off the queue.`,
			pause: 'Pause',
			resume: 'Go on',
			stopAll: 'Stop all',
			leftBehind: (count: number) =>
				count === 1 ? '1 picture was waiting.' : `${formats.integer(count)} pictures were waiting.`,
			goOn: 'Go on',
			discard: 'Discard',
			otherTab: 'Another tab is drawing; yours waits.',
			drawnAgain: 'The GPU was reset. The picture is drawn once more.',
			lost: 'A picture was lost: the GPU was reset twice while it was drawn.',
			askAgain: 'Draw it again',
		},

		progress: {
			label: 'Picture progress',
			starting: 'Starting',
			stage: (stage: Stage) => STAGES[stage],
			step: (current: number, total: number) => `step ${current} of ${total}`,
			block: (current: number, total: number) => `block ${current} of ${total}`,
			timeLeft: (milliseconds: number) => `about ${formats.roughDuration(milliseconds)} left`,
			percent: (fraction: number) => formats.percent(fraction),
			done: 'The picture is ready.',
			cancelled: 'Cancelled.',
		},

		picture: {
			region: 'Picture',
			emptyTitle: 'Nothing drawn yet',
			emptyText: 'Describe a picture and press Generate.',
			emptyBusy: 'Your picture is on its way',
			previewLabel: 'Preview of the picture being drawn',
			detailsLabel: 'How this picture was made',
			sizeValue: ({ width, height }: PictureSize) => `${width} × ${height}`,
			time: 'Time',
			timeValue: (milliseconds: number) => formats.duration(milliseconds),
			peakMemory: 'Peak GPU memory',
			bytes: (value: number) => formats.bytes(value),
			save: 'Save PNG',
			toolsLabel: 'What to do with this picture',
			copyPicture: 'Copy',
			pictureCopied: 'Copied',
			copyPictureFailed: 'The picture could not be copied.',
			vary: 'Vary',
			varyHint: 'Draw it again with another seed',
			varyFailed: 'The model of this picture is not installed.',
			compare: 'Compare',
			fullView: 'Full view',
			delete: 'Delete',
			star: 'Star',
			unseen: (count: number) => `${formats.integer(count)} new`,
			watch: (fraction: number) => `Drawing, ${formats.percent(fraction)}`,
			saveFailed: 'The picture could not be saved.',
			reuse: 'Use settings',
			copyLink: 'Copy link',
			linkCopied: 'Link copied',
			copyFailed: 'The link could not be copied.',
			share: 'Share',
			shareText: 'A picture recipe for Shardlight',
		},

		fullView: {
			title: 'Full view',
			tools: 'Zoom and compare',
			newer: 'Newer picture',
			older: 'Older picture',
			zoom: 'Zoom',
			zoomIn: 'Zoom in',
			zoomOut: 'Zoom out',
			fit: 'Whole picture',
			oneToOne: 'One to one',
			percent: (fraction: number) => formats.percent(fraction),
			compare: 'Compare with another',
			sideBySide: 'Side by side',
			divide: 'Where the first picture ends',
			first: (seed: number) => `First picture, seed ${seed}`,
			second: (seed: number) => `Second picture, seed ${seed}`,
		},

		recipe: {
			label: 'Recipe',
			field: (field: RecipeField | 'size') => ENGLISH_FIELDS[field],
			useThis: (field: RecipeField | 'size') => `Use this ${ENGLISH_FIELDS[field]}`,
			useAll: 'Use all',
			copyText: 'Copy as text',
			copied: 'The settings are copied. Paste them into a prompt, here or in other programs.',
			copyFailed: 'The settings could not be copied.',
			loopback:
				'This link works on this computer only. To share the picture’s settings, copy them as text.',
		},

		restore: {
			offerTitle: 'A picture’s settings came with this link',
			offerText: 'Your own draft is different. Which one do you want?',
			use: 'Use the link’s settings',
			keep: 'Keep mine',
			restored: 'The settings were filled in. Press Generate to draw them.',
			oneRestored: 'Filled in.',
			pasted: 'What you pasted looks like the settings of a picture.',
			readPasted: 'Fill them in',
			zoneSettings: 'Use its settings',
			zoneHistory: 'Bring into the history',
			zoneModels: 'Open in Models',
			otherModel: (model: string) =>
				`These settings were made for the model “${model}”: the picture will differ here.`,
			otherRevision: (model: string, theirs: string, yours: string) =>
				`These settings were made with another revision of ${model} (${formats.revision(theirs)}; yours is ${formats.revision(yours)}): the picture may differ here.`,
			otherSize: ({ width, height }: PictureSize) =>
				`${width} × ${height} is not a size of this model, so the nearest one is used.`,
			unsupported: (options: readonly RecipeOption[]) =>
				`This model cannot use these settings, so they were left out: ${formats.list(options.map((option) => ENGLISH_FIELDS[option]))}.`,
			otherForm: (model: string) =>
				`These settings were made with a quantised form of this model (“${model}”): the picture may differ here.`,
			adaptersLeftOut: (adapters: readonly AdapterUse[]) => {
				const named = adapters.map(
					({ name, strength }) => `“${name}” (strength ${formats.decimal(strength)})`,
				);
				return `The picture was drawn with ${adapters.length === 1 ? 'a LoRA that is' : 'LoRAs that are'} left out here: ${formats.list(named)}.`;
			},
			warning: (warning: RecipeWarning) => sayWarning(warning, formats),
			/** Of a file that brings no settings. */
			file: englishFile,
		},

		history: {
			title: 'History',
			empty: 'Pictures you draw are kept here, on this computer only.',
			count: (count: number) => (count === 1 ? '1 picture' : `${formats.integer(count)} pictures`),
			used: (bytes: number) => `${formats.bytes(bytes)} used`,
			open: (prompt: string) => `Open “${prompt}”`,
			damaged: 'This picture cannot be read',
			nothingFound: 'No picture is like that.',
			showAll: 'Show all pictures',
			manage: 'Manage the history',
			search: 'Search prompts and settings',
			onlyStarred: 'Only starred ones',
			filter: 'Filter',
			board: 'Board',
			boards: 'Boards',
			anyBoard: 'Any',
			noBoard: 'On no board',
			newBoard: 'New board…',
			boardName: 'Name of the board',
			addBoard: 'Add',
			removeBoard: (name: string) => `Delete the board “${name}”; its pictures stay`,
			model: 'Model',
			size: 'Size',
			adapter: 'LoRA',
			any: 'Any',
			/** A model, a size or an adapter, as recipes name it. */
			recipeName: (name: string) => name,
			selected: (count: number) => `${formats.integer(count)} selected`,
			selectAll: 'All',
			selectNone: 'Select none',
			star: 'Star',
			exportThese: 'Export the selected ones',
			removeThese: 'Delete the selected ones',
			removed: (count: number) =>
				count === 1 ? 'Picture deleted.' : `${formats.integer(count)} pictures deleted.`,
			madeRoom: (count: number) =>
				count === 1
					? 'The oldest picture was deleted to stay within your limit.'
					: `The ${formats.integer(count)} oldest pictures were deleted to stay within your limit.`,
			undo: 'Undo',
			importFiles: 'Import pictures or a zip',
			importFolder: 'Import a folder',
			importing: (done: number) => `Importing: ${formats.integer(done)} so far`,
			brought: (added: number, duplicates: number, refused: readonly string[]) => {
				const parts = [
					added === 1 ? '1 picture came in.' : `${formats.integer(added)} pictures came in.`,
				];
				if (duplicates > 0) parts.push(`Here already: ${formats.integer(duplicates)}.`);
				if (refused.length > 0) {
					const more = refused.length > 3 ? ` and ${formats.integer(refused.length - 3)} more` : '';
					parts.push(`No recipe in: ${refused.slice(0, 3).join(', ')}${more}.`);
				}
				return parts.join(' ');
			},
			limit: 'Limit of space',
			noLimit: 'No limit',
			limitValue: (bytes: number) => `At most ${formats.bytes(bytes)}`,
			limitHint: 'The oldest go first. Starred pictures and those on boards stay.',
			exportAll: 'Export all',
			exportShown: 'Export what is shown',
			exporting: (done: number, total: number) =>
				`Exporting ${formats.integer(done)} of ${formats.integer(total)}`,
			exportName: 'shardlight-pictures.zip',
			drawnAt: (time: number) => formats.dateTime(time),
		},

		shortcuts: {
			licences: 'Licences of the software inside',
			title: 'Keyboard shortcuts',
			open: 'Keyboard shortcuts',
			generate: 'Generate, or add to the queue',
			first: 'Draw before all that waits',
			cancel: 'Stop drawing',
			choose: 'Select a picture of the history',
			star: 'Star it',
			remove: 'Delete it',
			older: 'Older picture',
			newer: 'Newer picture',
			show: 'Show these shortcuts',
			keyLeft: '←',
			keyRight: '→',
			keyQuestion: '?',
			keyShift: 'Shift',
			keySpace: 'Space',
			keyDot: '.',
			keyDelete: 'Del',
		},

		memory: {
			title: 'Memory',
			budget: 'Budget',
			bytes: (value: number) => formats.bytes(value),
			auto: 'Auto',
			autoHint: 'Raises the budget while that makes steps faster',
			budgetValue: (bytes: number, auto: boolean) =>
				auto ? `${formats.bytes(bytes)}, automatic` : formats.bytes(bytes),
			plan: (resident: number, blocks: number) => {
				if (resident === blocks) return `All ${formats.integer(blocks)} blocks stay on the GPU`;
				const streamed = formats.integer(blocks - resident);
				return resident === 0
					? `All ${streamed} blocks are streamed`
					: `${formats.integer(resident)} of ${formats.integer(blocks)} blocks stay on the GPU, ${streamed} are streamed`;
			},
			stepTime: (milliseconds: number) => `about ${formats.roughSeconds(milliseconds)} a step`,
			/** Joins what is said of a plan. */
			planSentence: (parts: readonly string[]) => `${parts.join('; ')}.`,
			least: (bytes: number) => `This size needs at least ${formats.bytes(bytes)}.`,
			estimate:
				'With this engine the budget limits the weights only; the rest may exceed it. It cannot cut its work for a slow GPU either: the desktop may stutter.',
			tooSmall: (least: number) =>
				`This size needs at least ${formats.bytes(least)}, more than the budget.`,
			tooLarge: (least: number) =>
				`This size needs at least ${formats.bytes(least)}, more than any budget here. Choose a smaller one.`,
			raise: (bytes: number) => `Allow ${formats.bytes(bytes)}`,
			ceiling: (bytes: number) =>
				`Auto stays within ${formats.bytes(bytes)}: more than that failed on this GPU or slowed it down.`,
			forget: 'Let it try again',
			chartLabel: (peak: number, budget: number) =>
				`GPU memory over the picture’s course: at most ${formats.bytes(peak)} of the ${formats.bytes(budget)} allowed`,
			held: (now: number, peak: number) =>
				`${formats.bytes(now)} now, at most ${formats.bytes(peak)} so far`,
			peak: (peak: number, budget: number) =>
				`Last picture: at most ${formats.bytes(peak)} of ${formats.bytes(budget)}`,
			parts: {
				weights: 'Weights',
				activations: 'Activations',
				staging: 'Staging',
				other: 'Other',
			},
		},

		engine: {
			title: 'Engine',
			choices: ENGINES,
			asked: 'The address of this page asks for this engine, for this visit only.',
			matrixTrouble: {
				absent:
					'This browser does not expose matrix units, so Shardlight’s own kernels draw in 32-bit arithmetic.',
				refused:
					'Matrix units give wrong results on this GPU, so Shardlight’s own kernels draw in 32-bit arithmetic.',
			},
			busy: 'It can be changed once nothing is being drawn.',
			fallback: (parts: readonly string[]) =>
				`Our own kernels do not work for ${formats.list(parts.map(englishPart))} on this GPU, so ONNX Runtime takes over. That is slower, and memory is only estimated.`,
		},

		notice: {
			budgetLowered: (bytes: number) =>
				`The memory budget is now ${formats.bytes(bytes)}. Press Generate to try with that.`,
			region: 'Notices',
			dismiss: 'Dismiss',
			promptCut: (tokens: number, limit: number) =>
				`The prompt has ${formats.integer(tokens)} tokens; the model reads ${formats.integer(limit)}, the rest was cut.`,
			repair: 'Repair',
			install: 'Install',
		},

		background: {
			ask: 'Tell me when it is ready',
			doneTitle: (count: number) =>
				count === 1 ? 'Your picture is ready' : `Your ${formats.integer(count)} pictures are ready`,
			failedTitle: 'The picture could not be drawn',
		},

		app: {
			install: 'Install app',
			updateReady: 'A new version of Shardlight is ready.',
			reload: 'Reload',
			later: 'Later',
		},

		models: {
			title: 'Models',
			states: {
				absent: 'Not installed',
				partial: 'Partly installed',
				installing: 'Being installed',
				installed: 'Installed',
				damaged: 'Damaged',
				'too-new': 'Needs a newer Shardlight',
			},
			dropHere: 'Drop a folder or files here',
			size: 'Size',
			origin: 'From',
			revision: 'Revision',
			revisionName: (revision: string) => formats.revision(revision),
			bundled: 'this page',
			originName: (origin: string) => origin,
			onDisk: (bytes: number) => `${formats.bytes(bytes)} on disk`,
			willTake: (bytes: number) => `${formats.bytes(bytes)} once installed`,
			elsewhere: 'Another tab works on this model. It can be drawn with once that is done.',
			tooNew:
				'A newer Shardlight installed it. Reload the page to get the newest version; the model stays installed.',
			stopped: (bytes: number) =>
				`${formats.bytes(bytes)} are stored already. The same source goes on from there.`,
			stoppedFiles: (bytes: number) =>
				`${formats.bytes(bytes)} are stored already. Choose the folder or the files again: it goes on from there.`,
			files: 'Files',
			/** Of a model's parts, which files they were made from. */
			fileNames: (files: Readonly<Record<string, readonly string[]>>) =>
				Object.values(files).flat().join(', '),
			madeFrom: (files: Readonly<Record<string, readonly string[]>>) => {
				const parts = Object.entries(files).map(
					([part, names]) => `${englishPart(part)} from ${names.join(', ')}`,
				);
				return `Made from these files: ${parts.join('; ')}.`;
			},

			sourceLabel: 'Where from',
			sources: {
				hub: 'Hugging Face',
				mirror: 'Mirror',
				files: 'This computer',
				shards: 'Converted',
			},
			sourceHints: {
				hub: 'Fetched from huggingface.co, converted as it arrives, and kept for use offline.',
				mirror: 'Any server with the paths of huggingface.co, for where that cannot be reached.',
				files:
					'Copied into the browser as it is converted; your files stay as they are, and nothing is downloaded. Take ComfyUI’s models folder, a diffusers folder, or the three files. Only a missing tokenizer (11 MB) is fetched from huggingface.co.',
				shards:
					'A folder that npm run convert made, on any server that allows this page to read it.',
			},
			mirrorLabel: 'Address of the mirror',
			mirrorAsking: 'Asking the mirror…',
			mirrorAnswers: (milliseconds: number) =>
				`The mirror answers, after ${formats.integer(milliseconds)} ms.`,
			mirrorAsk: 'Ask the mirror',
			mirrorProblem: (problem: MirrorProblem): string => {
				switch (problem.type) {
					case 'offline':
						return 'This computer is offline.';
					case 'no-server':
						return 'No server answers at this address. Check how it is written.';
					case 'closed':
						return 'A server answers at this address, but lets no other page read from it, so it is no mirror for browsers.';
					case 'silent':
						return 'The mirror takes too long to answer.';
					case 'no-files':
						return `A server answers at this address, but without this model’s files (status ${problem.status}), so it is no mirror of Hugging Face.`;
				}
			},
			addressProblem: 'An address that begins with https:// or http://.',
			shardsLabel: 'Address of the folder',
			shardsPlaceholder: 'https://example.org/z-image-turbo/',
			layoutLabel: 'Files',
			layouts: {
				comfy: (type: string, bytes: number) => `ComfyUI’s, ${type} · ${formats.bytes(bytes)}`,
				official: (type: string, bytes: number) =>
					`Official, transformer in ${type} · ${formats.bytes(bytes)}`,
			},
			backendLabel: 'Keep in',
			liesIn: 'Kept in',
			backends: {
				fastest: 'The faster one (measured)',
				opfs: 'The browser’s file system',
				indexeddb: 'The browser’s database',
			},
			room: {
				needed: (bytes: number) =>
					`Takes ${formats.bytes(bytes)} on disk. Make sure that much is free: the browser grants room only when it is written to.`,
				halfWay: 'If room runs out half-way, nothing is lost: free some, then press Resume.',
				toPersist:
					'The browser may delete the model when the disk is nearly full. To have it kept, bookmark this page or install it as an app first.',
			},
			chooseFolder: 'Choose folder…',
			chooseFiles: 'Choose files…',

			phases: {
				space: 'Looking for room',
				probe: 'Measuring the storage',
				read: 'Opening the files',
				convert: 'Fetching and converting',
				check: 'Checking',
				move: 'Moving',
				finish: 'Finishing',
			},
			shards: (done: number, total: number) =>
				`file ${formats.integer(done)} of ${formats.integer(total)}`,
			retry: (waitMilliseconds: number, attempt: number) =>
				`The connection failed. Next try in ${formats.roughDuration(waitMilliseconds)} (number ${formats.integer(attempt + 1)}).`,
			measuredOne: (backend: 'opfs' | 'indexeddb', bytesPerSecond: number) =>
				`${backend === 'opfs' ? 'file system' : 'database'} ${formats.bytes(bytesPerSecond)}/s`,
			measured: (speeds: readonly string[]) => `Reading measured: ${speeds.join(', ')}.`,
			notice: (
				_notice: 'range-ignored' | 'not-persistent' | 'subnormals' | 'source-changed',
				said: string,
			) => said,

			pause: 'Pause',
			stop: 'Stop',
			resume: 'Resume',
			cancel: 'Cancel and delete',
			cancelQuestion: 'Delete what has been stored so far?',
			remove: 'Delete',
			removeQuestion: (name: string, bytes: number) => `Delete ${name} (${formats.bytes(bytes)})?`,
			stopAndRemoveQuestion: (name: string, bytes: number) =>
				`A picture is being drawn with ${name}. Stop it and delete ${name} (${formats.bytes(bytes)})?`,
			keep: 'Keep',
			check: 'Check files',
			checked: (files: number, damaged: number) =>
				damaged === 0
					? `All ${formats.integer(files)} files are whole.`
					: `${formats.integer(damaged)} of ${formats.integer(files)} files are damaged. Repair fetches these again, and only these.`,
			repairFrom:
				'Where it came from is no longer at hand. Say where the damaged parts can be had:',
			ready: (name: string) => `${name} is installed. Pictures are drawn with it from now on.`,
			repaired: (name: string) => `${name} is whole again.`,

			used: (bytes: number) => `This page uses ${formats.bytes(bytes)} of the disk.`,
			persisted: 'The browser keeps these files until you delete them.',
			notPersisted: 'The browser may delete these files when the disk is nearly full.',
		},

		adapters: englishAdapters(formats),

		title: {
			idle: 'Shardlight',
			drawing: (fraction: number) => `${formats.percent(fraction)} · Shardlight`,
			done: '✓ Picture ready · Shardlight',
			installing: (fraction: number) => `Installing ${formats.percent(fraction)} · Shardlight`,
		},
	};
}
