/** DNP3 over TCP and UDP: IEEE Std 1815-2012. The unit is a link frame; clause 13 puts the same frames on an IP network. */
import { defineCodec, type Codec, type Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { fn, requestedBy } from './functions.ts'
import {
  control,
  controlOf,
  dataOf,
  destinationOf,
  firstBroadcast,
  frame,
  isBroken,
  isIntact,
  isRegular,
  isUserData,
  longestFrame,
  placeOf,
  primary,
  recheckData,
  sourceOf,
} from './link.ts'
import { dnp3 as vocabulary } from './ops.ts'
import { putNotSupported, putRefusal } from './refusal.ts'
import { application, readRequest } from './requests.ts'
import { readResponse } from './responses.ts'
import { readService } from './services.ts'
import { State, type Station } from './state.ts'
import { transactionOf, transactionOfAuthentication } from './transactions.ts'
import { segment } from './transport.ts'

const alone = segment.first | segment.final
/** Whether user data is a whole fragment by itself. */
const isAlone = (bytes: Uint8Array, at: number): boolean =>
  dataOf(bytes, at) > 0 && ((bytes[placeOf(at, 0)] ?? 0) & alone) === alone

/** The reply to a challenge is answered by what answers the challenged request. */
const isReply = (fragment: Uint8Array): boolean => fragment[2] === 120 && fragment[3] === 2

const readFromMaster = (station: Station, { state, pending }: Conversation<State>, message: Message): void => {
  const { fragment, length } = state.fromMaster
  const code = fragment[1] ?? 0
  const sequence = (fragment[0] ?? 0) & application.sequence
  const answered = requestedBy(code)?.answered ?? true
  if (answered && station.outstation < firstBroadcast && !(code === fn.authenticate && isReply(fragment))) {
    message.role = 'request'
    message.transaction =
      code === fn.authenticate ? transactionOfAuthentication(station, sequence) : transactionOf(station, sequence)
    // SEQ comes round again: the master has given up what it asked under it before.
    pending.again(message.transaction, 1)
  }
  message.notes[0] = code
  readRequest(fragment, length, station, message)
}

/** What a service of the link does to the frame count: it begins anew, or goes on. */
const noteService = (octet: number, station: Station): void => {
  if ((octet & control.primary) === 0) return
  if ((octet & 0x0f) === primary.reset) station.resetLink()
  else if ((octet & 0x0f) === primary.test) station.counts(octet, false)
}

const parse: Codec<State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  const { state, pending, whole } = conversation
  if (!isIntact(bytes, at, end)) {
    message.fault = 'malformed'
    return
  }
  const octet = controlOf(bytes, at)
  const source = sourceOf(bytes, at)
  const destination = destinationOf(bytes, at)
  const station = fromClient ? state.station(source, destination) : state.station(destination, source)
  // An outstation ignores what does not come from a master's direction, or should.
  if (((octet & control.fromMaster) !== 0) !== fromClient) message.fault = 'malformed'
  if (fromClient && !isRegular(bytes, at)) message.fault = 'malformed'
  if (!isUserData(octet)) {
    readService(octet, dataOf(bytes, at), fromClient, station, pending, message)
    if (message.fault === undefined && fromClient) noteService(octet, station)
    return
  }
  if (dataOf(bytes, at) === 0) message.fault = 'malformed'
  // What goes no further is put together with nothing: the outstation keeps what it had.
  if (message.fault !== undefined && !isAlone(bytes, at)) return
  const assembly = fromClient ? state.fromMaster : station.fromOutstation
  if (!fromClient) station.transportSequence = (bytes[placeOf(at, 0)] ?? 0) & segment.sequence
  const certain =
    !fromClient || (octet & 0x0f) === primary.unconfirmed || station.counts(octet, !whole && !assembly.begun)
  const received = assembly.receive(bytes, at, source, destination, certain)
  if (received === 'whole') {
    if (fromClient) readFromMaster(station, conversation, message)
    else readResponse(assembly.fragment, assembly.length, station, pending, message)
    return
  }
  message.role = 'part'
  if (received === 'overflow') message.fault = 'too-many'
  // What the master discards does no harm; what an outstation might not discard would be a command that nobody read. Only the rest of
  // a fragment that was on its way when the conversation was picked up is let through.
  else if (received === 'stray' && fromClient && (whole || assembly.begun)) message.fault = 'malformed'
}

const refuse: Codec<State>['refuse'] = (bytes, at, end, { state }, why, out) => {
  // A damaged frame is never answered, nor one to every outstation.
  if (!isIntact(bytes, at, end) || destinationOf(bytes, at) >= firstBroadcast) return 0
  const octet = controlOf(bytes, at)
  if ((octet & control.primary) === 0) return 0
  const station = state.station(sourceOf(bytes, at), destinationOf(bytes, at))
  if (!isUserData(octet)) return putNotSupported(out, station)
  // Unacknowledged it would be repeated until the master gives the link up; acknowledged in the outstation's place, the frame count
  // bits of both ends would part (9.2.4.1.3.4), and the outstation would ignore the next frame.
  if ((octet & 0x0f) === primary.confirmed) return -1
  const transport = bytes[placeOf(at, 0)] ?? 0
  if (dataOf(bytes, at) === 0 || (transport & segment.final) === 0) return 0
  if ((transport & segment.first) !== 0) state.fromMaster.receive(bytes, at, station.master, station.outstation, true)
  const { fragment, length } = state.fromMaster
  const answered = requestedBy(fragment[1] ?? 0)?.answered ?? true
  return answered && length >= 2 ? putRefusal(out, fragment, length, why, station) : 0
}

/**
 * Outstations wait for the rest of a frame from its two start octets on, then search what comes for another frame: 15 s unless set
 * otherwise, 5 s at least (Emerson GFK-3103B, table 7, frame timeout). A sender has repeated what was lost by then.
 */
const syncLength = 2
const patience = 4000

/** A function code that table 4-7 reserves: an outstation answers it with IIN2.0 as `refuse` does, so nothing is to be restored. */
const refusedFunction = 0x70
/** Octets of the data: transport, application control, function code. */
const functionAt = 2
const neutralise = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (!isIntact(bytes, at, end) || !isRegular(bytes, at)) return false
  if (!isUserData(controlOf(bytes, at)) || dataOf(bytes, at) <= functionAt) return false
  // The function code of a longer fragment has been delivered already.
  if (!isAlone(bytes, at) || destinationOf(bytes, at) >= firstBroadcast) return false
  const place = placeOf(at, functionAt)
  // Nobody waits for the refusal of a function without an answer; the reply to a challenge has none of its own.
  if (bytes[place] === fn.authenticate || !(requestedBy(bytes[place] ?? 0)?.answered ?? true)) return false
  bytes[place] = refusedFunction
  recheckData(bytes, at, end, functionAt)
  return true
}

export const dnp3Codec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  acrossPorts: true,
  frame,
  longest: longestFrame,
  parse,
  refuse,
  contradicts: isBroken,
  givenUp: { bytes: syncLength, ms: patience, unless: () => false },
  abandonable: true,
  neutralise,
  // Other frames of the datagram went with it: the outstation has none of what was put together of them.
  withheld: ({ state, transport }, _answered, fromClient) => {
    if (transport === 'udp' && fromClient) state.fromMaster.forget()
  },
})
