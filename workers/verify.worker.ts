import { expose } from 'comlink';
import { verifyCase } from '../src/engine/verify.ts';
import type { VerifyWorker } from '../src/engine/verify-contract.ts';

const worker: VerifyWorker = { verifyCase };
expose(worker);
