/** BACnet/IP: ANSI/ASHRAE 135, annex J over UDP. The unit is the datagram. */
import { u16be } from '#core/bytes.ts'
import { defineCodec, type Codec } from '#core/codec.ts'
import { isSegmented, pdu, readApdu, serviceOf, State } from './apdu.ts'
import { bvll, bvllHeader, bvllType, npduOf, readLink } from './bvll.ts'
import { Npdu, readNetworkMessage } from './network.ts'
import { bacnet as vocabulary } from './ops.ts'
import { writeRefusal } from './refusal.ts'
import { undefinedService } from './services.ts'

const longest = 65_507

const frame = (bytes: Uint8Array, at: number, end: number): number => {
  if (end <= at) return 0
  if (bytes[at] !== bvllType) return -1
  if (end < at + bvllHeader) return 0
  const length = u16be(bytes, at + 2)
  // The length is the datagram's: bytes beyond it would be seen by some devices, and by others not.
  if (length < bvllHeader || length > longest || end > at + length) return -1
  return length
}

const npdu = new Npdu()

const parse: Codec<State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  if (end < at + bvllHeader || bytes[at] !== bvllType || u16be(bytes, at + 2) !== end - at) {
    message.fault = 'malformed'
    return
  }
  conversation.state.newest = undefined
  const start = npduOf(bytes, at)
  const code = bytes[at + 1]
  const origin = code === bvll.forwarded ? at + bvllHeader : -1
  if (start < 0) return readLink(bytes, at, end, fromClient, conversation.pending, message)
  if (!npdu.read(bytes, start, end)) message.fault = 'malformed'
  else if (npdu.network) readNetworkMessage(bytes, npdu.content, end, message)
  else readApdu(bytes, npdu.content, end, fromClient, npdu, origin, conversation, message)
  // The plain envelopes are no commands; those that carry somebody else's message, or spread it, are.
  if (code === bvll.forwarded) message.begin('forwarded-npdu')
  else if (code === bvll.distribute) message.begin('distribute-broadcast-to-network')
}

export const bacnetCodec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  frame,
  longest,
  parse,
  refuse: (bytes, at, end, _conversation, why, out) => writeRefusal(bytes, at, end, why, out),
  abandonable: true,
  neutralise: (bytes, at, end) => {
    if (bytes[at + 1] !== bvll.unicast || !npdu.read(bytes, at + bvllHeader, end) || npdu.network) return false
    const apdu = npdu.content
    if ((bytes[apdu] ?? 0) >> 4 !== pdu.confirmed || end < apdu + 4) return false
    // The segments before it had another service: the device could make anything of that.
    if (isSegmented(bytes, apdu)) return false
    bytes[apdu + 3] = undefinedService
    return true
  },
  // The device goes on waiting for the segment that it did not get.
  withheld: ({ state }) => state.newest?.undo(),
  // A Reject does not say which service it is about: it needs nothing. An Error does.
  restore: (bytes, at, end, _conversation, request) => {
    if (bytes[at + 1] !== bvll.unicast || !npdu.read(bytes, at + bvllHeader, end) || npdu.network) return
    const apdu = npdu.content
    if ((bytes[apdu] ?? 0) >> 4 === pdu.error && end > apdu + 2) bytes[apdu + 2] = serviceOf(request.transaction)
  },
})
