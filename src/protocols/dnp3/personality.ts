/** An outstation at port 20000: link and transport of IEEE Std 1815-2012, clauses 8, 9 and 13. It answers, and reports nothing. */
import { definePersonality, silence, type Answer, type Talk, type TalkContext } from '#core/personality.ts'
import { inUnits } from '../units.ts'
import {
  control,
  controlOf,
  dataOf,
  destinationOf,
  firstBroadcast,
  frame,
  isIntact,
  longestFrame,
  primary,
  putFrame,
  secondary,
  sourceOf,
} from './link.ts'
import { outstationOf } from './personality-outstation.ts'
import type { Dnp3Profile } from './personality-profile.ts'
import { Assembly, segment } from './transport.ts'

/** Octets of a fragment in one segment: 250 less the transport octet. */
const segmentSize = 249
const frameCount = { bit: 0x20, valid: 0x10 } as const
const nothing = new Uint8Array(0)

/** A frame, or the octets up to where the next one may begin: receivers look for it (9.2.4.2). */
const frameOrNoise = (rest: Uint8Array): number => {
  const size = frame(rest, 0, rest.length)
  if (size >= 0) return size
  let next = 1
  while (next < Math.min(rest.length, longestFrame) && rest[next] !== 0x05) next++
  return next
}

const open = (context: TalkContext, profile: Dnp3Profile): Talk => {
  const assembly = new Assembly()
  const outstation = outstationOf(context, profile)
  let transportSequence = 0
  /** Frame count bit that is expected of the next confirmed frame; -1: the link was not reset. */
  let expected = -1

  const framed = (octet: number, destination: number, data: Uint8Array): Uint8Array => {
    const out = new Uint8Array(longestFrame)
    return out.subarray(0, putFrame(out, octet, destination, profile.address, data, data.length))
  }
  const segments = (fragment: Uint8Array, destination: number): Uint8Array[] => {
    const frames: Uint8Array[] = []
    for (let at = 0; at < fragment.length; at += segmentSize) {
      const part = fragment.subarray(at, at + segmentSize)
      const data = new Uint8Array(1 + part.length)
      data[0] =
        (at === 0 ? segment.first : 0) | (at + segmentSize >= fragment.length ? segment.final : 0) | transportSequence
      data.set(part, 1)
      transportSequence = (transportSequence + 1) & segment.sequence
      frames.push(framed(control.primary | primary.unconfirmed, destination, data))
    }
    return frames
  }

  /** Whether a confirmed frame is new; one repeated is acknowledged and not looked at (9.2.4.1.3.4). */
  const isNew = (octet: number): boolean => {
    const bit = octet & frameCount.bit
    if ((octet & frameCount.valid) === 0 || bit !== expected) return false
    expected = bit ^ frameCount.bit
    return true
  }

  const linkReply = (code: number, octet: number): number => {
    if (code === primary.reset) return secondary.ack
    if (code === primary.requestStatus) return secondary.status
    if (code !== primary.test) return secondary.notSupported
    return expected >= 0 && isNew(octet) ? secondary.ack : secondary.nack
  }

  const unit = (bytes: Uint8Array): Answer => {
    if (!isIntact(bytes, 0, bytes.length)) return silence
    const octet = controlOf(bytes, 0)
    const destination = destinationOf(bytes, 0)
    const isBroadcast = destination >= firstBroadcast
    const isMaster = (octet & control.fromMaster) !== 0 && (octet & control.primary) !== 0
    if (!isMaster || (destination !== profile.address && !isBroadcast)) return silence
    const source = sourceOf(bytes, 0)
    const service = (reply: number): readonly Uint8Array[] => (isBroadcast ? [] : [framed(reply, source, nothing)])
    const code = octet & 0x0f
    const isData = code === primary.unconfirmed || code === primary.confirmed
    if (!isData) {
      if (code === primary.reset) expected = frameCount.bit
      return { send: service(linkReply(code, octet)), exchanges: 1, notes: [`link function ${code}`] }
    }
    if (dataOf(bytes, 0) < 1) return silence
    const isConfirmed = code === primary.confirmed
    if (isConfirmed && expected < 0) return { send: service(secondary.nack), exchanges: 0 }
    const acknowledged: Answer = { send: isConfirmed ? service(secondary.ack) : [], exchanges: 0 }
    if (isConfirmed && !isNew(octet)) return acknowledged
    if (assembly.receive(bytes, 0, source, destination, true) !== 'whole') return acknowledged
    const { fragment, notes } = outstation(assembly.fragment.slice(0, assembly.length), isBroadcast)
    const send = fragment === undefined ? [] : segments(fragment, source)
    return { send: [...acknowledged.send, ...send], exchanges: Math.min(1, notes.length), notes: notes.slice(0, 1) }
  }

  return {
    take: inUnits({ longest: longestFrame, frame: frameOrNoise, answer: unit }),
  }
}

export const dnp3Personality = definePersonality<Dnp3Profile>({ service: 'dnp3', transports: ['tcp', 'udp'], open })
