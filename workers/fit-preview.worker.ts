import { expose } from 'comlink';
import { fitPreview } from '../src/engine/fit-preview.ts';
import type { FitPreviewWorker } from '../src/engine/fit-preview-contract.ts';

const worker: FitPreviewWorker = { fitPreview };
expose(worker);
