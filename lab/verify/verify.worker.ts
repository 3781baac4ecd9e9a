import { exposeHost } from '../../src/bridge/expose-host.ts';
import { verifyCase } from './verify.ts';
import type { VerifyWorker } from './verify-contract.ts';

exposeHost((): VerifyWorker => ({ verifyCase }));
