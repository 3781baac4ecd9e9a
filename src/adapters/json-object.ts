/** Of unknown JSON text, its fields; none if it is no object. */
export function parseObject(json: string | undefined): Readonly<Record<string, unknown>> {
	try {
		return asObject(JSON.parse(json ?? '{}'));
	} catch {
		return {};
	}
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>)
		: {};
}
