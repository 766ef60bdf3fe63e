/**
 * PCWorx, as captures of ILC controllers show it; no specification is public. A frame: 0x01 of the client or 0x81 of the controller,
 * service, length of the whole, number, a word. The controller's go on with four zero bytes, 00 02, 00 00, the session and 00 00.
 */
import { putU16be, u16be } from '#core/bytes.ts'
import type { PcworxProfile } from './profile.ts'

export const services = { connect: 1, invoke: 5, fetch: 6 } as const
export const longestRequest = 1024
const smallest = 8

export const pcworxFrame = (bytes: Uint8Array): number => {
  if (bytes[0] !== 1) return -1
  if (bytes.length < 4) return 0
  const length = u16be(bytes, 2)
  return length < smallest || length > longestRequest ? -1 : length
}

/** @param size bytes of the whole, 18 at least */
export const answerTo = (request: Uint8Array, session: number, size: number): Uint8Array => {
  const out = new Uint8Array(size)
  out.set([0x81, request[1] ?? 0])
  putU16be(out, 2, size)
  out.set(request.subarray(4, 6), 4)
  out[7] = 1
  out[13] = 2
  out[17] = session
  return out
}

const put = (out: Uint8Array, at: number, text: string, most: number): void => {
  for (let index = 0; index < Math.min(most, text.length); index++) out[at + index] = text.charCodeAt(index)
}

/** Number of the object that an `invoke` asks for: who the controller is. */
export const identification = 0x0295
/** Behind the head of 20 bytes: number of the call, length of what follows, object with its highest bit set, 004a, a word. */
export const identityRecord = (request: Uint8Array, session: number, call: number, profile: PcworxProfile) => {
  const out = answerTo(request, session, 176)
  putU16be(out, 20, call)
  putU16be(out, 22, out.length - 24)
  putU16be(out, 24, 0x8000 | identification)
  putU16be(out, 26, 0x4a)
  put(out, 30, profile.type, 35)
  put(out, 66, profile.firmware, 12)
  put(out, 79, profile.date, 11)
  put(out, 91, profile.time, 8)
  put(out, 100, '04', 2)
  for (const at of [106, 115, 131, 140]) out[at] = 0x20
  put(out, 149, '01', 2)
  put(out, 152, profile.order, 7)
  put(out, 160, profile.revision, 3)
  for (const at of [165, 170]) out[at] = 0x20
  return out
}
