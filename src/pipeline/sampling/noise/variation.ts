/**
 * Noise between that of a seed and that of its variation: on the arc between the two, for each column of
 * each channel. As AUTOMATIC1111 has it, weights swapped where both are nearly parallel included.
 *
 * @param noise [channels, height, width]
 * @param other of the variation seed
 * @param strength 0 is `noise`, 1 is `other`
 * Source: docs/spec/samplers.md, section 6.5
 */
export function variedNoise(
	noise: Float32Array,
	other: Float32Array,
	strength: number,
	{ height, width }: { readonly height: number; readonly width: number },
): Float32Array {
	const columns = noise.length / height;
	const cosines = new Float64Array(columns);
	forEachColumn(noise.length, height, width, (column, indices) => {
		let [dot, length, otherLength] = [0, 0, 0];
		for (const i of indices()) {
			dot += noise[i] * other[i];
			length += noise[i] ** 2;
			otherLength += other[i] ** 2;
		}
		cosines[column] = dot / Math.sqrt(length * otherLength);
	});
	const isParallel = cosines.reduce((sum, value) => sum + value, 0) / columns > 0.9995;
	const varied = new Float32Array(noise.length);
	forEachColumn(noise.length, height, width, (column, indices) => {
		const angle = Math.acos(cosines[column]);
		const [ofNoise, ofOther] = isParallel
			? [strength, 1 - strength]
			: [
					Math.sin((1 - strength) * angle) / Math.sin(angle),
					Math.sin(strength * angle) / Math.sin(angle),
				];
		for (const i of indices()) varied[i] = ofNoise * noise[i] + ofOther * other[i];
	});
	return varied;
}

function forEachColumn(
	length: number,
	height: number,
	width: number,
	visit: (column: number, indices: () => Iterable<number>) => void,
): void {
	for (let column = 0; column < length / height; column++) {
		const first = Math.floor(column / width) * height * width + (column % width);
		visit(column, function* () {
			for (let row = 0; row < height; row++) yield first + row * width;
		});
	}
}
