import type { AdapterRecord } from '../../engine/adapters/adapter-client.ts';
import { type FoundAdapter, findAdapter } from '../../engine/adapters/find-adapter.ts';
import { contentHash } from '../../recipe/content-hash.ts';
import { MAX_ADAPTERS } from '../../recipe/recipe-limits.ts';
import type { AdapterUse, RecipeOptions } from '../../recipe/recipe-settings.ts';
import { isName, readDecimal } from '../../recipe/value-codec.ts';
import { readTags } from '../../share/adapter-tags.ts';
import type { AdapterLibrary } from './adapter-library.svelte.ts';

/** What the form holds of a recipe. */
interface Form {
	prompt: string;
	options: RecipeOptions;
}

/** An adapter of the recipe that is being written. */
export interface AdapterRow {
	readonly use: AdapterUse;
	/** Absent where it is not installed. */
	readonly found?: FoundAdapter;
	/** One that is off has the strength 0, and gets its own back. */
	readonly on: boolean;
	/** As it is shown, on or off. */
	readonly strength: number;
}

const DEFAULT_STRENGTH = 1;
const MAX_STRENGTH = 100;

/** The rows of adapters in the form. The recipe holds them; here is only what it has no place for. */
export class AdapterRows {
	readonly #form: Form;
	readonly #library: AdapterLibrary;
	/** Strengths of rows that are off, by name. */
	#muted: Readonly<Record<string, number>> = $state.raw({});

	readonly rows: readonly AdapterRow[] = $derived.by(() =>
		this.#uses.map((use): AdapterRow => {
			const found = findAdapter(this.#library.records, use);
			const on = use.strength !== 0;
			const strength = on ? use.strength : (this.#muted[use.name] ?? use.strength);
			return { use, ...(found && { found }), on, strength };
		}),
	);

	constructor(form: Form, library: AdapterLibrary) {
		this.#form = form;
		this.#library = library;
	}

	get isFull(): boolean {
		return this.#uses.length >= MAX_ADAPTERS;
	}

	/** Tags of AUTOMATIC1111 in the prompt, which no model reads. */
	get typed(): readonly AdapterUse[] {
		return readTags(this.#form.prompt, '').adapters.flatMap(({ name, strength }) => {
			const value = readDecimal(strength) ?? DEFAULT_STRENGTH;
			return isName(name) ? [{ name, strength: limited(value) }] : [];
		});
	}

	add({ hash, name }: AdapterRecord): void {
		const known = contentHash(hash);
		this.#add({ ...(known && { hash: known }), name, strength: DEFAULT_STRENGTH });
	}

	/** Makes rows of the tags that were typed, as far as there is room. */
	takeTyped(): void {
		for (const use of this.typed) {
			const found = findAdapter(this.#library.records, use);
			const hash = contentHash(found?.record.hash);
			this.#add({ ...use, ...(hash && { hash }), name: found?.record.name ?? use.name });
		}
		this.#form.prompt = readTags(this.#form.prompt, '').prompt;
	}

	setStrength(index: number, strength: number): void {
		if (Number.isFinite(strength)) this.#replace(index, { strength: limited(strength) });
	}

	switch(index: number, on: boolean): void {
		const row = this.rows[index];
		const { name } = row.use;
		if (on) this.#replace(index, { strength: this.#muted[name] ?? DEFAULT_STRENGTH });
		else {
			if (row.use.strength !== 0) this.#muted = { ...this.#muted, [name]: row.use.strength };
			this.#replace(index, { strength: 0 });
		}
	}

	remove(index: number): void {
		this.#set(this.#uses.filter((_, at) => at !== index));
	}

	/** At the prompt's end, if it is not in it. */
	insertWord(word: string): void {
		const { prompt } = this.#form;
		if (prompt.toLowerCase().includes(word.toLowerCase())) return;
		const before = prompt.trimEnd();
		this.#form.prompt = before === '' ? word : `${before}, ${word}`;
	}

	get #uses(): readonly AdapterUse[] {
		return this.#form.options.adapters ?? [];
	}

	#add(use: AdapterUse): void {
		if (!this.isFull) this.#set([...this.#uses, use]);
	}

	#replace(index: number, change: Partial<AdapterUse>): void {
		this.#set(this.#uses.map((use, at) => (at === index ? { ...use, ...change } : use)));
	}

	#set(adapters: readonly AdapterUse[]): void {
		this.#form.options = { ...this.#form.options, adapters };
	}
}

function limited(strength: number): number {
	return Math.max(-MAX_STRENGTH, Math.min(MAX_STRENGTH, strength));
}
