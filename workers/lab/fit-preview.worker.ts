import { expose } from 'comlink';
import { fitPreview } from '../../src/lab/fit-preview.ts';
import type { FitPreviewWorker } from '../../src/lab/fit-preview-contract.ts';

const worker: FitPreviewWorker = { fitPreview };
expose(worker);
