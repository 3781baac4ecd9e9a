/** A setting of AUTOMATIC1111's line: its name, and its value without quotes. */
export type Setting = readonly [label: string, value: string];

/** The name's length is bounded: a search that starts anew at every word of a long text would take quadratic time. */
const LABEL = /\b(\w[\w \-/]{0,63}):[ \t]*/g;
const QUOTED = /"(?:\\.|[^\\"])*"[ \t]*(?=,|$)/y;

/**
 * Divides `Steps: 8, Model: "a, b", Civitai resources: [{…}], …` into its settings. Values in quotes and in
 * brackets are one value each, whatever is in them.
 */
export function readSettingsLine(line: string): readonly Setting[] {
	const settings: Setting[] = [];
	// What one search did not find to the end of the line, no later one will: each is made in vain once.
	let quotesClose = true;
	let bracketsClose = true;
	LABEL.lastIndex = 0;
	for (let found = LABEL.exec(line); found !== null; found = LABEL.exec(line)) {
		const start = LABEL.lastIndex;
		let end = -1;
		if (line[start] === '"' && quotesClose) {
			QUOTED.lastIndex = start;
			if (QUOTED.test(line)) end = QUOTED.lastIndex;
			else quotesClose = line.includes('"', start + 1);
		} else if ((line[start] === '[' || line[start] === '{') && bracketsClose) {
			end = closingBracket(line, start);
			bracketsClose = end >= 0;
		}
		if (end < 0) end = line.indexOf(',', start);
		if (end < 0) end = line.length;
		settings.push([found[1], unquote(line.slice(start, end))]);
		LABEL.lastIndex = end;
	}
	return settings;
}

/** Where the JSON that begins at `start` is over; -1 if it is not. */
function closingBracket(line: string, start: number): number {
	let depth = 0;
	let inText = false;
	for (let at = start; at < line.length; at++) {
		const letter = line[at];
		if (inText) {
			if (letter === '\\') at += 1;
			else if (letter === '"') inText = false;
		} else if (letter === '"') inText = true;
		else if (letter === '[' || letter === '{') depth += 1;
		else if (letter === ']' || letter === '}') {
			depth -= 1;
			if (depth === 0) return at + 1;
		}
	}
	return -1;
}

function unquote(value: string): string {
	const text = value.trim();
	if (!/^".*"$/s.test(text)) return text;
	try {
		const parsed: unknown = JSON.parse(text);
		return typeof parsed === 'string' ? parsed : text;
	} catch {
		return text;
	}
}
