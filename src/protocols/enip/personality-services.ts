/** Services of objects: attributes for everybody, and no change of what a controller is or does. CIP volume 1, appendix A. */
import { u16le } from '#core/bytes.ts'
import { u16, type Bytes } from './personality-bytes.ts'
import type { CipObject, Objects } from './personality-objects.ts'
import { statuses, type Result } from './personality-tags.ts'

/** The request at hand, taken out of the readers that the next one fills again. */
export interface Request {
  readonly service: number
  readonly op: string
  readonly kind: number
  readonly instance: number
  /** -1 when the path has none. */
  readonly attribute: number
  /** Empty when the path leads to no tag. */
  readonly tag: string
  readonly data: Uint8Array
}

/** Attributes of one Get Attribute List. */
const mostAttributes = 64

const listed = (object: CipObject, data: Uint8Array): Result => {
  const count = u16le(data, 0)
  if (count === 0 || count > mostAttributes || data.length < 2 + 2 * count) return { status: statuses.notEnough }
  let missing = false
  const out: number[] = [...u16(count)]
  for (let index = 0; index < count; index++) {
    const id = u16le(data, 2 + 2 * index)
    const value = object.attributes[id]
    missing ||= value === undefined
    out.push(...u16(id), ...u16(value === undefined ? statuses.attribute : 0), ...(value ?? []))
  }
  return { status: missing ? statuses.attributeList : statuses.good, data: out }
}

/** Ops that would change the device, which is locked. */
const changing: ReadonlySet<string> = new Set([
  'reset',
  'start',
  'stop',
  'create',
  'delete',
  'apply-attributes',
  'restore',
  'save',
  'set-attributes-all',
  'set-attribute-list',
])
/** Classes behind which program and firmware are: file, nonvolatile storage, program, data file, user memory. */
const locked: ReadonlySet<number> = new Set([0x37, 0xa1, 0x68, 0x6a, 0x6e])

export const serveObject = (objects: Objects, { op, kind, instance, attribute, data }: Request): Result => {
  if (locked.has(kind)) return { status: statuses.privilege }
  const object = objects(kind, instance)
  if (object === undefined) return { status: statuses.path }
  const value: Bytes | undefined = object.attributes[attribute]
  if (changing.has(op)) return { status: statuses.privilege }
  switch (op) {
    case 'get-attributes-all':
      return object.all.length === 0
        ? { status: statuses.service }
        : { status: statuses.good, data: object.all.flatMap((id) => object.attributes[id] ?? []) }
    case 'get-attribute-single':
      return value === undefined ? { status: statuses.attribute } : { status: statuses.good, data: value }
    case 'get-attribute-list':
      return listed(object, data)
    case 'set-attribute-single':
      return { status: value === undefined ? statuses.attribute : statuses.notSettable }
    case 'no-operation':
      return { status: statuses.good }
    default:
      return { status: statuses.service }
  }
}
