/** An outstation at port 20000: link and transport of IEEE Std 1815-2012, clauses 8, 9 and 13. It answers, and reports nothing. */
import { definePersonality, silence, type Talk, type TalkContext } from '#core/personality.ts'
import { cutting } from '../cutting.ts'
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
const mostNotes = 16

/** A frame, or the octets up to where the next one may begin: receivers look for it (9.2.4.2). */
const frameOrNoise = (bytes: Uint8Array, at: number, end: number): number => {
  const size = frame(bytes, at, end)
  if (size >= 0) return size
  let next = at + 1
  while (next < end && next - at < longestFrame && bytes[next] !== 0x05) next++
  return next - at
}

const open = (context: TalkContext, profile: Dnp3Profile): Talk => {
  const cut = cutting(frameOrNoise, longestFrame)
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

  const unit = (bytes: Uint8Array, send: Uint8Array[], notes: string[]): void => {
    if (!isIntact(bytes, 0, bytes.length)) return
    const octet = controlOf(bytes, 0)
    const destination = destinationOf(bytes, 0)
    const isBroadcast = destination >= firstBroadcast
    const isMaster = (octet & control.fromMaster) !== 0 && (octet & control.primary) !== 0
    if (!isMaster || (destination !== profile.address && !isBroadcast)) return
    const source = sourceOf(bytes, 0)
    const service = (reply: number): void => {
      if (!isBroadcast) send.push(framed(reply, source, nothing))
    }
    const code = octet & 0x0f
    const isData = code === primary.unconfirmed || code === primary.confirmed
    if (!isData) {
      notes.push(`link function ${code}`)
      if (code === primary.reset) expected = frameCount.bit
      if (code === primary.reset) service(secondary.ack)
      else if (code === primary.requestStatus) service(secondary.status)
      else if (code === primary.test) service(expected >= 0 && isNew(octet) ? secondary.ack : secondary.nack)
      else service(secondary.notSupported)
      return
    }
    if (dataOf(bytes, 0) < 1) return
    if (code === primary.confirmed) {
      if (expected < 0) return service(secondary.nack)
      service(secondary.ack)
      if (!isNew(octet)) return
    }
    if (assembly.receive(bytes, 0, source, destination, true) !== 'whole') return
    const answer = outstation(assembly.fragment.slice(0, assembly.length), isBroadcast)
    notes.push(...answer.notes.slice(0, 1))
    if (answer.fragment !== undefined) send.push(...segments(answer.fragment, source))
  }

  return {
    take: (bytes) => {
      const send: Uint8Array[] = []
      const notes: string[] = []
      const goesOn = cut(bytes, (each) => {
        unit(each, send, notes)
        return true
      })
      if (!goesOn) return { ...silence, close: true }
      return { send, exchanges: notes.length, ...(notes.length > 0 ? { notes: notes.slice(0, mostNotes) } : {}) }
    },
  }
}

export const dnp3Personality = definePersonality<Dnp3Profile>({ service: 'dnp3', transports: ['tcp', 'udp'], open })
