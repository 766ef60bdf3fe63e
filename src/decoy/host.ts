/** Process of its own, started by the edge: `node src/decoy/host.ts`. Orders come as lines on standard input (schema/decoy-host.ts). */
import { parts } from './host/parts.ts'
import { runHost } from './host/run.ts'

runHost(parts)
