import type {
	AdapterKind,
	AdapterNote,
	AdapterRecord,
} from '../../engine/adapters/adapter-client.ts';
import type { Formats } from '../format.ts';

const KINDS: Readonly<Record<AdapterKind, string>> = {
	lora: 'LoRA',
	loha: 'LoHa',
	lokr: 'LoKr',
	dora: 'DoRA',
	difference: 'differences',
};

const NOTES: Readonly<Record<AdapterNote, string>> = {
	'changes-nothing': 'It changes nothing: all its products are zero.',
	'scale-unknown': 'It does not say how strong it is: the strength may need adjusting.',
	'base-model': 'Trained on Z-Image (Base): on Turbo it may work weakly.',
	training: 'Made for training: pictures in 8 steps will be blurred.',
};

type Summary = AdapterRecord['reports'][keyof AdapterRecord['reports']];

// Its type is the catalogue's: other languages are checked against it.
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export function englishAdapters(formats: Formats) {
	const some = ({ count, names }: Summary['unused'], what: string): string =>
		`${formats.integer(count)} ${what}: ${names.join(', ')}${count > names.length ? ', …' : ''}`;
	return {
		title: 'Adapters (LoRA)',
		intro:
			'Files of some megabytes that teach the model a style, a person or a thing: LoRA, LoKr, LoHa and DoRA for Z-Image. Choose files or ComfyUI’s folder models/loras; they are copied and work offline.',
		urlLabel: 'Or from an address',
		urlProblem: 'An address that begins with https:// or http://.',
		fetch: 'Fetch',
		search: 'Search adapters',
		count: (count: number) => (count === 1 ? '1 adapter' : `${formats.integer(count)} adapters`),
		none: 'No adapter is called that.',
		more: (count: number) => `Show ${formats.integer(count)} more`,
		adding: (file: string, index: number, count: number) =>
			`${file} (${formats.integer(index)} of ${formats.integer(count)})`,
		progressLabel: 'Adapters being added',
		stop: 'Stop',
		added: (count: number) =>
			count === 1 ? '1 adapter was added.' : `${formats.integer(count)} adapters were added.`,
		notAdded: (file: string, why: string) => `${file}: ${why}`,
		noFiles: 'There is no .safetensors file among these.',
		facts: (
			{ byteLength, baseModel }: Pick<AdapterRecord, 'byteLength' | 'baseModel'>,
			report: Summary | undefined,
		) =>
			[
				...(report?.kinds.map((kind) => KINDS[kind]) ?? []),
				report?.ranks &&
					(report.ranks.least === report.ranks.most
						? `rank ${report.ranks.most}`
						: `rank ${report.ranks.least}–${report.ranks.most}`),
				formats.bytes(byteLength),
				baseModel,
			]
				.filter(Boolean)
				.join(' · '),
		report: (report: Summary) =>
			[
				`${formats.integer(report.used)} of ${formats.integer(report.modules)} modules used`,
				report.unused.count > 0 && some(report.unused, 'unused'),
				report.duplicates.count > 0 && some(report.duplicates, 'said twice'),
				report.wrongSizes.count > 0 && some(report.wrongSizes, 'of a wrong size'),
				report.textEncoder > 0 && `${formats.integer(report.textEncoder)} of a text encoder`,
				report.rounded > 0 && `${formats.integer(report.rounded)} rounded to FP16`,
			]
				.filter(Boolean)
				.join('; '),
		note: (note: AdapterNote) => NOTES[note],
		triggerWords: 'Trigger words',
		rename: 'Rename',
		nameLabel: 'Name',
		save: 'Save',
		remove: 'Delete',
		removeQuestion: (name: string, bytes: number) => `Delete ${name} (${formats.bytes(bytes)})?`,

		add: 'Add an adapter',
		addPlaceholder: 'Choose…',
		full: (most: number) => `At most ${most} adapters at once.`,
		empty: 'No adapter is installed that fits this model. Add files under Models.',
		manage: 'Add files…',
		on: (name: string) => `Draw with ${name}`,
		strength: (name: string) => `Strength of ${name}`,
		removeRow: (name: string) => `Take ${name} out`,
		insert: (word: string) => `Insert “${word}” into the prompt`,
		missing:
			'Not on this device. Add its file to draw the same picture, or switch it off to draw without it.',
		byName: 'Found by its name only: the picture may have used another file of this name.',
		otherModel: 'Made for another model than the one that is chosen.',
		typed: (tags: string) => `The prompt names adapters (${tags}), which the model cannot read.`,
		takeTyped: 'Make them rows',
	};
}
