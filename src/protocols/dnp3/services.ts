/** Services of the link layer itself: IEEE Std 1815-2012, 9.2.4.1.3. They carry no data. */
import type { Message } from '#core/message.ts'
import type { Pending } from '#core/pending.ts'
import { beginFrom, beginOf } from './fields.ts'
import { control, firstBroadcast, primary, secondary } from './link.ts'
import type { Station } from './state.ts'
import { transactionOfLink } from './transactions.ts'

const opOf = (code: number): string => {
  if (code === primary.reset) return 'reset-link-states'
  if (code === primary.test) return 'test-link-states'
  return code === primary.requestStatus ? 'request-link-status' : 'unlisted'
}

const isAnswer = (code: number): boolean =>
  code === secondary.ack || code === secondary.nack || code === secondary.status || code >= 14

/** Reads a frame that is no user data. */
export const readService = (
  octet: number,
  data: number,
  fromClient: boolean,
  station: Station,
  pending: Pending,
  message: Message,
): void => {
  const code = octet & 0x0f
  if (data > 0) message.fault = 'malformed'
  if ((octet & control.primary) !== 0) {
    if (fromClient) beginOf(message, opOf(code), station)
    else beginFrom(message, opOf(code), station)
    if (fromClient && station.outstation < firstBroadcast) {
      message.role = 'request'
      message.transaction = transactionOfLink(station)
      pending.again(message.transaction, 1)
    }
    return
  }
  // An answer asks for nothing. Which frame it acknowledges the link does not say: only a service waits for it by name.
  if (!isAnswer(code)) beginFrom(message, 'unlisted', station)
  else if (!fromClient && pending.find(transactionOfLink(station)) !== undefined) {
    message.role = 'response'
    message.transaction = transactionOfLink(station)
    message.refused = code !== secondary.ack && code !== secondary.status
  }
}
