// Runs in the browser before each test file.
import { waitForAdapter } from '../../scripts/webgpu/wait-for-adapter.ts';

if (!(await waitForAdapter())) {
	throw new Error('This browser has no WebGPU adapter: run `npm run setup:browser`.');
}
