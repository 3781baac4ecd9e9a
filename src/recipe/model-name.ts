/** How the numbers of a file are kept: `z_image_turbo_bf16`, `z-image-turbo-Q4_K_M`. */
const WHOLE = /[ _.-]*(bf16|fp16|fp32|f16|f32)$/i;
const QUANTISED =
	/[ _.-]*((scaled|mixed)?[ _.-]*fp8([ _.-]*(e4m3fn|e5m2|scaled|mixed))*|i?q\d(_\w+)*|nvfp4|mxfp[48]|fp4|nf4|int[48](_\w+)*|gguf)$/i;
const PREFIX = /^svdq-[a-z\d]+_r\d+-/i;

/** A model that a recipe may mean. */
interface NamedModel {
	readonly id: string;
	/** Shown to people. */
	readonly name: string;
}

/**
 * Whether the name in another program's recipe is this model's: its file's, whatever type its numbers have,
 * its repository's, or as people write it.
 */
export function isNameOf(written: string, { id, name }: NamedModel): boolean {
	const given = fold(written);
	return written === id || given === fold(id) || given === fold(name);
}

/** Whether a name says that the weights were quantised. */
export function isQuantisedName(written: string): boolean {
	const name = fileName(written);
	return PREFIX.test(name) || QUANTISED.test(name);
}

function fold(written: string): string {
	const name = fileName(written).replace(PREFIX, '').replace(QUANTISED, '').replace(WHOLE, '');
	return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Without its folder or owner, and without its ending. */
function fileName(path: string): string {
	const last = path.split(/[/\\]|--/).at(-1) ?? path;
	return last.replace(/\.(safetensors|sft|gguf|ckpt)$/i, '');
}
