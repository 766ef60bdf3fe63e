/** DNP3 over TCP and UDP: IEEE Std 1815-2012. The unit is a link frame; clause 13 puts the same frames on an IP network. */
import { defineCodec, type Conversation, type Refusal } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { fn, requestedBy } from './functions.ts'
import {
  control,
  controlOf,
  dataOf,
  destinationOf,
  firstBroadcast,
  frame,
  isIntact,
  longestFrame,
  placeOf,
  primary,
  recheckData,
  recheckHeader,
  secondary,
  sourceOf,
} from './link.ts'
import { dnp3 as vocabulary } from './ops.ts'
import { putAcknowledgement, putRefusal, putSecondary } from './refusal.ts'
import { application, readRequest } from './requests.ts'
import { readResponse } from './responses.ts'
import { readService } from './services.ts'
import { State, type Station } from './state.ts'
import { transactionOf, transactionOfAuthentication } from './transactions.ts'
import { segment } from './transport.ts'

const isUserData = (octet: number): boolean =>
  (octet & control.primary) !== 0 && ((octet & 0x0f) === primary.confirmed || (octet & 0x0f) === primary.unconfirmed)
const isConfirmed = (octet: number): boolean => (octet & control.primary) !== 0 && (octet & 0x0f) === primary.confirmed

/** The reply to a challenge is answered by what answers the challenged request. */
const isReply = (fragment: Uint8Array): boolean => fragment[2] === 120 && fragment[3] === 2

const readFromMaster = (station: Station, state: State, message: Message): void => {
  const { fragment, length } = state.fromMaster
  const code = fragment[1] ?? 0
  const sequence = (fragment[0] ?? 0) & application.sequence
  const answered = requestedBy(code)?.answered ?? true
  if (answered && station.outstation < firstBroadcast && !(code === fn.authenticate && isReply(fragment))) {
    message.role = 'request'
    message.transaction =
      code === fn.authenticate ? transactionOfAuthentication(station, sequence) : transactionOf(station, sequence)
  }
  message.notes[0] = code
  readRequest(fragment, length, station, message)
}

const parse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  { state, pending }: Conversation<State>,
  message: Message,
): void => {
  if (fromClient) state.acknowledges = undefined
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
  if (!isUserData(octet)) return readService(octet, dataOf(bytes, at), fromClient, station, pending, message)
  if (dataOf(bytes, at) === 0) {
    message.fault = 'malformed'
    return
  }
  if (fromClient && isConfirmed(octet)) state.acknowledges = station
  const assembly = fromClient ? state.fromMaster : station.fromOutstation
  if (!fromClient) station.transportSequence = (bytes[placeOf(at, 0)] ?? 0) & segment.sequence
  const received = assembly.receive(bytes, at, source, destination)
  if (received === 'whole') {
    if (fromClient) readFromMaster(station, state, message)
    else readResponse(assembly.fragment, assembly.length, station, pending, message)
    return
  }
  message.role = 'part'
  if (received === 'overflow') message.fault = 'too-many'
  // What the master discards does no harm; what an outstation might not discard would be a command that nobody read.
  else if (received === 'stray' && fromClient) message.fault = 'malformed'
}

const refuseFragment = (
  bytes: Uint8Array,
  at: number,
  state: State,
  station: Station,
  why: Refusal,
  out: Uint8Array,
  outAt: number,
): number => {
  const octet = bytes[placeOf(at, 0)] ?? 0
  if ((octet & segment.final) === 0) return outAt
  if ((octet & segment.first) !== 0) state.fromMaster.receive(bytes, at, station.master, station.outstation)
  const { fragment, length } = state.fromMaster
  const answered = requestedBy(fragment[1] ?? 0)?.answered ?? true
  return answered && length >= 2 ? putRefusal(out, outAt, fragment, length, why, station) : outAt
}

const refuse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  { state }: Conversation<State>,
  why: Refusal,
  out: Uint8Array,
): number => {
  // A damaged frame is never answered, nor one to every outstation.
  if (!isIntact(bytes, at, end) || destinationOf(bytes, at) >= firstBroadcast) return 0
  const octet = controlOf(bytes, at)
  if ((octet & control.primary) === 0) return 0
  const station = state.station(sourceOf(bytes, at), destinationOf(bytes, at))
  if (!isUserData(octet)) return putSecondary(out, 0, secondary.notSupported, station)
  const acknowledged = isConfirmed(octet) ? putAcknowledgement(out, 0, station) : 0
  return dataOf(bytes, at) === 0 ? acknowledged : refuseFragment(bytes, at, state, station, why, out, acknowledged)
}

/** A function code that table 4-7 reserves: an outstation answers it with IIN2.0 as `refuse` does, so nothing is to be restored. */
const refusedFunction = 0x70
/** Octets of the data: transport, application control, function code. */
const functionAt = 2
const alone = segment.first | segment.final

const neutralise = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (!isIntact(bytes, at, end) || !isUserData(controlOf(bytes, at)) || dataOf(bytes, at) <= functionAt) return false
  // The function code of a longer fragment has been delivered already.
  if (((bytes[placeOf(at, 0)] ?? 0) & alone) !== alone || destinationOf(bytes, at) >= firstBroadcast) return false
  const place = placeOf(at, functionAt)
  // Nobody waits for the refusal of a function without an answer.
  if (!(requestedBy(bytes[place] ?? 0)?.answered ?? true)) return false
  bytes[place] = refusedFunction
  recheckData(bytes, at, end, functionAt)
  return true
}

/**
 * The frame count bit of 9.2.4.1.3.4 alternates: of two frames with one bit the second is acknowledged and not looked at. After a
 * withheld frame the outstation would take the next one for a repetition.
 */
const renumber = (
  bytes: Uint8Array,
  at: number,
  _end: number,
  fromClient: boolean,
  { state }: Conversation<State>,
): boolean => {
  const octet = controlOf(bytes, at)
  if (!fromClient || (octet & control.primary) === 0) return false
  const station = state.station(sourceOf(bytes, at), destinationOf(bytes, at))
  if ((octet & 0x0f) === primary.reset) station.flipped = false
  if (!station.flipped || (octet & control.frameCountValid) === 0) return false
  bytes[at + 3] = octet ^ control.frameCountBit
  recheckHeader(bytes, at)
  return true
}

export const dnp3Codec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  frame,
  longest: longestFrame,
  parse,
  refuse,
  abandonable: true,
  neutralise,
  withheld: ({ state }, answered) => {
    const station = state.acknowledges
    if (answered && station !== undefined) station.flipped = !station.flipped
  },
  renumber,
})
