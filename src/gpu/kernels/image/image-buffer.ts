import { type BoundRange, F32_BYTES } from '../dispatch/kernel-dispatch.ts';

/** A run of channels or of image rows. */
export interface Span {
	readonly start: number;
	readonly count: number;
}

/**
 * Some channels of an image in a buffer: f32 [channels, rows, width]. Row r of the image is at row r mod
 * `rows`, so a buffer shorter than the image is a ring that holds the rows written last.
 */
export interface ImageBuffer<Ref> {
	readonly ref: Ref;
	readonly rows: number;
	/** The image's channel that the buffer starts with. */
	readonly firstChannel: number;
}

/** All channels and rows of an image. */
export function wholeImage<Ref>(ref: Ref, rows: number): ImageBuffer<Ref> {
	return { ref, rows, firstChannel: 0 };
}

/** The bytes of a run of an image's channels. */
export function channelRange<Ref>(
	{ ref, rows, firstChannel }: ImageBuffer<Ref>,
	width: number,
	{ start, count }: Span,
): BoundRange<Ref> {
	const channelBytes = rows * width * F32_BYTES;
	return {
		ref,
		byteOffset: (start - firstChannel) * channelBytes,
		byteLength: count * channelBytes,
	};
}

/** Elements of 256 bytes, where a binding may start. */
const BINDING_ELEMENTS = 64;

/**
 * Cuts a run of channels into the fewest that fit a binding each.
 *
 * @param planes elements of a channel in each buffer that is bound by these ranges
 * @param most channels of a range that are not too much work; more where a binding cannot start in between
 * @throws RangeError if not even the fewest channels that start where a binding may fit one
 */
export function splitChannels(
	channels: Span,
	planes: readonly number[],
	maxBindingBytes: number,
	most = Infinity,
): readonly Span[] {
	const largest = Math.max(...planes);
	const fitting = Math.floor(maxBindingBytes / (largest * F32_BYTES));
	if (channels.count <= Math.min(fitting, most)) return [channels];
	// All powers of two, so the largest is a multiple of each.
	const multiple = Math.max(
		...planes.map((plane) => BINDING_ELEMENTS / greatestCommonDivisor(BINDING_ELEMENTS, plane)),
	);
	if (channels.count > fitting && fitting < multiple) {
		throw new RangeError(`${multiple} channels of ${largest} elements exceed a binding`);
	}
	const multiples = Math.max(1, Math.floor(Math.min(fitting, most) / multiple));
	const pieces = Math.ceil(channels.count / (multiples * multiple));
	const count = Math.ceil(channels.count / pieces / multiple) * multiple;
	return Array.from({ length: Math.ceil(channels.count / count) }, (_, index) => ({
		start: channels.start + index * count,
		count: Math.min(count, channels.count - index * count),
	}));
}

function greatestCommonDivisor(a: number, b: number): number {
	return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
