/** Events as JSON by HTTPS POST, signed so that the receiver knows whose they are and when they were sent. */
import { createHmac } from 'node:crypto'
import { ask, reasonOf } from '../https.ts'
import { failed, type Opening, outcomeOf } from './outlet.ts'

const mostAnswer = 65_536

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 by the shared key over the seconds since 1970, a dot and the body. */
export const signature = (key: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`

export const webhook: Opening<'webhook'> = ({ url, ca }, { name, secrets, ownPorts, now }) => ({
  batch: 100,
  gatherMs: 0,
  close: () => undefined,
  deliver: async (events) => {
    const body = JSON.stringify({ receiver: name, events })
    const seconds = Math.floor(now() / 1000)
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      // The same events again have the same: a receiver can tell a repetition.
      'idempotency-key': `${events[0]?.id ?? ''}-${events.at(-1)?.id ?? ''}`,
      ...(secrets.key !== undefined && { 'bulkhead-signature': signature(secrets.key, seconds, body) }),
      ...(secrets.authorization !== undefined && { authorization: secrets.authorization }),
    }
    try {
      const { status } = await ask({ method: 'POST', url, headers, body, ca, ownPorts, mostBytes: mostAnswer })
      return outcomeOf(status)
    } catch (error) {
      return failed(reasonOf(error))
    }
  },
})
