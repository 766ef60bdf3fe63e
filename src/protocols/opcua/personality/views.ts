/** Browse, BrowseNext, TranslateBrowsePathsToNodeIds, RegisterNodes: OPC 10000-4, 5.9. */
import { qualifiedName } from '../values.ts'
import { noDiagnostics, operations, readNode, textOf, type Call, type Service } from './call.ts'
import { limits } from './limits.ts'
import { isKindOf, keyOf, type Reference, type SpaceNode } from './space.ts'
import { good, status } from './status.ts'
import { numeric } from './writer.ts'

const describe = ({ out, space }: Call, { type, forward, target }: Reference, mask: number): void => {
  const node = space.get(keyOf(target))
  const wants = (bit: number): boolean => (mask & bit) !== 0
  out.node(numeric(wants(1) ? type : 0))
  out.u8(wants(2) && forward ? 1 : 0).node(target)
  if (wants(8)) out.name(node?.ns ?? 0, node?.name ?? '')
  else out.u16(0).u32(-1)
  if (wants(16)) out.text(node?.name ?? '')
  else out.u8(0)
  out.u32(wants(4) ? (node?.nodeClass ?? 0) : 0)
  out.node(numeric(wants(32) ? (node?.type ?? 0) : 0))
}

/** Gives some, and keeps the rest for BrowseNext. */
const give = (call: Call, all: readonly Reference[], most: number, mask: number): void => {
  const { out, session, next } = call
  const given = most === 0 ? all : all.slice(0, most)
  const rest = all.slice(given.length)
  const kept = rest.length > 0 && session !== undefined
  if (kept && session.continuations.size >= limits.continuations) {
    out.u32(status.noContinuationPoints).u32(-1).u32(-1)
    return
  }
  out.u32(good)
  if (kept) {
    const id = next()
    session.continuations.set(id, { rest, most, mask })
    out.u32(4).u32(id)
  } else out.u32(-1)
  out.list(given, (reference) => describe(call, reference, mask))
}
const nothing = ({ out }: Call, code: number): void => {
  out.u32(code).u32(-1).u32(-1)
}

const browseOne = (call: Call, most: number, first: boolean): void => {
  const { reader, space, notes } = call
  const id = readNode(reader)
  const direction = reader.u32()
  const type = readNode(reader)
  const subtypes = reader.u8() !== 0
  const nodeClasses = reader.u32()
  const mask = reader.u32()
  const node = space.get(keyOf(id))
  if (first) notes[0] = `${notes[0] ?? ''} ns=${id.ns};${id.id}`
  if (reader.failed) return
  if (node === undefined) return nothing(call, status.nodeIdUnknown)
  if (direction > 2) return nothing(call, status.browseDirectionInvalid)
  const wanted = type.ns === 0 && typeof type.id === 'number' ? type.id : -1
  const found = node.references.filter(({ type: own, forward, target }) => {
    if (direction !== 2 && forward !== (direction === 0)) return false
    if (wanted !== 0 && !(subtypes ? isKindOf(own, wanted) : own === wanted)) return false
    return nodeClasses === 0 || ((space.get(keyOf(target))?.nodeClass ?? 0) & nodeClasses) !== 0
  })
  give(call, found, most, mask)
}

export const browse: Service = (call) => {
  const { reader, out } = call
  const view = readNode(reader)
  reader.skip(12)
  const most = reader.u32()
  const count = operations(reader)
  if (reader.failed) return status.decodingError
  if (view.id !== 0) return status.viewIdUnknown
  if (count < 0) return status.tooManyOperations
  if (count === 0) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) browseOne(call, most, index === 0)
  noDiagnostics(out)
  return good
}

export const browseNext: Service = (call) => {
  const { reader, out, session } = call
  const release = reader.u8() !== 0
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  if (count === 0 || session === undefined) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) {
    reader.string()
    const { bytes, from, to } = reader
    const id = to - from === 4 ? new DataView(bytes.buffer, bytes.byteOffset + from, 4).getUint32(0, true) : -1
    const kept = session.continuations.get(id)
    session.continuations.delete(id)
    if (kept === undefined) nothing(call, status.continuationPointInvalid)
    else if (release) nothing(call, good)
    else give(call, kept.rest, kept.most, kept.mask)
  }
  noDiagnostics(out)
  return good
}

interface Step {
  readonly type: number
  readonly inverse: boolean
  readonly subtypes: boolean
  readonly ns: number
  readonly name: string
}
const readStep = ({ reader }: Call): Step => {
  const type = readNode(reader)
  const inverse = reader.u8() !== 0
  const subtypes = reader.u8() !== 0
  const at = reader.at
  qualifiedName(reader)
  const ns = (reader.bytes[at] ?? 0) | ((reader.bytes[at + 1] ?? 0) << 8)
  return {
    type: type.ns === 0 && typeof type.id === 'number' ? type.id : -1,
    inverse,
    subtypes,
    ns,
    name: textOf(reader),
  }
}
const stepFrom = ({ space }: Call, node: SpaceNode | undefined, step: Step): SpaceNode | undefined => {
  const to = node?.references.find(({ type, forward, target }) => {
    const there = space.get(keyOf(target))
    if (forward === step.inverse || there?.name !== step.name || there.ns !== step.ns) return false
    return step.type === 0 || (step.subtypes ? isKindOf(type, step.type) : type === step.type)
  })
  return to && space.get(keyOf(to.target))
}

export const translate: Service = (call) => {
  const { reader, out, space } = call
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  if (count === 0) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) {
    const id = readNode(reader)
    const start = space.get(keyOf(id))
    let node = start
    for (let left = reader.count(); left > 0 && reader.step(); left--) node = stepFrom(call, node, readStep(call))
    if (start === undefined) out.u32(status.nodeIdUnknown).u32(0)
    else if (node === undefined) out.u32(status.noMatch).u32(0)
    else out.u32(good).u32(1).node(node.node).u32(-1)
  }
  noDiagnostics(out)
  return good
}

/** Registered nodes keep their identifiers. */
export const registerNodes: Service = (call) => {
  const { reader, out } = call
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  if (count === 0) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) out.node(readNode(reader))
  return good
}
export const unregisterNodes: Service = (call) => {
  const { reader } = call
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  for (let index = 0; index < count && reader.step(); index++) reader.node()
  return good
}
