/** The address space: nodes by their identifiers, and the references between them (OPC 10000-3, OPC 10000-5). */
import type { TalkContext } from '#core/personality.ts'
import type { OpcuaProfile } from './profile.ts'
import { numeric, type NodeId, type Value } from './writer.ts'

export const classes = {
  object: 1,
  variable: 2,
  objectType: 8,
  variableType: 16,
  referenceType: 32,
  dataType: 64,
} as const
export type NodeClass = (typeof classes)[keyof typeof classes]
export const references = {
  organizes: 35,
  hasTypeDefinition: 40,
  hasSubtype: 45,
  hasProperty: 46,
  hasComponent: 47,
} as const

export interface Reference {
  readonly type: number
  readonly forward: boolean
  readonly target: NodeId
}
export interface SpaceNode {
  readonly node: NodeId
  readonly nodeClass: NodeClass
  /** Browse name and its namespace; the display name is the same. */
  readonly name: string
  readonly ns: number
  readonly type?: number
  readonly references: Reference[]
  readonly dataType?: number
  /** 1: an array. */
  readonly rank?: number
  value?(context: TalkContext, profile: OpcuaProfile): Value
  /** What is written to it must be of this type of variant. */
  readonly writable?: number
}

export type Space = ReadonlyMap<string, SpaceNode>
export const keyOf = ({ ns, id }: NodeId): string => `${ns};${typeof id === 'number' ? 'i' : 's'}=${id}`

export type Draft = Omit<SpaceNode, 'references'>

/** Puts nodes below others, with references in both directions. */
export const spaceBuilder = () => {
  const space = new Map<string, SpaceNode>()
  const add = (draft: Draft, parent?: NodeId, by: number = references.hasComponent): NodeId => {
    const node: SpaceNode = { ...draft, references: [] }
    space.set(keyOf(draft.node), node)
    if (draft.type !== undefined)
      node.references.push({ type: references.hasTypeDefinition, forward: true, target: numeric(draft.type) })
    const above = parent === undefined ? undefined : space.get(keyOf(parent))
    if (above !== undefined) {
      above.references.push({ type: by, forward: true, target: draft.node })
      node.references.push({ type: by, forward: false, target: above.node })
    }
    return draft.node
  }
  return { space, add, has: (node: NodeId) => space.has(keyOf(node)) }
}

/** Supertypes of reference types (OPC 10000-3, 7). */
export const referenceSupertypes: ReadonlyMap<number, number> = new Map([
  [32, 31],
  [33, 31],
  [34, 33],
  [35, 33],
  [36, 33],
  [40, 32],
  [44, 34],
  [45, 34],
  [46, 44],
  [47, 44],
  [48, 36],
])
/** Whether a reference of type `type` is one of `wanted`, or of its subtypes. */
export const isKindOf = (type: number, wanted: number): boolean => {
  for (let at: number | undefined = type; at !== undefined; at = referenceSupertypes.get(at))
    if (at === wanted) return true
  return false
}
