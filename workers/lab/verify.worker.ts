import { expose } from 'comlink';
import { verifyCase } from '../../src/lab/verify.ts';
import type { VerifyWorker } from '../../src/lab/verify-contract.ts';

const worker: VerifyWorker = { verifyCase };
expose(worker);
