import { halfSum } from '../../numbers/half-sum.ts';
import { TILE } from '../../numbers/half-float.ts';
import type { ShardWriter } from '../../store/shard-store.ts';
import type { PlannedTensor } from '../checkpoint/component-plan.ts';
import { convertToF16 } from './convert-to-f16.ts';
import { convertTransposed, type StoredTensor } from './convert-transposed.ts';

const FP16_BYTES = 2;
/** Source bytes converted at a time: they stay in a core's cache until they are turned. */
const BAND_BYTES = 2 ** 20;
/** Bytes written at a time where the order is kept. */
const PIECE_BYTES = 2 ** 23;
/** Largest matrix that is turned whole; a larger one goes to its shard in bands of columns. */
const TURNED_BYTES = 2 ** 27;

/** Memory that one tensor after another uses: fresh memory costs more time than the conversion. */
export class ConversionMemory {
	#band = new Uint8Array(0);
	#halves = new Uint16Array(0);
	#target = new Uint16Array(0);

	/** Source bytes of a band. */
	band(byteLength: number): Uint8Array<ArrayBuffer> {
		if (this.#band.byteLength < byteLength) this.#band = new Uint8Array(byteLength);
		return this.#band.subarray(0, byteLength);
	}

	/** The band in FP16. */
	halves(length: number): Uint16Array<ArrayBuffer> {
		if (this.#halves.length < length) this.#halves = new Uint16Array(length);
		return this.#halves.subarray(0, length);
	}

	/** What is written at once. */
	target(length: number): Uint16Array<ArrayBuffer> {
		if (this.#target.length < length) this.#target = new Uint16Array(length);
		return this.#target.subarray(0, length);
	}
}

export interface ConverterOptions {
	/** See TURNED_BYTES; tests take less. */
	readonly turnedBytes?: number;
	/** See PIECE_BYTES. */
	readonly pieceBytes?: number;
}

/** Takes one tensor's bytes as they arrive and writes them to its shard: in FP16, turned if need be. */
export class TensorConverter {
	readonly #tensor: PlannedTensor;
	readonly #writer: ShardWriter;
	readonly #memory: ConversionMemory;
	readonly #valueBytes: number;
	/** Source bytes that are gathered before they are converted; whole rows of a matrix that is turned. */
	readonly #bandBytes: number;
	/** Rows of the matrix, or values of the vector, that `target` holds. */
	readonly #targetRows: number;
	#bandFilled = 0;
	/** Rows or values converted and not yet written, and those written. */
	#held = 0;
	#written = 0;
	#sum = 0;
	#subnormals = 0;

	constructor(
		tensor: PlannedTensor,
		writer: ShardWriter,
		memory: ConversionMemory,
		options: ConverterOptions = {},
	) {
		const { turnedBytes = TURNED_BYTES, pieceBytes = PIECE_BYTES } = options;
		this.#tensor = tensor;
		this.#writer = writer;
		this.#memory = memory;
		this.#valueBytes = tensor.dtype === 'F32' ? 4 : 2;
		const { rows, columns, transposed } = tensor;
		const rowBytes = transposed ? columns * this.#valueBytes : this.#valueBytes;
		const bandRows = Math.max(1, Math.floor(BAND_BYTES / rowBytes / TILE)) * TILE;
		this.#bandBytes = Math.min(bandRows * rowBytes, tensor.byteLength);
		const most = transposed ? turnedBytes / (columns * FP16_BYTES) : pieceBytes / FP16_BYTES;
		const all = transposed ? rows : tensor.byteLength / this.#valueBytes;
		// Whole bands, so that no band is cut in two.
		this.#targetRows = all <= most ? all : Math.max(1, Math.floor(most / bandRows)) * bandRows;
	}

	/** Takes the next bytes. Too many for the tensor are a mistake of the caller. */
	async push(bytes: Uint8Array): Promise<void> {
		let taken = 0;
		while (taken < bytes.byteLength) {
			const band = this.#memory.band(this.#bandBytes);
			const piece = bytes.subarray(taken, taken + this.#bandBytes - this.#bandFilled);
			band.set(piece, this.#bandFilled);
			this.#bandFilled += piece.byteLength;
			taken += piece.byteLength;
			if (this.#bandFilled === this.#bandBytes) await this.#convertBand();
		}
	}

	/** After the last byte. */
	async finish(): Promise<StoredTensor> {
		if (this.#bandFilled > 0) await this.#convertBand();
		if (this.#held > 0) await this.#write();
		return { sum: this.#sum, subnormals: this.#subnormals };
	}

	async #convertBand(): Promise<void> {
		const { officialName, transposed, columns, dtype } = this.#tensor;
		const bytes = this.#memory.band(this.#bandFilled);
		const count = this.#bandFilled / this.#valueBytes;
		const rows = transposed ? count / columns : count;
		this.#bandFilled = 0;
		// Read afresh after every write: memory that grew is other memory.
		const target = this.#memory.target(this.#targetRows * (transposed ? columns : 1));
		if (transposed) {
			const turned = convertTransposed({ dtype, bytes }, officialName, {
				...{ bandRows: rows, columns, firstRow: this.#held, rows: this.#width() },
				halves: this.#memory.halves(count),
				target: this.#turned(target),
			});
			this.#add(turned);
		} else {
			const place = target.subarray(this.#held, this.#held + count);
			const { subnormals } = convertToF16({ dtype, bytes }, officialName, place);
			const sum = halfSum(new Uint8Array(place.buffer, place.byteOffset, place.byteLength));
			this.#add({ sum, subnormals });
		}
		this.#held += rows;
		if (this.#held === this.#width()) await this.#write();
	}

	#add({ sum, subnormals }: StoredTensor): void {
		this.#sum = (this.#sum + sum) >>> 0;
		this.#subnormals += subnormals;
	}

	/** Rows that the target takes before it is written: fewer at the end. */
	#width(): number {
		const { transposed, rows, byteLength } = this.#tensor;
		const all = transposed ? rows : byteLength / this.#valueBytes;
		return Math.min(this.#targetRows, all - this.#written);
	}

	#turned(target: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
		return target.subarray(0, this.#width() * this.#tensor.columns);
	}

	async #write(): Promise<void> {
		const { transposed, rows, columns, record } = this.#tensor;
		const width = this.#held;
		const target = this.#memory.target(width * (transposed ? columns : 1));
		const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
		if (!transposed || width === rows) {
			await this.#writer.write(record.byteOffset + this.#written * FP16_BYTES, bytes);
		} else {
			for (let column = 0; column < columns; column++) {
				const at = record.byteOffset + (column * rows + this.#written) * FP16_BYTES;
				const from = column * width * FP16_BYTES;
				await this.#writer.write(at, bytes.subarray(from, from + width * FP16_BYTES));
			}
		}
		this.#written += width;
		this.#held = 0;
	}
}
