/** What is put into WGSL text: a list is one line after another, `false` and `undefined` are nothing. */
export type Wgsl = string | number | false | undefined | readonly Wgsl[];

/** Stands for a value until it is put in: no part of any WGSL. */
const HOLE = '\0';

/**
 * WGSL that is written as it is read: the indentation that all lines share is taken off, what is put in takes
 * that of its line, and a line of nothing but what vanishes is left out.
 */
export function wgsl(template: TemplateStringsArray, ...values: readonly Wgsl[]): string {
	let next = 0;
	const lines = dedentedLines(template).flatMap((line) => {
		const indentation = indentationOf(line);
		const filled = line.replaceAll(HOLE, () =>
			linesOf(values[next++])
				.join('\n')
				.replaceAll(/\n(?!\n)/g, `\n${indentation}`),
		);
		return line.includes(HOLE) && filled.trim() === '' ? [] : [filled];
	});
	return lines
		.join('\n')
		.replaceAll(/\n{3,}/g, '\n\n')
		.replaceAll(/^\n+|\n+$/g, '');
}

function linesOf(value: Wgsl): readonly string[] {
	if (value === undefined || value === false || value === '') return [];
	return typeof value === 'object' ? value.flatMap(linesOf) : [String(value)];
}

/** Of templates that were used before: they are used over and over. */
const known = new WeakMap<TemplateStringsArray, readonly string[]>();

function dedentedLines(template: TemplateStringsArray): readonly string[] {
	const before = known.get(template);
	if (before !== undefined) return before;
	const [first = '', ...others] = template.join(HOLE).split('\n');
	const shared = Math.min(
		...others.filter((line) => line.trim() !== '').map((line) => indentationOf(line).length),
	);
	const lines = [first, ...others.map((line) => line.slice(shared))];
	if (first.trim() === '') lines.shift();
	if (lines.at(-1)?.trim() === '') lines.pop();
	known.set(template, lines);
	return lines;
}

function indentationOf(line: string): string {
	return /^\t*/.exec(line)?.[0] ?? '';
}
