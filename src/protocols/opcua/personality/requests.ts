/** What a client sends, for tests. */
import { joined } from '#core/bytes.ts'
import { numeric, Writer, type NodeId } from './writer.ts'

const unit = (letters: string, body: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(8)
  head.write(letters)
  head.writeUInt32LE(8 + body.length, 4)
  return joined(head, body)
}

/** @param buffer bytes of a chunk that the client takes */
export const helloUnit = (buffer = 65_536): Uint8Array =>
  unit('HELF', new Writer().u32(0).u32(buffer).u32(65_536).u32(0).u32(0).string('opc.tcp://198.18.1.40:4840').written)

const header = (writer: Writer, token: number): Writer =>
  writer
    .node(numeric(token, token === 0 ? 0 : 1))
    .time(1_700_000_000_000)
    .u32(42)
    .u32(0)
    .u32(-1)
    .u32(10_000)
    .u16(0)
    .u8(0)

const none = 'http://opcfoundation.org/UA/SecurityPolicy#None'
export const openUnit = ({ policy = none, mode = 1, channel = 0, renew = false } = {}): Uint8Array => {
  const body = new Writer().u32(channel).string(policy).u32(-1).u32(-1).u32(1).u32(1).node(numeric(446))
  header(body, 0)
    .u32(0)
    .u32(renew ? 1 : 0)
    .u32(mode)
    .u32(-1)
    .u32(600_000)
  return unit('OPNF', body.written)
}

/** A request in one chunk, or in several of `size` bytes. */
export const requestUnits = (
  channel: number,
  token: number,
  type: number,
  parameters: (writer: Writer) => Writer,
  size = 1e9,
): Uint8Array => {
  const { written } = parameters(header(new Writer().node(numeric(type)), token))
  const units: Uint8Array[] = []
  for (let at = 0; at < written.length; at += size) {
    const last = at + size >= written.length
    const head = new Writer().u32(channel).u32(1).u32(2).u32(9)
    units.push(unit(last ? 'MSGF' : 'MSGC', joined(head.written, written.subarray(at, at + size))))
  }
  return joined(...units)
}
export const closeUnit = (channel: number): Uint8Array =>
  unit('CLOF', header(new Writer().u32(channel).u32(1).u32(3).u32(10).node(numeric(452)), 0).written)

export const createSession = (writer: Writer): Writer =>
  writer
    .string('urn:client')
    .string('urn:product')
    .text('client')
    .u32(1)
    .u32(-1)
    .u32(-1)
    .u32(0)
    .u32(-1)
    .string('opc.tcp://198.18.1.40:4840')
    .string('Session 1')
    .u32(-1)
    .u32(-1)
    .f64(60_000)
    .u32(0)

const activation = (writer: Writer, type: number, token: Writer): Writer =>
  writer.u32(-1).u32(-1).u32(0).u32(0).node(numeric(type)).u8(1).bytes(token.written).u32(-1).u32(-1)
export const anonymous = (writer: Writer): Writer => activation(writer, 321, new Writer().string('Anonymous'))
export const asUser = (user: string, password: string) => (writer: Writer) =>
  activation(writer, 324, new Writer().string('UserName').string(user).string(password).u32(-1))

export const reading =
  (...nodes: readonly (readonly [NodeId, number])[]) =>
  (writer: Writer): Writer =>
    writer
      .f64(0)
      .u32(2)
      .list(nodes, ([node, attribute]) => {
        writer.node(node).u32(attribute).u32(-1).u16(0).u32(-1)
      })
export const browsing =
  (most: number, ...nodes: readonly NodeId[]) =>
  (writer: Writer): Writer =>
    writer
      .node(numeric(0))
      .u32(0)
      .u32(0)
      .u32(0)
      .u32(most)
      .list(nodes, (node) => {
        writer.node(node).u32(0).node(numeric(33)).u8(1).u32(0).u32(63)
      })
export const writing = (node: NodeId, value: number) => (writer: Writer) =>
  writer.u32(1).node(node).u32(13).u32(-1).u8(1).variant({ type: 'float', value })
export const translating =
  (...names: readonly (readonly [number, string])[]) =>
  (writer: Writer): Writer =>
    writer
      .u32(1)
      .node(numeric(85))
      .list(names, ([ns, name]) => {
        writer.node(numeric(33)).u8(0).u8(1).name(ns, name)
      })
