/** `(word:1.2)`: AUTOMATIC1111 and ComfyUI count such words more, and do not show them to the model. */
const WEIGHT = /\([^()]{1,200}:-?\d{0,3}\.?\d{1,4}\)/;

export function hasWeights(prompt: string | undefined): boolean {
	return prompt !== undefined && WEIGHT.test(prompt);
}
