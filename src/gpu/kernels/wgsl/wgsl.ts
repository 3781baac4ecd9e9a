/** What is put into WGSL text: a list is one line after another, `false` and `undefined` are nothing. */
export type Wgsl = string | number | false | undefined | readonly Wgsl[];

/**
 * WGSL that is written as it is read: the indentation that all lines share is taken off, what is put in takes
 * that of its line, and a line of nothing but what vanishes is left out.
 */
export function wgsl(template: TemplateStringsArray, ...values: readonly Wgsl[]): string {
	let next = 0;
	const lines: string[] = [];
	for (const { indentation, pieces, isAlone } of linesOf(template)) {
		let line = pieces[0] ?? '';
		for (const piece of pieces.slice(1)) line += textOf(values[next++], indentation) + piece;
		const isBlank = line === '' || (isAlone && line === indentation);
		// One blank line at a time, and none at the start: what stood between them may have vanished.
		if (isBlank && (pieces.length > 1 || (lines.at(-1) ?? '') === '')) continue;
		lines.push(line);
	}
	if (lines.at(-1) === '') lines.pop();
	return lines.join('\n');
}

function textOf(value: Wgsl, indentation: string): string {
	if (typeof value === 'object') {
		const texts = value.map((each) => textOf(each, indentation));
		return texts.filter((text) => text !== '').join(`\n${indentation}`);
	}
	if (value === undefined || value === false) return '';
	const text = String(value);
	if (indentation === '' || !text.includes('\n')) return text;
	const indented = text.replaceAll('\n', `\n${indentation}`);
	return indented.replaceAll(`\n${indentation}\n`, '\n\n');
}

interface TemplateLine {
	readonly indentation: string;
	/** Its text, with a value between one piece and the next. */
	readonly pieces: readonly string[];
	/** True where it is nothing but values. */
	readonly isAlone: boolean;
}

/** Of templates that were used before: they are used over and over. */
const known = new WeakMap<TemplateStringsArray, readonly TemplateLine[]>();

/** Stands for a value: no part of any WGSL. */
const HOLE = '\0';

function linesOf(template: TemplateStringsArray): readonly TemplateLine[] {
	const before = known.get(template);
	if (before !== undefined) return before;
	const [first = '', ...others] = template.join(HOLE).split('\n');
	const shared = Math.min(
		...others.filter((line) => line.trim() !== '').map((line) => indentationOf(line).length),
	);
	const texts = [first, ...others.map((line) => line.slice(shared))];
	if (first.trim() === '') texts.shift();
	if (texts.at(-1)?.trim() === '') texts.pop();
	const lines = texts.map((text) => ({
		indentation: indentationOf(text),
		pieces: text.split(HOLE),
		isAlone: text.replaceAll(HOLE, '').trim() === '',
	}));
	known.set(template, lines);
	return lines;
}

function indentationOf(line: string): string {
	return /^\t*/.exec(line)?.[0] ?? '';
}
