import { exposeHost } from '../../bridge/expose-host.ts';
import { HashLane } from './hash-lane.ts';

exposeHost(() => new HashLane());
