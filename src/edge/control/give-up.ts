/**
 * How long the sender of an order waits. An edge that hung finds old orders in its socket when it goes on; what somebody gave up
 * on, and perhaps did in another way, must not happen then. The monotonic clock of the machine is the same for both ends.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { Fault } from '#core/errors.ts'

const header = 'bulkhead-give-up'
const nsPerMs = 1_000_000n

export const giveUpHeader = (timeoutMs: number): Record<string, string> => ({
  [header]: String(process.hrtime.bigint() + BigInt(Math.ceil(timeoutMs)) * nsPerMs),
})

/** @throws Fault `edge-busy` when the sender does not wait any more; a request that does not say is carried out */
export const refuseAbandoned = (headers: IncomingHttpHeaders): void => {
  const until = headers[header]
  if (typeof until === 'string' && /^\d{1,20}$/.test(until) && process.hrtime.bigint() > BigInt(until))
    throw new Fault(
      'edge-busy',
      'The edge was busy for longer than the sender of this order waited; it is not carried out.',
      {
        advice: 'Give the order again.',
      },
    )
}
