/** Reading a service by a table of its parts, in the order of OPC 10000-4. */
import type { ParsedCommand } from '#core/message.ts'
import { Cursor } from './cursor.ts'
import { hasNamespace, nodeText } from './node-text.ts'
import type { State } from './state.ts'
import { texts } from './text.ts'

/** One message while it is read: nothing is kept from message to message. */
export class Walk extends Cursor {
  op = ''
  /** The command that parts add to; undefined while nothing is operated on. */
  command: ParsedCommand | undefined
  state: State | undefined
  /** The conversation was seen from its beginning. */
  whole = false

  /** What the item at hand names, for who remembers it. */
  nodeName = ''
  namespace = -1
  attribute = 0
  /** The item is more, less or other than the current value of its attribute. */
  derived = false
  /** First and last element of a range of one dimension; else the first is below zero. */
  first = -1
  last = -1

  begin(): ParsedCommand {
    return (this.command = this.message.begin(this.op))
  }

  /** The command of a request that asks for one thing. */
  single(): ParsedCommand {
    return this.command ?? this.begin()
  }

  /** The identifier just read, as a field. */
  named(field: 'nodes' | 'methods'): void {
    const { command, id } = this
    if (this.failed || command === undefined) return
    const text = nodeText(this.bytes, id)
    if (text === '') this.failed = true
    command.text(field, text)
    if (field === 'methods') return
    this.nodeName = text
    this.namespace = hasNamespace(id) ? id.namespace : -1
    if (this.namespace >= 0) command.number('namespaces', id.namespace)
  }

  /** The string just read. */
  text(): string {
    return this.failed ? '' : texts(this.bytes, this.from, this.to)
  }
}

export type Part = (walk: Walk) => void

export const run = (parts: readonly Part[], walk: Walk): void => {
  for (let index = 0; index < parts.length && !walk.failed; index++) parts[index]?.(walk)
}

/** An array each of whose elements has these parts. */
export const array =
  (...parts: readonly Part[]): Part =>
  (walk) => {
    const count = walk.count()
    for (let index = 0; index < count && walk.step(); index++) run(parts, walk)
  }

/** An array each of whose elements is a command of its own. */
export const each =
  (...parts: readonly Part[]): Part =>
  (walk) => {
    const count = walk.count()
    for (let index = 0; index < count && walk.step(); index++) {
      walk.derived = false
      walk.begin()
      run(parts, walk)
    }
  }

export const bytes =
  (size: number): Part =>
  (walk) =>
    walk.skip(size)
export const boolean = bytes(1)
export const u32 = bytes(4)
export const double = bytes(8)
export const time = bytes(8)
export const string: Part = (walk) => walk.string()
export const node: Part = (walk) => walk.node()
export const expandedNode: Part = (walk) => walk.expandedNode()

/** The node that is operated on. */
export const target: Part = (walk) => {
  walk.node()
  walk.named('nodes')
}
export const expandedTarget: Part = (walk) => {
  walk.expandedNode()
  walk.named('nodes')
}
export const method: Part = (walk) => {
  walk.node()
  walk.named('methods')
}
export const attribute: Part = (walk) => {
  walk.attribute = walk.u32()
  walk.command?.number('attributes', walk.attribute)
}
/** NumericRange, OPC 10000-4, 7.27. */
const oneDimension = /^(\d{1,10})(?::(\d{1,10}))?$/u
export const indexRange: Part = (walk) => {
  walk.string()
  if (walk.to === walk.from) return
  walk.derived = true
  const [, first, last] = oneDimension.exec(walk.text()) ?? []
  walk.first = Number(first ?? -1)
  walk.last = Number(last ?? walk.first)
}
