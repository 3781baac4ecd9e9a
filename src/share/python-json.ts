/** A JSON object of unknown origin. */
export type Fields = Readonly<Record<string, unknown>>;

/** A text in quotes, or a number that only Python writes; texts are matched so that what is in them stays. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\[^])*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * Parses JSON as Python writes it: with `NaN` and `Infinity`, which become null.
 *
 * @returns undefined for what is not JSON
 */
export function parsePythonJson(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		try {
			return JSON.parse(
				json.replaceAll(TEXT_OR_NUMBER, (found) => (found.startsWith('"') ? found : 'null')),
			);
		} catch {
			return undefined;
		}
	}
}

export function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
