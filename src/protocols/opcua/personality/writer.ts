/** The binary encoding, written: OPC 10000-6, 5.2. */
export interface NodeId {
  readonly ns: number
  readonly id: number | string
}
export const numeric = (id: number, ns = 0): NodeId => ({ ns, id })

/** Built-in types, 5.1.2, with what stands for their values here. */
export type Value =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float' | 'double'; readonly value: number }
  /** ms since 1970. */
  | { readonly type: 'time'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'name'; readonly value: string; readonly ns: number }
  | { readonly type: 'node'; readonly value: NodeId }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'numbers'; readonly value: readonly number[] }
  /** An ExtensionObject: the node of its binary encoding, and its body. */
  | { readonly type: 'structure'; readonly encoding: number; readonly body: (writer: Writer) => void }

/** Encoding bytes of variants (5.2.2.16); 0x80 marks an array. */
export const variantTypes: Readonly<Record<Value['type'], number>> = {
  boolean: 1,
  byte: 3,
  int16: 4,
  uint16: 5,
  int32: 6,
  uint32: 7,
  float: 10,
  double: 11,
  string: 12,
  time: 13,
  node: 17,
  name: 20,
  text: 21,
  structure: 22,
  strings: 12 | 0x80,
  numbers: 7 | 0x80,
}

/** 100 ns between 1601 and 1970. */
const epoch = 116_444_736_000_000_000n
const encoder = new TextEncoder()

export class Writer {
  #bytes = new Uint8Array(512)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  /** May replace the view: taken before it is used. */
  #room(size: number): number {
    const at = this.length
    if (at + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, at + size))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.length = at + size
    return at
  }
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#view.setUint8(at, value)
    return this
  }
  u16(value: number): this {
    const at = this.#room(2)
    this.#view.setUint16(at, value, true)
    return this
  }
  /** Status codes, counts and lengths; -1 is null. */
  u32(value: number): this {
    const at = this.#room(4)
    this.#view.setUint32(at, value, true)
    return this
  }
  f32(value: number): this {
    const at = this.#room(4)
    this.#view.setFloat32(at, value, true)
    return this
  }
  f64(value: number): this {
    const at = this.#room(8)
    this.#view.setFloat64(at, value, true)
    return this
  }
  /** @param ms since 1970 */
  time(ms: number): this {
    const at = this.#room(8)
    this.#view.setBigInt64(at, BigInt(Math.floor(ms)) * 10_000n + epoch, true)
    return this
  }
  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }
  /** A String; null when there is none. */
  string(text: string | undefined): this {
    return text === undefined ? this.u32(-1) : this.bytes(encoder.encode(text))
  }
  bytes(bytes: Uint8Array | undefined): this {
    return bytes === undefined ? this.u32(-1) : this.u32(bytes.length).raw(bytes)
  }
  /** NodeId and ExpandedNodeId are the same where neither URI nor server is named. */
  node({ ns, id }: NodeId): this {
    if (typeof id === 'string') return this.u8(3).u16(ns).string(id)
    if (ns === 0 && id < 0x100) return this.u8(0).u8(id)
    if (ns < 0x100 && id < 0x1_0000) return this.u8(1).u8(ns).u16(id)
    return this.u8(2).u16(ns).u32(id)
  }
  name(ns: number, name: string): this {
    return this.u16(ns).string(name)
  }
  text(text: string): this {
    return this.u8(2).string(text)
  }
  list<T>(items: readonly T[], each: (item: T) => void): this {
    this.u32(items.length)
    for (const item of items) each(item)
    return this
  }

  variant(value: Value): this {
    this.u8(variantTypes[value.type])
    switch (value.type) {
      case 'boolean':
        return this.u8(value.value ? 1 : 0)
      case 'byte':
        return this.u8(value.value)
      case 'int16':
      case 'uint16':
        return this.u16(value.value)
      case 'int32':
      case 'uint32':
        return this.u32(value.value)
      case 'float':
        return this.f32(value.value)
      case 'double':
        return this.f64(value.value)
      case 'time':
        return this.time(value.value)
      case 'string':
        return this.string(value.value)
      case 'text':
        return this.text(value.value)
      case 'name':
        return this.name(value.ns, value.value)
      case 'node':
        return this.node(value.value)
      case 'strings':
        return this.list(value.value, (item) => this.string(item))
      case 'numbers':
        return this.list(value.value, (item) => this.u32(item))
      case 'structure':
        return this.#structure(value.encoding, value.body)
      default:
        return value satisfies never
    }
  }
  /** An ExtensionObject, 5.2.2.15. */
  #structure(encoding: number, fill: (writer: Writer) => void): this {
    const body = new Writer()
    fill(body)
    return this.node(numeric(encoding)).u8(1).bytes(body.written)
  }
}
