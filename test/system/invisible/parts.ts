/** Datagrams that were cut into parts on their way, and what comes of them. */
import { ethernet, ipv4, ipv6, udp, type Tag } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import { addresses, bytes, macs } from './frames.ts'

/** A datagram of the HMI in parts of 1,000 bytes. */
export const inParts = (
  family: 4 | 6,
  dport: number,
  id: number,
  tags: readonly Tag[] = [],
): { parts: Uint8Array[]; payload: Uint8Array } => {
  const ends = { src: addresses.hmi[family === 4 ? 0 : 1], dst: addresses.plc[family === 4 ? 0 : 1] }
  const payload = udp(ends, { sport: 40_000, dport, payload: bytes(2800) })
  const parts = [0, 1000, 2000].map((offset) => {
    const part = {
      ...ends,
      proto: 17,
      payload: payload.subarray(offset, offset + 1000),
      fragment: { offset, more: offset + 1000 < payload.length, id },
    }
    return ethernet({
      dst: macs.plc,
      src: macs.hmi,
      tags,
      etherType: family === 4 ? etherTypes.ipv4 : etherTypes.ipv6,
      payload: family === 4 ? ipv4(part) : ipv6(part),
    })
  })
  return { parts, payload }
}

/** What the IP packets carry, put together by their offsets. */
export const together = (tagged: readonly Uint8Array[]): Uint8Array => {
  const frames = tagged.map((frame) =>
    frame[12] === 0x81 && frame[13] === 0 ? Uint8Array.of(...frame.subarray(0, 12), ...frame.subarray(16)) : frame,
  )
  const view = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset)
  const parts = frames.map((frame) => {
    const six = view(frame).getUint16(12) === etherTypes.ipv6
    const start = six ? (frame[20] === 44 ? 62 : 54) : 34
    const offset = six
      ? frame[20] === 44
        ? view(frame).getUint16(56) & 0xfff8
        : 0
      : (view(frame).getUint16(20) & 0x1fff) * 8
    const length = six ? view(frame).getUint16(18) + 54 - start : view(frame).getUint16(16) - 20
    return { offset, bytes: frame.subarray(start, start + length) }
  })
  const whole = new Uint8Array(Math.max(0, ...parts.map(({ offset, bytes: part }) => offset + part.length)))
  for (const { offset, bytes: part } of parts) whole.set(part, offset)
  return whole
}
