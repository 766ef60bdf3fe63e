/** What a verdict on a frame depends on, as a short text made of its bytes: frames of one key are judged once. */
import { u16be } from '#core/bytes.ts'
import type { Headers } from '#packet/headers.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'

/** Flags that tell an opening, an answer and an end apart: the others change no verdict. */
const verdictFlags = tcpFlags.fin | tcpFlags.syn | tcpFlags.rst | tcpFlags.ack

const words: number[] = []

/**
 * The key of a frame whose headers were read; undefined where more than addresses and ports counts: ARP, ICMP, options and extension
 * headers, fragments, several tags.
 */
export const keyOf = (bytes: Uint8Array, headers: Headers): string | undefined => {
  const { etherType, networkOffset, vlanCount, family, protocol, ipHeaderLength, problem } = headers
  if (vlanCount > 1 || networkOffset < 0 || etherType === etherTypes.arp) return undefined
  words.length = 0
  for (let at = 0; at < networkOffset; at += 2) words.push(u16be(bytes, at))
  if (etherType !== etherTypes.ipv4 && etherType !== etherTypes.ipv6) return String.fromCharCode(...words)
  if (problem !== undefined || headers.fragmented || ipHeaderLength !== (family === 4 ? 20 : 40)) return undefined
  const isTcp = protocol === ipProtocols.tcp
  if (!isTcp && protocol !== ipProtocols.udp) return undefined
  const from = headers.srcOffset
  const to = from + (family === 4 ? 8 : 32)
  for (let at = from; at < to; at += 2) words.push(u16be(bytes, at))
  words.push(headers.sport, headers.dport, (protocol << 8) | (isTcp ? headers.flags & verdictFlags : 0))
  return String.fromCharCode(...words)
}
