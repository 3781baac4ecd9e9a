import { exposeHost } from '../../src/bridge/expose-host.ts';
import { verifyCase } from '../../src/lab/verify.ts';
import type { VerifyWorker } from '../../src/lab/verify-contract.ts';

exposeHost((): VerifyWorker => ({ verifyCase }));
