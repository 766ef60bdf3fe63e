/** PROFINET's discovery and configuration: IEC 61158-6-10, 4.3 (DCP). */
import { formatIp4At } from '#core/address.ts'
import { u16be } from '#core/bytes.ts'
import { sure, type Read, type Subject, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

const frameIds = { hello: 0xfefc, getSet: 0xfefd, identifyRequest: 0xfefe, identifyResponse: 0xfeff } as const
const services = { get: 3, set: 4, identify: 5, hello: 6 } as const
const serviceTypes = { request: 0, success: 1 } as const
const header = 10
const mostBlocks = 64

/** Manufacturers by the number that PROFIBUS & PROFINET International gave them: those whose devices come without a name of it. */
const vendors: Readonly<Record<number, string>> = { 0x002a: 'Siemens', 0x00b0: 'Phoenix Contact', 0x0120: 'Beckhoff' }

/** Roles by bit (4.3.1.4.8), the one that says most first. */
const roles: readonly (readonly [mask: number, role: string])[] = [
  [2, 'plc'],
  [8, 'engineering'],
  [1, 'io'],
  [4, 'io'],
]

interface Block {
  readonly option: number
  readonly suboption: number
  readonly bytes: Uint8Array
}

/** One property of a device, without the two bytes of information before it. */
const tellBlock = ({ option, suboption, bytes }: Block, confidence: number, tell: Tell, of: Subject): void => {
  if (option === 1 && (suboption === 2 || suboption === 3) && bytes.length >= 12) {
    const ip = formatIp4At(bytes, 0)
    if (ip !== '0.0.0.0') tell('ip', ip, confidence, of)
  }
  if (option !== 2) return
  if (suboption === 1) tell('model', textAt(bytes, 0, bytes.length), confidence, of)
  if (suboption === 2) tell('name', textAt(bytes, 0, bytes.length), confidence, of)
  if (suboption === 3 && bytes.length >= 4) {
    const vendor = vendors[u16be(bytes, 0)]
    if (vendor !== undefined) tell('vendor', vendor, confidence, of)
  }
  if (suboption === 4) {
    const role = roles.find(([mask]) => ((bytes[0] ?? 0) & mask) !== 0)
    if (role !== undefined) tell('role', role[1], confidence, of)
  }
}

/** From the frame id on. Answers and greetings tell of the sender; an order to take a name or an address, of the receiver. */
export const readDcp: Read = (bytes, tell) => {
  const frame = u16be(bytes, 0)
  if (frame < frameIds.hello || frame > frameIds.identifyResponse || bytes.length < 2 + header) return
  const service = bytes[2]
  const type = bytes[3]
  const isAnswer =
    type === serviceTypes.success &&
    ((frame === frameIds.getSet && service === services.get) ||
      (frame === frameIds.identifyResponse && service === services.identify))
  const isHello = frame === frameIds.hello && service === services.hello
  const isOrder = frame === frameIds.getSet && service === services.set && type === serviceTypes.request
  if (!isAnswer && !isHello && !isOrder) return
  // Whether an order was obeyed is in its answer, which does not repeat it.
  const [confidence, of]: [number, Subject] = isOrder ? [0.6, 'receiver'] : [sure.identity, 'sender']
  const end = Math.min(bytes.length, 2 + header + u16be(bytes, 10))
  let at = 2 + header
  for (let left = mostBlocks; left > 0 && at + 4 <= end; left--) {
    const length = u16be(bytes, at + 2)
    const from = at + 6
    const to = at + 4 + length
    if (to > end) return
    if (length >= 2)
      tellBlock(
        { option: bytes[at] ?? 0, suboption: bytes[at + 1] ?? 0, bytes: bytes.subarray(from, to) },
        confidence,
        tell,
        of,
      )
    // Blocks begin at even places.
    at = to + (length & 1)
  }
}
