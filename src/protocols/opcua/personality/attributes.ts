/** Read and Write: OPC 10000-4, 5.11. */
import { dataValue, qualifiedName } from '../values.ts'
import { noDiagnostics, operations, readNode, type Call, type Conversation, type Service } from './call.ts'
import { limits } from './limits.ts'
import { classes, keyOf, type SpaceNode } from './space.ts'
import { good, status } from './status.ts'
import { numeric, variantTypes, type NodeId, type Value, type Writer } from './writer.ts'

/** OPC 10000-6, A.1. */
const attributes = {
  nodeId: 1,
  nodeClass: 2,
  browseName: 3,
  displayName: 4,
  description: 5,
  writeMask: 6,
  userWriteMask: 7,
  isAbstract: 8,
  symmetric: 9,
  eventNotifier: 12,
  value: 13,
  dataType: 14,
  valueRank: 15,
  arrayDimensions: 16,
  accessLevel: 17,
  userAccessLevel: 18,
  samplingInterval: 19,
  historizing: 20,
} as const

export const current = ({ written, context, profile }: Conversation, node: SpaceNode): Value | undefined =>
  written.get(keyOf(node.node)) ?? node.value?.(context, profile)

const ofVariable = (node: SpaceNode, attribute: number, conversation: Conversation): Value | undefined => {
  switch (attribute) {
    case attributes.value:
      return current(conversation, node)
    case attributes.dataType:
      return { type: 'node', value: numeric(node.dataType ?? 24) }
    case attributes.valueRank:
      return { type: 'int32', value: node.rank ?? -1 }
    case attributes.arrayDimensions:
      return { type: 'numbers', value: node.rank === 1 ? [0] : [] }
    case attributes.accessLevel:
    case attributes.userAccessLevel:
      return { type: 'byte', value: node.writable === undefined ? 1 : 3 }
    case attributes.samplingInterval:
      return { type: 'double', value: 100 }
    case attributes.historizing:
      return { type: 'boolean', value: false }
    default:
      return undefined
  }
}

/** @returns undefined when nodes of its class have no such attribute */
export const attributeOf = (node: SpaceNode, attribute: number, conversation: Conversation): Value | undefined => {
  switch (attribute) {
    case attributes.nodeId:
      return { type: 'node', value: node.node }
    case attributes.nodeClass:
      return { type: 'int32', value: node.nodeClass }
    case attributes.browseName:
      return { type: 'name', value: node.name, ns: node.ns }
    case attributes.displayName:
      return { type: 'text', value: node.name }
    case attributes.description:
      return { type: 'text', value: '' }
    case attributes.writeMask:
    case attributes.userWriteMask:
      return { type: 'uint32', value: 0 }
    case attributes.eventNotifier:
      return node.nodeClass === classes.object ? { type: 'byte', value: 0 } : undefined
    case attributes.isAbstract:
      return node.nodeClass > classes.variable ? { type: 'boolean', value: false } : undefined
    case attributes.symmetric:
      return node.nodeClass === classes.referenceType ? { type: 'boolean', value: false } : undefined
    default:
      return node.nodeClass === classes.variable ? ofVariable(node, attribute, conversation) : undefined
  }
}

/** A DataValue, 5.2.2.17 of part 6. @param timestamps as TimestampsToReturn: source, server, both, neither */
export const putValue = (out: Writer, value: Value, timestamps: number, at: number): void => {
  const source = timestamps === 0 || timestamps === 2
  const server = timestamps === 1 || timestamps === 2
  out.u8(1 | (source ? 4 : 0) | (server ? 8 : 0)).variant(value)
  if (source) out.time(at)
  if (server) out.time(at)
}
const bad = (out: Writer, code: number): void => {
  out.u8(2).u32(code)
}

const named = ({ notes }: Call, { ns, id }: NodeId, first: boolean): void => {
  if (first) notes[0] = `${notes[0] ?? ''} ns=${ns};${id}`
}

export const read: Service = (call) => {
  const { reader, out, space, context } = call
  reader.skip(8)
  const timestamps = reader.u32()
  const count = operations(reader)
  if (timestamps > 3) return status.timestampsToReturnInvalid
  if (count < 0) return status.tooManyOperations
  if (count === 0) return reader.failed ? status.decodingError : status.nothingToDo
  const at = context.now()
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) {
    const id = readNode(reader)
    const attribute = reader.u32()
    reader.string()
    const ranged = reader.to > reader.from
    qualifiedName(reader)
    named(call, id, index === 0)
    const node = space.get(keyOf(id))
    const value = node && attributeOf(node, attribute, call)
    if (node === undefined) bad(out, status.nodeIdUnknown)
    else if (value === undefined) bad(out, status.attributeIdInvalid)
    else if (ranged) bad(out, status.indexRangeNoData)
    else putValue(out, value, attribute === attributes.value ? timestamps : 3, at)
  }
  noDiagnostics(out)
  return good
}

const written = (node: SpaceNode, number: number): Value | undefined => {
  if (node.writable === variantTypes.boolean) return { type: 'boolean', value: number !== 0 }
  if (node.writable === variantTypes.int16) return { type: 'int16', value: number }
  return node.writable === variantTypes.float ? { type: 'float', value: number } : undefined
}

/** @param type of the variant that was written */
const writeOne = (call: Call, id: NodeId, attribute: number, type: number, number: number): number => {
  const node = call.space.get(keyOf(id))
  if (node === undefined) return status.nodeIdUnknown
  if (attribute !== attributes.value) return status.notWritable
  if (node.writable === undefined) return status.userAccessDenied
  const value = type === node.writable ? written(node, number) : undefined
  if (value === undefined) return status.typeMismatch
  const key = keyOf(id)
  if (call.written.size < limits.written || call.written.has(key)) call.written.set(key, value)
  return good
}

export const write: Service = (call) => {
  const { reader, out } = call
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  if (count === 0) return reader.failed ? status.decodingError : status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) {
    const id = readNode(reader)
    const attribute = reader.u32()
    reader.string()
    const command = reader.message.begin('write')
    const type = dataValue(reader, command)
    named(call, id, index === 0)
    // What was cut off is not written.
    if (!reader.failed) out.u32(writeOne(call, id, attribute, type, command.values[0] ?? 0))
  }
  noDiagnostics(out)
  return good
}
