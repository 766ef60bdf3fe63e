/** Texts of messages, which are UTF-8 (OPC 10000-6, 5.2.2.4), without a new string for every message. */
import { Interned } from '#core/intern.ts'

const raw = new Interned()
const decoder = new TextDecoder()
/** Texts that are not ASCII, by what their bytes give as one character each. */
const decoded = new Map<string, string>()
const capacity = 4096
const longest = 256

export const texts = (bytes: Uint8Array, from: number, to: number): string => {
  const text = raw.text(bytes, from, to)
  let all = 0
  for (let at = from; at < to; at++) all |= bytes[at] ?? 0
  if (all < 0x80) return text
  const known = decoded.get(text)
  if (known !== undefined) return known
  const proper = decoder.decode(bytes.subarray(from, to))
  if (to - from > longest) return proper
  if (decoded.size >= capacity) decoded.clear()
  decoded.set(text, proper)
  return proper
}
