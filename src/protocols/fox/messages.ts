/** Fox as Niagara AX speaks it: `fox a 1 -1 fox hello`, `{`, properties `name=type:value`, `};;`, each on a line of its own. */
import { joined } from '#core/bytes.ts'
import type { Identity } from '#core/personality.ts'

export const longestMessage = 4096
const opening = 'fox '
const whiteSpace = new Set([0x20, 0x0a, 0x0d, 0x09])
const end = [0x7d, 0x3b, 0x3b]

/** White space between messages counts as one of its own, of a byte. */
export const foxFrame = (bytes: Uint8Array): number => {
  if (whiteSpace.has(bytes[0] ?? 0)) return 1
  for (let at = 0; at < Math.min(opening.length, bytes.length); at++)
    if (bytes[at] !== opening.charCodeAt(at)) return -1
  const most = Math.min(bytes.length, longestMessage)
  for (let at = opening.length; at + end.length <= most; at++)
    if (bytes[at] === end[0] && bytes[at + 1] === end[1] && bytes[at + 2] === end[2]) return at + end.length
  return 0
}

export interface FoxMessage {
  /** Number that an answer refers to. */
  readonly number: number
  readonly command: string
  /** Without their types. */
  readonly properties: ReadonlyMap<string, string>
}

const latin1 = new TextDecoder('latin1')

export const foxMessage = (bytes: Uint8Array): FoxMessage | undefined => {
  const lines = latin1.decode(bytes).split('\n')
  const head = /^fox [a-z] (-?\d{1,9}) -?\d{1,9} [\w.]{1,40} ([\w.]{1,40})\s*$/i.exec(lines[0] ?? '')
  if (head === null) return undefined
  const properties = new Map<string, string>()
  for (const line of lines.slice(1)) {
    const [, name, value] = /^([\w.]{1,64})=[a-z]{1,3}:(.*?)\r?$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) properties.set(name, value)
  }
  return { number: Number(head[1]), command: head[2] ?? '', properties }
}

/** @param lines properties with their types: text, or bytes */
export const foxUnit = (number: number, answers: number, command: string, ...lines: (string | Uint8Array)[]) =>
  joined(
    Buffer.from(`fox a ${number} ${answers} fox ${command}\n{\n`, 'latin1'),
    ...lines.flatMap((line) => [typeof line === 'string' ? Buffer.from(line, 'latin1') : line, Uint8Array.of(0x0a)]),
    Buffer.from('};;\n', 'latin1'),
  )

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, '0')

/** A UUID by time, in the way of the JACE's Java: the last part is a number of its own behind zeros. */
export const vmUuid = ({ seed, serialNumber }: Identity): string =>
  `11e${hex(0x700 + (seed % 0x200), 3).slice(0, 1)}${hex(seed, 4).slice(-4)}-${hex(serialNumber, 8).slice(4)}-${hex(seed >>> 7, 4).slice(-4)}-0000-00000000${hex(serialNumber >>> 9, 4).slice(-4)}`

/**
 * The serialised nonce of digest authentication: its name, 2, the client's address, a port, ms since 1970, four bytes of chance.
 * @param chance 32 bits
 */
export const nonce = (peer: string, at: number, chance: number): Uint8Array => {
  const address = Buffer.from(peer.slice(0, 45), 'latin1')
  const out = Buffer.alloc(29 + address.length)
  out.writeUInt16BE(5, 0)
  out.write('nonce', 2, 'latin1')
  out.writeUInt32BE(2, 7)
  out.writeUInt16BE(address.length, 11)
  address.copy(out, 13)
  const next = 13 + address.length
  out.writeUInt32BE(0x8000 | (chance & 0x7fff), next)
  out.writeUIntBE(Math.floor(at / 0x1_0000_0000), next + 4, 4)
  out.writeUInt32BE(at % 0x1_0000_0000, next + 8)
  out.writeUInt32BE(chance, next + 12)
  return joined(Buffer.from(`nonce=b:${out.length}[`, 'latin1'), out, Uint8Array.of(0x5d))
}
