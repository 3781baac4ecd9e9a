/** A kernel, as plans ask for it and as reports name it. */
export type KernelName =
	| 'linear'
	| 'attention'
	| 'conv'
	| 'group-norm'
	| 'row-norm'
	| 'elementwise'
	| 'head-norm-rotary'
	| 'transpose'
	| 'mix'
	| 'weight-squares'
	| 'row-halves'
	| 'matrix-linear'
	| 'matrix-attention';
