const POOL_WORDS = 24;

/**
 * The state that NumPy's `SeedSequence(entropy, spawn_key, pool_size=24)` generates: seeds for the nodes of
 * a tree that are independent of each other.
 *
 * @param entropy from 0 to 2^64 - 1
 * @param spawnKey whole numbers from 0; absent for the root
 * @returns `length` words of 32 bits
 * Source: docs/spec/samplers.md, section 6.3
 */
export function seedSequence(
	entropy: bigint,
	spawnKey: readonly bigint[] | undefined,
	length: number,
): Uint32Array {
	const words = wordsOf(entropy);
	if (spawnKey !== undefined) {
		while (words.length < POOL_WORDS) words.push(0);
		words.push(...spawnKey.flatMap(wordsOf));
	}
	let multiplier = 0x43b0d7e5;
	const hash = (word: number): number => {
		const mixed = word ^ multiplier;
		multiplier = Math.imul(multiplier, 0x931e8875);
		return fold(Math.imul(mixed, multiplier));
	};
	const pool = Uint32Array.from({ length: POOL_WORDS }, (_, i) => hash(words[i] ?? 0));
	for (let from = 0; from < POOL_WORDS; from++) {
		for (let to = 0; to < POOL_WORDS; to++) {
			if (to !== from) pool[to] = mix(pool[to], hash(pool[from]));
		}
	}
	for (const word of words.slice(POOL_WORDS)) {
		for (let to = 0; to < POOL_WORDS; to++) pool[to] = mix(pool[to], hash(word));
	}

	let outMultiplier = 0x8b51f9dd;
	return Uint32Array.from({ length }, (_, i) => {
		const mixed = pool[i % POOL_WORDS] ^ outMultiplier;
		outMultiplier = Math.imul(outMultiplier, 0x58f38ded);
		return fold(Math.imul(mixed, outMultiplier));
	});
}

/** In base 2^32, the low word first. */
function wordsOf(value: bigint): number[] {
	const words = [Number(BigInt.asUintN(32, value))];
	for (let rest = value >> 32n; rest > 0n; rest >>= 32n)
		words.push(Number(BigInt.asUintN(32, rest)));
	return words;
}

function mix(x: number, y: number): number {
	return fold(Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y));
}

function fold(value: number): number {
	return (value ^ (value >>> 16)) >>> 0;
}
