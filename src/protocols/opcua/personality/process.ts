/** The variables of the process, and the address space of a persona, which all its decoys share. */
import type { TalkContext } from '#core/personality.ts'
import type { OpcuaProfile, OpcuaVariable } from './profile.ts'
import { classes, references, spaceBuilder, type Space } from './space.ts'
import { addStandard } from './standard.ts'
import { numeric, variantTypes, type NodeId, type Value } from './writer.ts'

const objects = 85
const baseObjectType = 58
const dataVariableType = 63

const valueOf =
  (variable: OpcuaVariable) =>
  ({ process, now }: TalkContext): Value => {
    if (variable.type === 'boolean') return { type: 'boolean', value: process.digital(variable.point, now()) }
    const { type, point, min, max } = variable
    const value = min + (process.analog(point, now()) / 100) * (max - min)
    return { type, value: type === 'int16' ? Math.round(value) : value }
  }

const built = ({ device, namespace: ns, variables }: OpcuaProfile): Space => {
  const builder = spaceBuilder()
  const { add, has, space } = builder
  addStandard(builder)
  const object = (id: string, name: string, parent: NodeId, by: number): NodeId => {
    const node = { ns, id }
    return has(node) ? node : add({ node, nodeClass: classes.object, name, ns, type: baseObjectType }, parent, by)
  }
  const top = object(device, device, numeric(objects), references.organizes)
  for (const variable of variables) {
    const parts = variable.name.split('.')
    let parent = top
    for (let depth = 1; depth < parts.length; depth++)
      parent = object(parts.slice(0, depth).join('.'), parts[depth - 1] ?? '', parent, references.hasComponent)
    add(
      {
        node: { ns, id: variable.name },
        nodeClass: classes.variable,
        name: parts.at(-1) ?? '',
        ns,
        type: dataVariableType,
        dataType: variantTypes[variable.type],
        rank: -1,
        value: valueOf(variable),
        ...(variable.writable && { writable: variantTypes[variable.type] }),
      },
      parent,
      references.hasComponent,
    )
  }
  return space
}

const spaces = new WeakMap<OpcuaProfile, Space>()
export const spaceOf = (profile: OpcuaProfile): Space => {
  const known = spaces.get(profile) ?? built(profile)
  spaces.set(profile, known)
  return known
}
