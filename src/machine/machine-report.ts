/** A title, and what is said under it, in order. */
export interface ReportSection {
	readonly title: string;
	readonly lines: readonly ReportLine[];
}

/** Names may come again: one line for each shader, each fault. */
export type ReportLine = readonly [name: string, value: string | number | boolean];

const FIRST_LINE = 'Shardlight machine report 1';
/** What fits into an issue, with room for words. */
const MOST_CHARACTERS = 20_000;
const MOST_OF_A_VALUE = 600;

/** Plain text that people copy as a whole. */
export function renderReport(sections: readonly ReportSection[]): string {
	const parts = sections.map(({ title, lines }) =>
		[`## ${title}`, ...lines.map(([name, value]) => `${name}: ${oneLine(value)}`)].join('\n'),
	);
	const text = [FIRST_LINE, ...parts].join('\n\n');
	return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 2)}\n…`;
}

function oneLine(value: ReportLine[1]): string {
	const text = String(value).replace(/\s+/g, ' ');
	return text.length <= MOST_OF_A_VALUE ? text : `${text.slice(0, MOST_OF_A_VALUE)}…`;
}

/** A report that somebody has sent, as far as it is one. */
export function readReport(text: string): readonly ReportSection[] {
	return text
		.split(/^## /m)
		.slice(1)
		.map((part) => {
			const [title = '', ...lines] = part.split('\n');
			return { title: title.trim(), lines: lines.flatMap((line) => readLine(line)) };
		});
}

function readLine(line: string): readonly ReportLine[] {
	const [, name, value] = /^([^:]+): (.*)$/.exec(line) ?? [];
	return name === undefined || value === undefined ? [] : [[name, value]];
}

/** What a section says of a name; undefined where it does not. */
export function valueIn(
	sections: readonly ReportSection[],
	title: string,
	name: string,
): string | undefined {
	const lines = sections.find((section) => section.title === title)?.lines;
	const line = lines?.find(([each]) => each === name);
	return line === undefined ? undefined : String(line[1]);
}
