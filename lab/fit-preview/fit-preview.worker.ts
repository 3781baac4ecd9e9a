import { exposeHost } from '../../src/bridge/expose-host.ts';
import { fitPreview } from './fit-preview.ts';
import type { FitPreviewWorker } from './fit-preview-contract.ts';

exposeHost((): FitPreviewWorker => ({ fitPreview }));
