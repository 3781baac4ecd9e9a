import { exposeHost } from '../../src/bridge/expose-host.ts';
import { fitPreview } from '../../src/lab/fit-preview.ts';
import type { FitPreviewWorker } from '../../src/lab/fit-preview-contract.ts';

exposeHost((): FitPreviewWorker => ({ fitPreview }));
