/** Stepping over the binary encoding: OPC 10000-6, 5.2. Every read is bounded; what does not fit fails the walk, never throws. */
import { i32le, u16le, u32le } from '#core/bytes.ts'
import { Message } from '#core/message.ts'

/** Nesting of variants, data values and diagnostics that is looked at. Real messages need three; the standard allows a hundred. */
const deepest = 16

/** Kinds of identifier, by the standard's encoding byte (5.2.2.9). */
export const nodeKinds = { numeric: 2, string: 3, guid: 4, opaque: 5 } as const

/** The last node identifier that was read; its bytes are those of the message. */
export class NodeIdentifier {
  kind = 0
  namespace = 0
  /** -1 where the identifier is not a number. */
  number = -1
  /** Bytes of a text, GUID or opaque identifier. */
  from = 0
  to = 0
  /** Bytes of a namespace URI, which takes the place of the index; -1 where there is none. */
  uriFrom = -1
  uriTo = -1
  /** Server index: zero is the server itself. */
  server = 0
}

export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  failed = false
  message = new Message()
  readonly id = new NodeIdentifier()
  /** Bytes of the last string or byte string. */
  from = 0
  to = 0
  #depth = 0

  start(bytes: Uint8Array, at: number, end: number, message: Message): this {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.message = message
    this.failed = false
    this.#depth = 0
    return this
  }

  /** Takes `size` bytes. @returns where they are; when they are not there the walk fails and it is the end */
  take(size: number): number {
    const at = this.at
    if (this.failed || size > this.end - at) {
      this.failed = true
      return (this.at = this.end)
    }
    this.at = at + size
    return at
  }

  skip(size: number): void {
    this.take(size)
  }
  u8(): number {
    const at = this.take(1)
    return this.failed ? 0 : (this.bytes[at] ?? 0)
  }
  u16(): number {
    const at = this.take(2)
    return this.failed ? 0 : u16le(this.bytes, at)
  }
  u32(): number {
    const at = this.take(4)
    return this.failed ? 0 : u32le(this.bytes, at)
  }

  /** Signed: a number of 32 bits that need not be made anew. */
  i32(): number {
    const at = this.take(4)
    return this.failed ? 0 : i32le(this.bytes, at)
  }

  /** A length or count: -1 is null (5.2.2.4, 5.2.5); other negative numbers are undefined, and implementations differ. */
  length(): number {
    const length = this.i32()
    if (length >= -1) return length
    this.failed = true
    return -1
  }
  /** Elements of an array that follow; each takes a byte at least, so that no loop outlasts the message. */
  count(): number {
    const count = Math.max(0, this.length())
    if (count <= this.end - this.at) return this.failed ? 0 : count
    this.failed = true
    return 0
  }
  /** A String, ByteString or XmlElement. */
  string(): void {
    const length = Math.max(0, this.length())
    this.from = this.take(length)
    this.to = this.at
  }
  /** Whether another turn of a loop over the message may be taken. */
  step(): boolean {
    if (this.failed) return false
    if (this.message.step()) return true
    this.failed = true
    return false
  }

  /** Enters something that may hold its like. Every `enter` has its `leave`. */
  enter(): boolean {
    this.#depth++
    if (this.#depth > deepest) {
      this.message.fault ??= 'too-deep'
      this.failed = true
    }
    return this.step()
  }
  leave(): void {
    this.#depth--
  }

  /** A NodeId, 5.2.2.9. */
  node(): void {
    this.#identifier(this.u8())
  }
  /** An ExpandedNodeId, 5.2.2.10: flags say that a namespace URI and a server index follow. */
  expandedNode(): void {
    const mask = this.u8()
    this.#identifier(mask & 0x3f)
    const { id } = this
    if ((mask & 0x80) !== 0) {
      this.string()
      id.uriFrom = this.from
      id.uriTo = this.to
    }
    if ((mask & 0x40) !== 0) id.server = this.u32()
  }

  #identifier(encoding: number): void {
    const { id } = this
    id.uriFrom = -1
    id.server = 0
    id.namespace = 0
    id.kind = encoding
    id.number = -1
    switch (encoding) {
      case 0:
        id.kind = nodeKinds.numeric
        id.number = this.u8()
        return
      case 1:
        id.kind = nodeKinds.numeric
        id.namespace = this.u8()
        id.number = this.u16()
        return
      case nodeKinds.numeric:
        id.namespace = this.u16()
        id.number = this.u32()
        return
      case nodeKinds.string:
      case nodeKinds.opaque:
        id.namespace = this.u16()
        this.string()
        id.from = this.from
        id.to = this.to
        return
      case nodeKinds.guid:
        id.namespace = this.u16()
        id.from = this.take(16)
        id.to = this.at
        return
      default:
        this.failed = true
    }
  }
}
